// Adapters: adding, starting, stopping, removing; subdevices, ports' further interfaces, power, and the objects that
// PortCls makes for drivers.

#include <gtest/gtest.h>

#include "portcls/adapter.h"
#include "portcls/testing/portcls_fixture.h"

namespace portside::portcls::testing {
namespace {

class AdapterTest : public PortClsMachine {};

TEST_F(AdapterTest, RemovalReleasesEverything) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    EXPECT_EQ(FakeDriver::live_miniports, 2);
    EXPECT_TRUE(io_->pnp().remove(*node_));
    EXPECT_EQ(FakeDriver::live_miniports, 0) << "the circle of port and miniport is broken";
    EXPECT_TRUE(port_cls_->ports().empty());
    EXPECT_TRUE(portcls_.leaked.empty());
    EXPECT_TRUE(link_of(KSCATEGORY_AUDIO, u"Wave").empty());
    EXPECT_FALSE(port_cls_->find_adapter(FakeDriver::device));
    EXPECT_TRUE(io_->drivers().unload(driver_));
    EXPECT_TRUE(recorder_.misuses.empty());
  });
}

TEST_F(AdapterTest, ALeakedPortIsTold) {
  run([&] {
    FakeDriver::on_start = [](PDEVICE_OBJECT, PRESOURCELIST) { FakeDriver::wave_port->AddRef(); };
    ASSERT_TRUE(start().is_ok());
    EXPECT_TRUE(io_->pnp().remove(*node_));
    ASSERT_EQ(portcls_.leaked.size(), 1u);
    EXPECT_EQ(portcls_.leaked[0].what, "WaveRT port of subdevice \"Wave\"");
    FakeDriver::wave_port->Release();
  });
}

TEST_F(AdapterTest, RemovalIsRefusedWhileAFilterIsOpen) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter();
    EXPECT_FALSE(io_->pnp().remove(*node_));
    ULONG count = 0;
    EXPECT_EQ(get(filter, KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, count), STATUS_SUCCESS) << "all goes on";
    close(filter);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(AdapterTest, SurpriseRemovalEndsStreamsAndWaitsForTheLastClose) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    const io::FileHandle filter = open_filter();
    auto pin = open_pin(filter);
    ASSERT_TRUE(pin);
    KSRTAUDIO_BUFFER buffer{};
    EXPECT_EQ(get_buffer(*pin, 4096, buffer), STATUS_SUCCESS);
    EXPECT_EQ(set_state(*pin, KSSTATE_RUN), STATUS_SUCCESS);
    EXPECT_TRUE(io_->pnp().surprise_remove(*node_));
    EXPECT_EQ(FakeDriver::log.states.back(), KSSTATE_STOP);
    EXPECT_EQ(set_state(*pin, KSSTATE_RUN), STATUS_DEVICE_REMOVED);
    EXPECT_TRUE(link_of(KSCATEGORY_AUDIO, u"Wave").empty());
    close(*pin);
    close(filter);
    EXPECT_EQ(FakeDriver::live_miniports, 0);
    EXPECT_TRUE(port_cls_->ports().empty());
  });
}

TEST_F(AdapterTest, StopAndStartAgain) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    EXPECT_TRUE(io_->pnp().stop(*node_));
    EXPECT_TRUE(link_of(KSCATEGORY_AUDIO, u"Wave").empty());
    EXPECT_EQ(FakeDriver::live_miniports, 0);
    EXPECT_TRUE(io_->pnp().start_again(*node_));
    close(open_filter());
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(AdapterTest, AFailedStartIsTheDevices) {
  run([&] {
    FakeDriver::start_status = STATUS_DEVICE_CONFIGURATION_ERROR;
    EXPECT_EQ(start().nt(), STATUS_DEVICE_CONFIGURATION_ERROR);
    EXPECT_TRUE(port_cls_->ports().empty());
  });
}

