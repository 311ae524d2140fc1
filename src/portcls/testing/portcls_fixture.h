#pragma once
// For tests: a machine with PortCls, the fake adapter started on a root-enumerated device, and a client that speaks KS.

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "io/io_fixture.h"
#include "portcls/portcls.h"
#include "portcls/testing/fake_adapter.h"

namespace portside::portcls::testing {

class StreamRecorder final : public StreamObserver {
 public:
  void on_stream_opened(const StreamInfo& e) override { opened.push_back(e); }
  void on_page_call(const PageCall& e) override { pages.push_back(e); }
  void on_buffer_allocated(const BufferInfo& e) override { buffers.push_back(e); }
  void on_state_change(const StateChange& e) override { states.push_back(e); }
  void on_packet_call(const PacketCall& e) override { packets.push_back(e); }
  void on_notification_unregistered(const NotificationSeen&, const Status&, bool forgotten) override {
    forgotten_events += forgotten;
  }
  void on_stream_closed(const StreamClosed& e) override { closed.push_back(e); }
  std::vector<std::string> page_names() const {
    std::vector<std::string> names;
    for (const PageCall& call : pages) names.push_back(name_of(call.method));
    return names;
  }
  std::vector<StreamInfo> opened;
  std::vector<PageCall> pages;
  std::vector<BufferInfo> buffers;
  std::vector<StateChange> states;
  std::vector<PacketCall> packets;
  std::vector<StreamClosed> closed;
  int forgotten_events = 0;
};

class PortClsRecorder final : public PortClsObserver {
 public:
  void on_subdevice_registered(const SubdeviceEvent& e) override { registered.push_back(e.name); }
  void on_subdevice_unregistered(const SubdeviceEvent& e) override { unregistered.push_back(e.name); }
  void on_physical_connection(const PhysicalConnectionEvent&, bool removed) override {
    connections += removed ? -1 : 1;
  }
  void on_power_state(PDEVICE_OBJECT, DEVICE_POWER_STATE, DEVICE_POWER_STATE to) override { power.push_back(to); }
  void on_misuse(const MisuseEvent& e) override { misuses.push_back(e.kind); }
  void on_device_removed(PDEVICE_OBJECT, const std::vector<LeakedObject>& e) override { leaked = e; }
  std::vector<std::string> registered, unregistered;
  std::vector<DEVICE_POWER_STATE> power;
  std::vector<Misuse> misuses;
  std::vector<LeakedObject> leaked;
  int connections = 0;
};

// The format and the connection a client of pin 0 asks for.
struct PinName {
  char16_t guid[39];
  KSPIN_CONNECT connect;
  KSDATAFORMAT_WAVEFORMATEX format;
} __attribute__((packed));

inline KSDATAFORMAT_WAVEFORMATEX wave_format(WORD channels = 2, DWORD rate = 48000, WORD bits = 16) {
  KSDATAFORMAT_WAVEFORMATEX format{};
  format.DataFormat.FormatSize = sizeof format;
  format.DataFormat.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  format.DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  format.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  format.WaveFormatEx = {
      WAVE_FORMAT_PCM, channels, rate, rate * channels * bits / 8, static_cast<WORD>(channels * bits / 8), bits, 0};
  return format;
}

inline PinName pin_name(ULONG pin = 0, KSDATAFORMAT_WAVEFORMATEX format = wave_format()) {
  PinName name{};
  std::memcpy(name.guid, u"{146F1A80-4791-11D0-A5D6-28DB04C10000}\\", sizeof name.guid);
  KSPIN_CONNECT connect{};
  connect.Interface.Set = KSINTERFACESETID_Standard;
  connect.Interface.Id = KSINTERFACE_STANDARD_LOOPED_STREAMING;
  connect.Medium.Set = KSMEDIUMSETID_Standard;
  connect.Medium.Id = KSMEDIUM_STANDARD_DEVIO;
  connect.PinId = pin;
  name.connect = connect;
  name.format = format;
  return name;
}

template <class T>
std::span<const std::byte> bytes_of(const T& t) {
  return std::as_bytes(std::span(&t, 1));
}

class PortClsMachine : public io::IoMachine {
 protected:
  PortClsMachine() {
    FakeDriver::reset();
    port_cls_ = *PortCls::create({});
    context_.install(port_cls_.get());
    port_cls_->observers().add(portcls_);
    port_cls_->stream_observers().add(streams_);
  }

  // On a simulated thread: loads the fake driver and starts its device.
  Status start() {
    auto driver = io_->drivers().create({.name = "Fake", .entry = &FakeDriver::entry});
    if (!driver) return driver.error();
    driver_ = *driver;
    auto node = io_->pnp().add_root_device({});
    if (!node) return node.error();
    node_ = *node;
    auto started = io_->pnp().start(*node_, driver_);
    return started ? Status::ok() : started.error();
  }

