// What drivers ask a port for beside its own interface: content identifiers, stream resources, notifications.

#include <gtest/gtest.h>

#include <drmk.h>

#include "portcls/testing/engine_fixture.h"

namespace portside::portcls::testing {
namespace {

class NotificationRecorder final : public PortClsObserver {
 public:
  void on_audio_module_notification(const AudioModuleNotification& n) override { payloads.push_back(n.payload); }
  std::vector<std::vector<std::byte>> payloads;
};

class Services : public EngineMachine {
 protected:
  template <class T>
  ComPtr<T> ask_port(REFIID iid) {
    return ComPtr<T>::query(FakeDriver::wave_port, iid);
  }
};

// A stream whose hardware takes what the test lets it.
class Enforcer final : public ComObject<IDrmAudioStream, IID_IDrmAudioStream> {
 public:
  STDMETHODIMP_(NTSTATUS) SetContentId(ULONG id, PCDRMRIGHTS rights) override {
    seen = {id, rights->CopyProtect != FALSE};
    return status;
  }
  std::pair<ULONG, bool> seen{~0u, true};
  NTSTATUS status = STATUS_SUCCESS;
};

class MisuseRecorder final : public PortClsObserver {
 public:
  void on_misuse(const MisuseEvent& event) override { kinds.push_back(event.kind); }
  std::vector<Misuse> kinds;
};

TEST_F(Services, APortThatIsReleasedTooOftenIsTold_AndNoFreedMemory) {
  with_pin(kOffloadPin, [&] {
    MisuseRecorder recorder;
    current<PortCls>().observers().add(recorder);
    PPORT port = nullptr;
    ASSERT_EQ(PcNewPort(&port, CLSID_PortTopology), STATUS_SUCCESS);
    EXPECT_EQ(port->Release(), 0u);
    EXPECT_TRUE(recorder.kinds.empty());
    EXPECT_EQ(port->Release(), 0u);
    EXPECT_EQ(recorder.kinds, std::vector{Misuse::kReleasedTooOften});
    port->AddRef();
    port->Release();
    EXPECT_EQ(recorder.kinds.size(), 1u) << "once";
    current<PortCls>().observers().remove(recorder);
  });
}

TEST_F(Services, ContentReachesTheStreamThatEnforcesIt) {
  with_pin(kOffloadPin, [&] {
    auto drm = ask_port<IDrmPort2>(IID_IDrmPort2);
    ASSERT_TRUE(drm);
    ULONG first = 0, mixed = 0;
    ASSERT_EQ(drm->CreateContentMixed(nullptr, 0, &first), STATUS_SUCCESS);
    ASSERT_EQ(drm->CreateContentMixed(&first, 1, &mixed), STATUS_SUCCESS);
    EXPECT_NE(first, mixed);
    auto enforcer = ComPtr<Enforcer>::adopt(new Enforcer);
    EXPECT_EQ(drm->ForwardContentToInterface(mixed, enforcer.get(), 4), STATUS_SUCCESS);
    EXPECT_EQ(enforcer->seen, (std::pair<ULONG, bool>{mixed, false}));
    enforcer->status = STATUS_NOT_IMPLEMENTED;
    EXPECT_EQ(drm->ForwardContentToInterface(first, enforcer.get(), 4), STATUS_NOT_IMPLEMENTED)
        << "it cannot enforce the rights";
    EXPECT_EQ(enforcer->seen.first, first);
    EXPECT_EQ(PcForwardContentToInterface(mixed, enforcer.get(), 4), STATUS_NOT_IMPLEMENTED)
        << "the function is the method";
    EXPECT_EQ(drm->ForwardContentToInterface(mixed, FakeDriver::wave_port, 4), STATUS_SUCCESS) << "nothing to protect";
    EXPECT_EQ(drm->ForwardContentToInterface(mixed, nullptr, 4), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(drm->DestroyContent(mixed), STATUS_SUCCESS);
    enforcer->seen = {};
    EXPECT_EQ(drm->ForwardContentToInterface(mixed, enforcer.get(), 4), STATUS_INVALID_PARAMETER)
        << "the content is gone";
    EXPECT_EQ(enforcer->seen.first, 0u);
    EXPECT_EQ(drm->DestroyContent(mixed), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(drm->DestroyContent(0), STATUS_INVALID_PARAMETER) << "the content with default rights";
  });
}

TEST_F(Services, AClientMayNotNameContent) {
  with_pin(kOffloadPin, [&] {
    KSP_DRMAUDIOSTREAM_CONTENTID request{};
    request.Property = property(KSPROPSETID_DrmAudioStream, KSPROPERTY_DRMAUDIOSTREAM_CONTENTID, KSPROPERTY_TYPE_SET);
    KSDRMAUDIOSTREAM_CONTENTID content{7, {}};
    EXPECT_EQ(ask(pin_, request, content), STATUS_INVALID_DEVICE_REQUEST);
    EXPECT_EQ(ask(pin_, request.Property, content), STATUS_INVALID_BUFFER_SIZE);
    ULONG small = 0;
    EXPECT_EQ(ask(pin_, request, small), STATUS_BUFFER_TOO_SMALL);
    EXPECT_TRUE(FakeEngine::calls.empty());
    const io::ControlOptions kernel_mode{.mode = KernelMode};
    auto outcome = io_->requests().device_control(pin_, IOCTL_KS_PROPERTY, bytes_of(request),
                                                  std::as_writable_bytes(std::span(&content, 1)), kernel_mode);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, STATUS_SUCCESS);
    EXPECT_EQ(last_call(), "SetContentId 7 0 0");
    close(std::exchange(pin_, {}));
    auto host = open_pin(filter_, pin_name(kHostPin));
    ASSERT_TRUE(host);
    EXPECT_EQ(ask(*host, request, content), STATUS_NOT_SUPPORTED) << "this stream has no IDrmAudioStream";
    close(*host);
  });
}

TEST_F(Services, StreamResourcesAreTakenAndGivenBack) {
  with_pin(kOffloadPin, [&] {
    auto manager = ask_port<IPortClsStreamResourceManager2>(IID_IPortClsStreamResourceManager2);
    ASSERT_TRUE(manager);
    PCSTREAMRESOURCE_DESCRIPTOR descriptor;
    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    PCSTREAMRESOURCE handle = nullptr;
    descriptor.Type = ePcStreamResourceThread;
    EXPECT_EQ(manager->AddStreamResource(nullptr, &descriptor, &handle), STATUS_INVALID_PARAMETER) << "no thread";
    descriptor.Resource.Thread = reinterpret_cast<PETHREAD>(PsGetCurrentThread());
    EXPECT_EQ(manager->AddStreamResource(&descriptor, &descriptor, &handle), STATUS_INVALID_PARAMETER)
        << "the set is reserved";
    EXPECT_EQ(manager->AddStreamResource(nullptr, &descriptor, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(handle, nullptr);
    descriptor.Size = 8;
    EXPECT_EQ(manager->AddStreamResource(nullptr, &descriptor, &handle), STATUS_INVALID_PARAMETER);
    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    descriptor.Type = static_cast<PcStreamResourceType>(9);
    descriptor.Resource.Thread = reinterpret_cast<PETHREAD>(PsGetCurrentThread());
    EXPECT_EQ(manager->AddStreamResource(nullptr, &descriptor, &handle), STATUS_INVALID_PARAMETER);
    EXPECT_TRUE(port_cls_->stream_resources().all().empty());

    descriptor.Type = ePcStreamResourceThread;
    EXPECT_EQ(manager->AddStreamResource(nullptr, &descriptor, &handle), STATUS_SUCCESS);
    ASSERT_EQ(port_cls_->stream_resources().all().size(), 1u);
    EXPECT_EQ(port_cls_->stream_resources().all()[0].object, descriptor.Resource.Thread);
    EXPECT_EQ(manager->RemoveStreamResource(handle), STATUS_SUCCESS);
    EXPECT_EQ(manager->RemoveStreamResource(handle), STATUS_INVALID_PARAMETER) << "twice";
    EXPECT_EQ(manager->AddStreamResource2(nullptr, nullptr, &descriptor, &handle), STATUS_INVALID_PARAMETER)
        << "of no device";
  });
}

TEST_F(Services, AResourceLeftAtRemovalIsTold) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    auto manager = ask_port<IPortClsStreamResourceManager>(IID_IPortClsStreamResourceManager);
    PCSTREAMRESOURCE_DESCRIPTOR descriptor;
    PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
    descriptor.Type = ePcStreamResourceThread;
    descriptor.Resource.Thread = reinterpret_cast<PETHREAD>(PsGetCurrentThread());
    PCSTREAMRESOURCE kept = nullptr, given_back = nullptr;
    ASSERT_EQ(manager->AddStreamResource(nullptr, &descriptor, &kept), STATUS_SUCCESS);
    ASSERT_EQ(manager->AddStreamResource(nullptr, &descriptor, &given_back), STATUS_SUCCESS);
    ASSERT_EQ(manager->RemoveStreamResource(given_back), STATUS_SUCCESS);
    manager.reset();
    ASSERT_TRUE(io_->pnp().remove(*node_));
    ASSERT_EQ(portcls_.leaked.size(), 1u);
    EXPECT_EQ(portcls_.leaked[0].what, "thread, a stream resource");
    EXPECT_TRUE(port_cls_->stream_resources().all().empty());
  });
}

TEST_F(Services, NotificationsOfAudioModules) {
  NotificationRecorder recorder;
  port_cls_->observers().add(recorder);
  with_pin(kOffloadPin, [&] {
    auto port = ask_port<IPortClsNotifications>(IID_IPortClsNotifications);
    ASSERT_TRUE(port);
    PPCNOTIFICATION_BUFFER buffer = nullptr;
    EXPECT_EQ(port->AllocNotificationBuffer(NonPagedPoolNx, 0, &buffer), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(port->AllocNotificationBuffer(NonPagedPoolNx, 64, nullptr), STATUS_INVALID_PARAMETER);
    KIRQL irql;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    EXPECT_EQ(port->AllocNotificationBuffer(PagedPool, 64, &buffer), STATUS_INVALID_PARAMETER);
    KeLowerIrql(irql);
    constexpr USHORT kBytes = sizeof(KSAUDIOMODULE_NOTIFICATION) + 4;
    ASSERT_EQ(port->AllocNotificationBuffer(NonPagedPoolNx, kBytes, &buffer), STATUS_SUCCESS);
    for (const UCHAR value : {UCHAR{1}, UCHAR{2}}) {
      std::memset(buffer->NotificationBuffer, value, kBytes);
      port->SendNotification(&KSNOTIFICATIONID_AudioModule, buffer);
    }
    ASSERT_EQ(recorder.payloads.size(), 2u);
    EXPECT_EQ(recorder.payloads[1], std::vector<std::byte>(kBytes, std::byte{2}));
    EXPECT_TRUE(portcls_.misuses.empty());
    port->SendNotification(&KSPROPSETID_Audio, buffer);
    port->FreeNotificationBuffer(buffer);
    port->FreeNotificationBuffer(buffer);
    port->SendNotification(&KSNOTIFICATIONID_AudioModule, buffer);
    ASSERT_EQ(port->AllocNotificationBuffer(NonPagedPoolNx, 4, &buffer), STATUS_SUCCESS);
    port->SendNotification(&KSNOTIFICATIONID_AudioModule, buffer);
    port->FreeNotificationBuffer(buffer);
    EXPECT_EQ(portcls_.misuses.size(), 4u) << "a wrong identifier, a second free, a freed buffer, one too small";
    EXPECT_EQ(recorder.payloads.size(), 2u);
  });
  port_cls_->observers().remove(recorder);
}

}  // namespace
}  // namespace portside::portcls::testing