TEST_F(AdapterTest, ExtensionSizeRule) {
  run([&] {
    FakeDriver::extension_bytes = PORT_CLASS_DEVICE_EXTENSION_SIZE - 1;
    EXPECT_EQ(start().nt(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(portcls_.misuses, std::vector<Misuse>{Misuse::kExtensionSizeIllegal});
  });
}

TEST_F(AdapterTest, TheDriversWordsInTheExtensionAreItsOwn) {
  run([&] {
    FakeDriver::extension_bytes = PORT_CLASS_DEVICE_EXTENSION_SIZE + 64;
    FakeDriver::on_start = [](PDEVICE_OBJECT fdo, PRESOURCELIST) {
      // "Bytes in the offset range 32 to 63 in a system with 64-bit addressing", and what lies behind the fixed part.
      std::memset(static_cast<char*>(fdo->DeviceExtension) + 32, 0xA5, 32);
      std::memset(static_cast<char*>(fdo->DeviceExtension) + PORT_CLASS_DEVICE_EXTENSION_SIZE, 0x5A, 64);
    };
    ASSERT_TRUE(start().is_ok());
    close(open_filter());
    const auto* extension = static_cast<const unsigned char*>(FakeDriver::device->DeviceExtension);
    for (int i = 32; i < 64; ++i) EXPECT_EQ(extension[i], 0xA5);
    for (size_t i = 0; i < 64; ++i) EXPECT_EQ(extension[PORT_CLASS_DEVICE_EXTENSION_SIZE + i], 0x5A);
  });
}

TEST_F(AdapterTest, SubdeviceRules) {
  run([&] {
    FakeDriver::maximum_objects = 2;
    FakeDriver::on_start = [](PDEVICE_OBJECT fdo, PRESOURCELIST resources) {
      PPORT port = nullptr;
      ASSERT_EQ(PcNewPort(&port, CLSID_PortTopology), STATUS_SUCCESS);
      EXPECT_EQ(PcRegisterSubdevice(fdo, const_cast<PWSTR>(u"Third"), port), STATUS_INVALID_DEVICE_STATE)
          << "not initialised";
      auto* miniport = new FakeTopology;
      EXPECT_EQ(port->Init(fdo, nullptr, miniport, nullptr, resources), STATUS_SUCCESS);
      EXPECT_EQ(PcRegisterSubdevice(fdo, const_cast<PWSTR>(u"wave"), port), STATUS_OBJECT_NAME_COLLISION);
      EXPECT_EQ(PcRegisterSubdevice(fdo, const_cast<PWSTR>(u"Third"), port), STATUS_ALLOTTED_SPACE_EXCEEDED);
      EXPECT_EQ(PcRegisterSubdevice(fdo, const_cast<PWSTR>(u"Third"), miniport), STATUS_INVALID_PARAMETER)
          << "a miniport is no port";
      miniport->Release();
      EXPECT_GT(port->Release(), 0u) << "the miniport holds it";
    };
    ASSERT_TRUE(start().is_ok());
    EXPECT_TRUE(io_->pnp().remove(*node_));
    EXPECT_TRUE(portcls_.leaked.empty()) << "a port that was never registered lets its miniport go with the device";
  });
}

TEST_F(AdapterTest, AMalformedDescriptorIsRefused) {
  run([&] {
    FakeDriver::malformed_descriptor = true;
    EXPECT_EQ(start().nt(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(portcls_.misuses, std::vector<Misuse>{Misuse::kDescriptorMalformed});
  });
}

TEST_F(AdapterTest, UnregisteredSubdevicesAndConnectionsGo) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    PUNREGISTERPHYSICALCONNECTION connections = nullptr;
    PUNREGISTERSUBDEVICE subdevices = nullptr;
    PPORT wave = FakeDriver::wave_port;
    ASSERT_EQ(wave->QueryInterface(IID_IUnregisterPhysicalConnection, reinterpret_cast<PVOID*>(&connections)),
              STATUS_SUCCESS);
    ASSERT_EQ(wave->QueryInterface(IID_IUnregisterSubdevice, reinterpret_cast<PVOID*>(&subdevices)), STATUS_SUCCESS);
    EXPECT_EQ(portcls_.connections, 1);
    EXPECT_EQ(connections->UnregisterPhysicalConnection(FakeDriver::device, wave, 1, FakeDriver::topology_port, 0),
              STATUS_SUCCESS);
    EXPECT_EQ(portcls_.connections, 0);
    EXPECT_EQ(connections->UnregisterPhysicalConnection(FakeDriver::device, wave, 1, FakeDriver::topology_port, 0),
              STATUS_NOT_FOUND);
    const io::FileHandle filter = open_filter();
    EXPECT_EQ(subdevices->UnregisterSubdevice(FakeDriver::device, wave), STATUS_SUCCESS);
    EXPECT_TRUE(link_of(KSCATEGORY_AUDIO, u"Wave").empty());
    ULONG count = 0;
    EXPECT_EQ(get(filter, KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, count), STATUS_SUCCESS) << "an open filter lives on";
    connections->Release();
    subdevices->Release();
    close(filter);
    EXPECT_EQ(FakeDriver::live_miniports, 1);
    EXPECT_TRUE(io_->pnp().remove(*node_));
    EXPECT_TRUE(portcls_.leaked.empty());
  });
}

TEST_F(AdapterTest, PortsOfferTheirInterfaces) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    for (const GUID* iid : {&IID_IUnknown, &IID_IPort, &IID_IPortWaveRT, &IID_IPortEvents, &IID_IPortClsVersion,
                            &IID_IPortClsPower, &IID_IPortClsEtwHelper, &IID_IPortClsRuntimePower,
                            &IID_IPortClsStreamResourceManager, &IID_IPortClsStreamResourceManager2, &IID_IDrmPort,
                            &IID_IDrmPort2, &IID_IUnregisterSubdevice, &IID_IUnregisterPhysicalConnection}) {
      IUnknown* found = nullptr;
      EXPECT_EQ(FakeDriver::wave_port->QueryInterface(*iid, reinterpret_cast<PVOID*>(&found)), STATUS_SUCCESS);
      IUnknown* same = nullptr;
      EXPECT_EQ(found->QueryInterface(IID_IUnknown, reinterpret_cast<PVOID*>(&same)), STATUS_SUCCESS);
      EXPECT_EQ(same, FakeDriver::wave_port) << "one object, one IUnknown";
      same->Release();
      found->Release();
    }
    PVOID none = this;
    EXPECT_LT(FakeDriver::wave_port->QueryInterface(IID_IPortTopology, &none), 0);
    EXPECT_EQ(none, nullptr);
    EXPECT_TRUE(io_->pnp().remove(*node_));
    EXPECT_TRUE(portcls_.leaked.empty());
  });
}

