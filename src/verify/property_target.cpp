#include "verify/property_target.h"

#include <algorithm>
#include <cstring>

#include "verify/bytes.h"

namespace portside::verify {
namespace {

constexpr std::byte kCanary{0xA5};
constexpr size_t kCanaryBytes = 64;

// KSPROPERTY_PIN_PROPOSEDATAFORMAT2: the mode stands in a list of attributes behind the KSP_PIN.
struct PinInMode {
  KSP_PIN pin;
  KSMULTIPLE_ITEM attributes;
  KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE mode;
};
PinInMode in_mode(const KSP_PIN& pin, const GUID& mode) {
  PinInMode request{pin, {sizeof request.attributes + sizeof request.mode, 1}, {}};
  request.mode.AttributeHeader.Size = sizeof request.mode;
  request.mode.AttributeHeader.Attribute = KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE;
  request.mode.SignalProcessingMode = mode;
  return request;
}

}  // namespace

std::string status_name(NTSTATUS status) {
  return status == STATUS_SUCCESS ? "STATUS_SUCCESS" : Status::from_nt(status).to_string();
}

bool PropertyTarget::Answer::is_unsupported() const {
  switch (static_cast<StatusCode>(status)) {
    case StatusCode::kNotFound:
    case StatusCode::kPropsetNotFound:
    case StatusCode::kNotSupported:
    case StatusCode::kNotImplemented:
    case StatusCode::kInvalidDeviceRequest: return true;
    default: return false;
  }
}

std::vector<std::vector<std::byte>> PropertyTarget::forms_of(const GUID& set, ULONG id, ULONG flags,
                                                             uint32_t target) const {
  switch (kind_) {
    case Kind::kPin: {
      const KSP_PIN pin = client::pin_request(set, id, target, flags);
      if (mode_ && set == KSPROPSETID_AudioEffectsDiscovery) return {copy_of(KSP_PINMODE{pin, *mode_}), copy_of(pin)};
      if (mode_ && set == KSPROPSETID_Pin && id == KSPROPERTY_PIN_PROPOSEDATAFORMAT2)
        return {copy_of(in_mode(pin, *mode_)), copy_of(pin)};
      return {copy_of(pin)};
    }
    case Kind::kNode: {
      KSNODEPROPERTY_AUDIO_CHANNEL channel{};
      channel.NodeProperty.Property = client::property_request(set, id, flags | KSPROPERTY_TYPE_TOPOLOGY);
      channel.NodeProperty.NodeId = target;
      return {copy_of(channel), copy_of(client::node_request(set, id, target, flags))};
    }
    default: return {copy_of(client::property_request(set, id, flags))};
  }
}

PropertyTarget::Answer PropertyTarget::send(std::span<const std::byte> descriptor, std::vector<std::byte> buffer,
                                            size_t bytes) const {
  const std::vector<std::byte> before = buffer;
  Answer answer;
  const auto outcome = file_.property(descriptor, std::span(buffer).first(bytes));
  if (!outcome) {
    answer.status = outcome.error().nt();
    return answer;
  }
  answer.status = outcome->status;
  answer.information = outcome->information;
  const size_t told = answer.ok() ? std::min<uint64_t>(answer.information, bytes) : 0;
  const auto behind = static_cast<ptrdiff_t>(answer.ok() ? told : bytes);
  answer.wrote_beyond = !std::equal(buffer.begin() + behind, buffer.end(), before.begin() + behind);
  answer.value.assign(buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(told));
  return answer;
}

std::vector<GUID> PropertyTarget::sets() const {
  const std::vector<std::byte> request = forms(GUID{}, 0, KSPROPERTY_TYPE_SETSUPPORT).back();
  const auto bytes = file_.get_bytes(std::span(request));
  std::vector<GUID> sets(bytes ? bytes->size() / sizeof(GUID) : 0);
  if (!sets.empty()) std::memcpy(sets.data(), bytes->data(), sets.size() * sizeof(GUID));
  return sets;
}

PropertyTarget::Answer PropertyTarget::ask(std::span<const std::byte> descriptor, size_t bytes) const {
  return send(descriptor, std::vector<std::byte>(bytes + kCanaryBytes, kCanary), bytes);
}

PropertyTarget::Answer PropertyTarget::tell(std::span<const std::byte> descriptor,
                                            std::span<const std::byte> value) const {
  std::vector<std::byte> buffer(value.begin(), value.end());
  buffer.resize(value.size() + kCanaryBytes, kCanary);
  Answer answer = send(descriptor, std::move(buffer), value.size());
  answer.wrote_beyond = false;  // what a SET's buffer holds afterwards, no page says
  return answer;
}

}  // namespace portside::verify