  std::u16string link_of(const GUID& category, std::u16string_view reference) {
    for (const io::DeviceInterface& i : io_->interfaces().interfaces(category))
      if (i.reference == reference) return i.symbolic_link;
    return {};
  }
  io::FileHandle open_filter(std::u16string_view name = u"Wave") {
    auto file = io_->requests().open(link_of(KSCATEGORY_AUDIO, name));
    EXPECT_TRUE(file) << (file ? "" : file.error().to_string());
    return file.value_or(io::FileHandle{});
  }
  Result<io::FileHandle> open_pin(io::FileHandle filter, const PinName& name = pin_name()) {
    return io_->requests().open_relative(filter, bytes_of(name));
  }

  NTSTATUS control(io::FileHandle file, uint32_t code, std::span<const std::byte> in, std::span<std::byte> out,
                   uint64_t* information = nullptr) {
    auto outcome = io_->requests().device_control(file, code, in, out);
    EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().to_string());
    if (!outcome) return STATUS_UNSUCCESSFUL;
    if (information) *information = outcome->information;
    return outcome->status;
  }
  static KSPROPERTY property(const GUID& set, ULONG id, ULONG flags) {
    KSPROPERTY p{};
    p.Set = set;
    p.Id = id;
    p.Flags = flags;
    return p;
  }
  template <class T>
  NTSTATUS get(io::FileHandle file, const GUID& set, ULONG id, T& value) {
    const KSPROPERTY p = property(set, id, KSPROPERTY_TYPE_GET);
    return control(file, IOCTL_KS_PROPERTY, bytes_of(p), std::as_writable_bytes(std::span(&value, 1)));
  }
  template <class T>
  NTSTATUS get_pin(io::FileHandle file, ULONG id, ULONG pin, T& value) {
    KSP_PIN p{};
    p.Property = property(KSPROPSETID_Pin, id, KSPROPERTY_TYPE_GET);
    p.PinId = pin;
    return control(file, IOCTL_KS_PROPERTY, bytes_of(p), std::as_writable_bytes(std::span(&value, 1)));
  }
  NTSTATUS set_state(io::FileHandle pin, KSSTATE state) {
    const KSPROPERTY p = property(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET);
    return control(pin, IOCTL_KS_PROPERTY, bytes_of(p), std::as_writable_bytes(std::span(&state, 1)));
  }
  NTSTATUS get_buffer(io::FileHandle pin, ULONG bytes, KSRTAUDIO_BUFFER& buffer) {
    KSRTAUDIO_BUFFER_PROPERTY p{};
    p.Property = property(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER, KSPROPERTY_TYPE_GET);
    p.RequestedBufferSize = bytes;
    return control(pin, IOCTL_KS_PROPERTY, bytes_of(p), std::as_writable_bytes(std::span(&buffer, 1)));
  }
  NTSTATUS get_notification_buffer(io::FileHandle pin, ULONG bytes, ULONG count, KSRTAUDIO_BUFFER& buffer) {
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION p{};
    p.Property = property(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION, KSPROPERTY_TYPE_GET);
    p.RequestedBufferSize = bytes;
    p.NotificationCount = count;
    return control(pin, IOCTL_KS_PROPERTY, bytes_of(p), std::as_writable_bytes(std::span(&buffer, 1)));
  }
  NTSTATUS notification_event(io::FileHandle pin, ULONG id, HANDLE event) {
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY p{};
    p.Property = property(KSPROPSETID_RtAudio, id, KSPROPERTY_TYPE_SET);
    p.NotificationEvent = event;
    return control(pin, IOCTL_KS_PROPERTY, bytes_of(p), {});
  }

  // An event object of the client's with a handle of its own.
  struct ClientEvent {
    KEVENT event{};
    HANDLE handle = nullptr;
  };
  void create_event(ClientEvent& event) {
    KeInitializeEvent(&event.event, SynchronizationEvent, FALSE);
    auto& objects = services_->objects();
    ASSERT_TRUE(objects.insert({.type = &kernel::object_types::kEvent, .body = &event.event}));
    event.handle = *objects.open_handle(&event.event, 0x1F0003, kernel::HandleKind::kUser, "test");
  }
  void close(io::FileHandle file) { EXPECT_TRUE(io_->requests().close(file)); }

  PortClsRecorder portcls_;
  StreamRecorder streams_;
  std::unique_ptr<PortCls> port_cls_;
  PDRIVER_OBJECT driver_ = nullptr;
  io::DeviceNode* node_ = nullptr;
};

}  // namespace portside::portcls::testing
