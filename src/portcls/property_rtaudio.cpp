// KSPROPSETID_RtAudio: the target is always the pin; the port answers.
//
// Every client of a machine is a 64-bit process, so the ...32 structures, which a 32-bit one sends (IoIs32bitProcess), are
// what they look like here: buffers too small. GETPOSITIONFUNCTION is older than the released port and unsupported.

#include "portcls/filter_file.h"
#include "portcls/pin_file.h"
#include "portcls/property_sets.h"

namespace portside::portcls {
namespace {

Status answer_buffer(PinFile& pin, ks::PropertyRequest& request, PVOID base, ULONG bytes,
                     std::optional<uint32_t> notifications) {
  // "The client must specify the base address as NULL unless a specific base address is needed." STATUS_UNSUCCESSFUL:
  // "a cyclic buffer with the specified combination of buffer attributes cannot be allocated".
  if (base) return Status(StatusCode::kUnsuccessful, "a buffer at an address of the client's choice is not possible");
  auto buffer = pin.stream().allocate_buffer(bytes, notifications);
  return buffer ? request.answer(*buffer) : buffer.error();
}

Status buffer(PinFile& pin, ks::PropertyRequest& request) {
  const auto& asked = *request.descriptor_as<KSRTAUDIO_BUFFER_PROPERTY>();
  return answer_buffer(pin, request, asked.BaseAddress, asked.RequestedBufferSize, std::nullopt);
}

Status buffer_with_notification(PinFile& pin, ks::PropertyRequest& request) {
  const auto& asked = *request.descriptor_as<KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION>();
  return answer_buffer(pin, request, asked.BaseAddress, asked.RequestedBufferSize, asked.NotificationCount);
}

Status latency(PinFile& pin, ks::PropertyRequest& request) {
  KSRTAUDIO_HWLATENCY latency{};
  const Status status = pin.stream().latency(latency);
  return status.is_ok() ? request.answer(latency) : status;
}

template <WaveRtStream::Register kWhich>
Status hardware_register(PinFile& pin, ks::PropertyRequest& request) {
  auto mapped = pin.stream().map_register(kWhich);
  return mapped ? request.answer(*mapped) : mapped.error();
}

Status register_event(PinFile& pin, ks::PropertyRequest& request) {
  return pin.stream().register_event(request.descriptor_as<KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY>()->NotificationEvent);
}

Status unregister_event(PinFile& pin, ks::PropertyRequest& request) {
  return pin.stream().unregister_event(
      request.descriptor_as<KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY>()->NotificationEvent);
}

Status notification_support(PinFile& pin, ks::PropertyRequest& request) {
  return request.answer(BOOL{pin.stream().supports_notification()});
}

Status packet_count(PinFile& pin, ks::PropertyRequest& request) {
  ULONG count = 0;
  const Status status = pin.stream().packet_count(count);
  return status.is_ok() ? request.answer(count) : status;
}

Status presentation_position(PinFile& pin, ks::PropertyRequest& request) {
  KSAUDIO_PRESENTATION_POSITION position{};
  const Status status = pin.stream().presentation_position(position);
  return status.is_ok() ? request.answer(position) : status;
}

Status read_packet(PinFile& pin, ks::PropertyRequest& request) {
  KSRTAUDIO_GETREADPACKET_INFO info{};
  const Status status = pin.stream().read_packet(info);
  return status.is_ok() ? request.answer(info) : status;
}

Status write_packet(PinFile& pin, ks::PropertyRequest& request) {
  return pin.stream().write_packet(*request.value_as<KSRTAUDIO_SETWRITEPACKET_INFO>());
}

// The miniport has no interface for it in the public documentation: a driver that has packet registers answers in its
// pin's own automation table, which is asked first.
bool never(PinFile&) { return false; }
bool notifies(PinFile& pin) { return pin.stream().supports_notification(); }
bool writes_packets(PinFile& pin) { return pin.stream().writes_packets(); }
bool reads_packets(PinFile& pin) { return pin.stream().reads_packets(); }

constexpr uint32_t kEvent = sizeof(KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY);
constexpr uint32_t kRegister = sizeof(KSRTAUDIO_HWREGISTER_PROPERTY);
using Register = WaveRtStream::Register;

const PinItem kRtAudioItems[] = {
    {{.id = KSPROPERTY_RTAUDIO_BUFFER,
      .descriptor_bytes = sizeof(KSRTAUDIO_BUFFER_PROPERTY),
      .value_bytes = sizeof(KSRTAUDIO_BUFFER)},
     buffer},
    {{.id = KSPROPERTY_RTAUDIO_HWLATENCY, .value_bytes = sizeof(KSRTAUDIO_HWLATENCY)}, latency},
    {{.id = KSPROPERTY_RTAUDIO_POSITIONREGISTER,
      .descriptor_bytes = kRegister,
      .value_bytes = sizeof(KSRTAUDIO_HWREGISTER)},
     hardware_register<Register::kPosition>},
    {{.id = KSPROPERTY_RTAUDIO_CLOCKREGISTER,
      .descriptor_bytes = kRegister,
      .value_bytes = sizeof(KSRTAUDIO_HWREGISTER)},
     hardware_register<Register::kClock>},
    {{.id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION,
      .descriptor_bytes = sizeof(KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION),
      .value_bytes = sizeof(KSRTAUDIO_BUFFER)},
     buffer_with_notification,
     nullptr,
     notifies},
    // "get and set": no value goes either way.
    {{.id = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT, .descriptor_bytes = kEvent},
     register_event,
     register_event,
     notifies},
    {{.id = KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT, .descriptor_bytes = kEvent},
     unregister_event,
     unregister_event,
     notifies},
    {{.id = KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT, .value_bytes = sizeof(BOOL)}, notification_support},
    {{.id = KSPROPERTY_RTAUDIO_PACKETCOUNT, .value_bytes = sizeof(ULONG)}, packet_count, nullptr, writes_packets},
    {{.id = KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, .value_bytes = sizeof(KSAUDIO_PRESENTATION_POSITION)},
     presentation_position,
     nullptr,
     writes_packets},
    {{.id = KSPROPERTY_RTAUDIO_GETREADPACKET, .value_bytes = sizeof(KSRTAUDIO_GETREADPACKET_INFO)},
     read_packet,
     nullptr,
     reads_packets},
    {{.id = KSPROPERTY_RTAUDIO_SETWRITEPACKET, .value_bytes = sizeof(KSRTAUDIO_SETWRITEPACKET_INFO)},
     nullptr,
     write_packet,
     writes_packets},
    {{.id = KSPROPERTY_RTAUDIO_PACKETVREGISTER,
      .descriptor_bytes = sizeof(KSRTAUDIO_PACKETVREGISTER_PROPERTY),
      .value_bytes = sizeof(KSRTAUDIO_PACKETVREGISTER)},
     nullptr,
     nullptr,
     never},
};

}  // namespace

std::span<const PinItem> rt_audio_properties() { return kRtAudioItems; }

}  // namespace portside::portcls