TEST_F(AdapterTest, PortsThatPortsideHasNot) {
  run([&] {
    PPORT port = nullptr;
    // It is made, for drivers ask such a port what this Windows can, and refuses when it is to serve.
    ASSERT_EQ(PcNewPort(&port, CLSID_PortWaveCyclic), STATUS_SUCCESS);
    for (const GUID& iid : {IID_IPort, IID_IPortWaveCyclic, IID_IPortEvents}) {
      IUnknown* face = nullptr;
      ASSERT_EQ(port->QueryInterface(iid, reinterpret_cast<PVOID*>(&face)), STATUS_SUCCESS);
      face->Release();
    }
    PVOID none = this;
    EXPECT_LT(port->QueryInterface(IID_IPortWaveRT, &none), 0);
    EXPECT_EQ(port->Init(nullptr, nullptr, nullptr, nullptr, nullptr), STATUS_NOT_IMPLEMENTED);
    EXPECT_EQ(port->Release(), 0u);
    PMINIPORT miniport = nullptr;
    const GUID fm_synth = {0xB4C90AE0, 0x5791, 0x11D0, {0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44}};
    EXPECT_EQ(PcNewMiniport(&miniport, fm_synth), STATUS_NOT_IMPLEMENTED);
    EXPECT_EQ(PcNewPort(&port, KSNODETYPE_MUTE), STATUS_INVALID_PARAMETER) << "no class at all";
    // Each refusal is kept by name, for whoever shows what the driver lost.
    const auto& refused = port_cls_->refused_classes();
    ASSERT_EQ(refused.size(), 3u);
    EXPECT_EQ(refused[0].function, "IPort::Init");
    EXPECT_EQ(refused[0].name, "CLSID_PortWaveCyclic");
    EXPECT_EQ(refused[0].lost, "a WaveCyclic subdevice");
    EXPECT_EQ(refused[1].function, "PcNewMiniport");
    EXPECT_EQ(refused[1].lost, "an FM synthesizer subdevice");
    EXPECT_EQ(refused[2].name, "{02B223C0-C557-11D0-8A2B-00A0C9255AC1}");
  });
}

class FakePower final : public ComObject<IAdapterPowerManagement, IID_IAdapterPowerManagement> {
 public:
  STDMETHODIMP_(VOID) PowerChangeState(POWER_STATE state) override { states.push_back(state.DeviceState); }
  STDMETHODIMP_(NTSTATUS) QueryPowerChangeState(POWER_STATE) override { return STATUS_SUCCESS; }
  STDMETHODIMP_(NTSTATUS) QueryDeviceCapabilities(PDEVICE_CAPABILITIES) override { return STATUS_SUCCESS; }
  ~FakePower() override { ++deleted; }
  static inline std::vector<DEVICE_POWER_STATE> states;
  static inline int deleted = 0;
};

TEST_F(AdapterTest, PowerManagementIsRegisteredOnceAndTold) {
  run([&] {
    FakePower::states.clear();
    FakePower::deleted = 0;
    FakeDriver::on_start = [](PDEVICE_OBJECT fdo, PRESOURCELIST) {
      auto* power = new FakePower;
      EXPECT_EQ(PcRegisterAdapterPowerManagement(power, fdo), STATUS_SUCCESS);
      EXPECT_LT(PcRegisterAdapterPowerManagement(power, fdo), 0);
      power->Release();
    };
    ASSERT_TRUE(start().is_ok());
    EXPECT_EQ(portcls_.misuses, std::vector<Misuse>{Misuse::kPowerManagementRegisteredTwice});

    // A stream that runs is paused before the device sleeps, and runs again afterwards.
    const io::FileHandle filter = open_filter();
    auto pin = open_pin(filter);
    ASSERT_TRUE(pin);
    KSRTAUDIO_BUFFER buffer{};
    EXPECT_EQ(get_buffer(*pin, 4096, buffer), STATUS_SUCCESS);
    EXPECT_EQ(set_state(*pin, KSSTATE_RUN), STATUS_SUCCESS);
    EXPECT_TRUE(io_->power().set_system_state(*node_, PowerSystemSleeping3, PowerActionSleep));
    EXPECT_EQ(FakePower::states, std::vector<DEVICE_POWER_STATE>{PowerDeviceD3});
    EXPECT_EQ(FakeDriver::log.states.back(), KSSTATE_PAUSE);
    EXPECT_TRUE(io_->power().set_system_state(*node_, PowerSystemWorking, PowerActionNone));
    EXPECT_EQ(FakePower::states.back(), PowerDeviceD0);
    EXPECT_EQ(FakeDriver::log.states.back(), KSSTATE_RUN);
    close(*pin);
    close(filter);

    EXPECT_EQ(PcUnregisterAdapterPowerManagement(FakeDriver::device), STATUS_SUCCESS);
    EXPECT_EQ(FakePower::deleted, 1);
    EXPECT_LT(PcUnregisterAdapterPowerManagement(FakeDriver::device), 0);
    EXPECT_EQ(portcls_.misuses.back(), Misuse::kPowerManagementNotRegistered);
  });
}

TEST_F(AdapterTest, IoTimeoutsComeOnceASecond) {
  run([&] {
    static int called;
    called = 0;
    ASSERT_TRUE(start().is_ok());
    const auto routine = +[](PDEVICE_OBJECT, PVOID) __attribute__((ms_abi)) { ++called; };
    EXPECT_EQ(PcRegisterIoTimeout(FakeDriver::device, routine, &called), STATUS_SUCCESS);
    EXPECT_LT(PcRegisterIoTimeout(FakeDriver::device, routine, &called), 0) << "the same combination twice";
    kernel_->sleep_for(std::chrono::milliseconds(3500));
    EXPECT_GE(called, 3);
    EXPECT_LE(called, 4);
    EXPECT_EQ(PcUnregisterIoTimeout(FakeDriver::device, routine, &called), STATUS_SUCCESS);
    EXPECT_EQ(PcUnregisterIoTimeout(FakeDriver::device, routine, &called), STATUS_NOT_FOUND);
    EXPECT_TRUE(io_->pnp().remove(*node_));
  });
}

TEST_F(AdapterTest, ResourceListsFindAddAndRefuse) {
  run([&] {
    struct {
      CM_RESOURCE_LIST list;
      CM_PARTIAL_RESOURCE_DESCRIPTOR more;
    } raw{};
    raw.list.Count = 1;
    raw.list.List[0].PartialResourceList.Count = 2;
    auto* entries = raw.list.List[0].PartialResourceList.PartialDescriptors;
    entries[0].Type = CmResourceTypeMemory;
    entries[1].Type = CmResourceTypeInterrupt;
    PRESOURCELIST list = nullptr;
    ASSERT_EQ(PcNewResourceList(&list, nullptr, NonPagedPool, &raw.list, &raw.list), STATUS_SUCCESS);
    EXPECT_EQ(list->NumberOfEntries(), 2u);
    EXPECT_EQ(list->NumberOfEntriesOfType(CmResourceTypeInterrupt), 1u);
    EXPECT_TRUE(list->FindTranslatedEntry(CmResourceTypeMemory, 0));
    EXPECT_FALSE(list->FindTranslatedEntry(CmResourceTypeMemory, 1));
    PRESOURCELIST sublist = nullptr;
    ASSERT_EQ(PcNewResourceSublist(&sublist, nullptr, NonPagedPool, list, 1), STATUS_SUCCESS);
    EXPECT_EQ(sublist->AddEntryFromParent(list, CmResourceTypeInterrupt, 0), STATUS_SUCCESS);
    EXPECT_EQ(sublist->AddEntryFromParent(list, CmResourceTypeMemory, 0), STATUS_INSUFFICIENT_RESOURCES) << "no room";
    EXPECT_EQ(sublist->AddEntryFromParent(list, CmResourceTypePort, 0), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(sublist->Release(), 0u);
    EXPECT_EQ(list->Release(), 0u);
  });
}

class Sink final : public ComObject<IServiceSink, IID_IServiceSink> {
 public:
  STDMETHODIMP_(VOID) RequestService() override {
    ++called;
    irql = KeGetCurrentIrql();
  }
  int called = 0;
  KIRQL irql = PASSIVE_LEVEL;
};

TEST_F(AdapterTest, ServiceGroupsCallTheirMembersFromADpc) {
  run([&] {
    PSERVICEGROUP group = nullptr;
    ASSERT_EQ(PcNewServiceGroup(&group, nullptr), STATUS_SUCCESS);
    auto* sink = new Sink;
    EXPECT_EQ(group->AddMember(sink), STATUS_SUCCESS);
    group->RequestService();
    EXPECT_EQ(sink->called, 1);
    EXPECT_EQ(sink->irql, DISPATCH_LEVEL);
    group->SupportDelayedService();
    group->RequestDelayedService(static_cast<ULONGLONG>(-100'000));
    kernel_->sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(sink->called, 2);
    group->RemoveMember(sink);
    group->RequestService();
    EXPECT_EQ(sink->called, 2);
    EXPECT_EQ(group->Release(), 0u);
    EXPECT_EQ(sink->Release(), 0u);
  });
}

TEST_F(AdapterTest, RegistryKeysOfADevice) {
  run([&] {
    ASSERT_TRUE(start().is_ok());
    PREGISTRYKEY key = nullptr;
    ASSERT_EQ(PcNewRegistryKey(&key, nullptr, DriverRegistryKey, KEY_ALL_ACCESS, FakeDriver::device, nullptr, nullptr,
                               0, nullptr),
              STATUS_SUCCESS);
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, u"Volume");
    ULONG value = 77;
    EXPECT_EQ(key->SetValueKey(&name, REG_DWORD, &value, sizeof value), STATUS_SUCCESS);
    UNICODE_STRING sub;
    RtlInitUnicodeString(&sub, u"Settings");
    PREGISTRYKEY settings = nullptr;
    ULONG disposition = 0;
    ASSERT_EQ(key->NewSubKey(&settings, nullptr, KEY_ALL_ACCESS, &sub, 0, &disposition), STATUS_SUCCESS);
    EXPECT_EQ(disposition, static_cast<ULONG>(REG_CREATED_NEW_KEY));
    EXPECT_EQ(settings->DeleteKey(), STATUS_SUCCESS);
    EXPECT_LT(settings->SetValueKey(&name, REG_DWORD, &value, sizeof value), 0);
    EXPECT_LT(key->DeleteKey(), 0) << "only a general key can be deleted";
    std::byte buffer[128];
    ULONG needed = 0;
    EXPECT_EQ(key->QueryValueKey(&name, KeyValuePartialInformation, buffer, sizeof buffer, &needed), STATUS_SUCCESS);
    EXPECT_EQ(*reinterpret_cast<ULONG*>(reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer)->Data), 77u);
    EXPECT_EQ(settings->Release(), 0u);
    EXPECT_EQ(key->Release(), 0u);
    EXPECT_EQ(PcNewRegistryKey(&key, nullptr, DeviceInterfaceRegistryKey, KEY_READ, FakeDriver::device, nullptr,
                               nullptr, 0, nullptr),
              STATUS_INVALID_PARAMETER);
  });
}

TEST_F(AdapterTest, ContentRightsMix) {
  run([&] {
    ULONG mixed = 0;
    EXPECT_EQ(PcCreateContentMixed(nullptr, 0, &mixed), STATUS_SUCCESS);
    DRMRIGHTS rights{};
    EXPECT_EQ(PcGetContentRights(mixed, &rights), STATUS_SUCCESS);
    EXPECT_FALSE(rights.CopyProtect);
    EXPECT_EQ(PcDestroyContent(mixed), STATUS_SUCCESS);
    EXPECT_LT(PcDestroyContent(mixed), 0);
    EXPECT_LT(PcDestroyContent(0), 0);
  });
}

}  // namespace
}  // namespace portside::portcls::testing
