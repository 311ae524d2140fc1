#include "portcls/audio_engine.h"

#include <cstring>

#include <fmt/format.h>

#include "portcls/filter_file.h"
#include "portcls/guarded_buffer.h"
#include "portcls/portcls.h"

namespace portside::portcls {

bool is_audio_engine(const Port& port, uint32_t node) {
  if (node >= port.description().node_count()) return false;
  const GUID* type = port.description().node(node).Type;
  return type && ks::same_guid(*type, KSNODETYPE_AUDIO_ENGINE);
}

std::optional<uint32_t> channel_of(const ks::PropertyRequest& request) {
  const auto* asked = request.descriptor_as<KSNODEPROPERTY_AUDIO_CHANNEL>();
  return asked ? std::optional(static_cast<uint32_t>(asked->Channel)) : std::nullopt;
}

Status tell_inconsistent(const char* method_name, std::string sentence, const StackTrace& method) {
  current<PortCls>().report_answer(Misuse::kEngineNodeInconsistent, method_name, sentence, method);
  return Status(StatusCode::kUnsuccessful, std::move(sentence));
}

Status answer_channel_support(ks::PropertyRequest& request, eChannelTargetType type, const ChannelSteppings& source) {
  // A ULONG asks for the flags alone; an empty buffer for the size of the whole description.
  if (!request.value.empty() && request.value.size() < sizeof(KSPROPERTY_DESCRIPTION))
    return request.answer(source.access);
  UINT32 channels = 0;
  NTSTATUS status = source.count(type, &channels);
  if (status < 0) return Status::from_nt(status);
  if (channels > 256)
    return tell_inconsistent(source.method_name, fmt::format("the miniport claims {} channels", channels),
                             source.method);
  const auto bytes = static_cast<UINT32>(channels * sizeof(KSPROPERTY_STEPPING_LONG));
  auto block = GuardedBuffer::create_unset(bytes, "the steppings of an audio engine's channels");
  if (!block) return block.error();
  const std::span steppings(static_cast<KSPROPERTY_STEPPING_LONG*>(block->pointer()), channels);
  if (channels) status = source.steppings(type, steppings.data(), bytes);
  if (status < 0) return Status::from_nt(status);
  for (const KSPROPERTY_STEPPING_LONG& s : steppings)
    if (s.Bounds.SignedMinimum > s.Bounds.SignedMaximum)
      (void)tell_inconsistent(
          source.method_name,
          fmt::format("a channel's values go from {} to {}", s.Bounds.SignedMinimum, s.Bounds.SignedMaximum),
          source.method);

  KSPROPERTY_DESCRIPTION description{};
  description.AccessFlags = source.access;
  description.PropTypeSet.Set = KSPROPTYPESETID_General;
  description.PropTypeSet.Id = source.variant_type;
  description.MembersListCount = 1;
  description.DescriptionSize = static_cast<ULONG>(sizeof description + sizeof(KSPROPERTY_MEMBERSHEADER) + bytes);
  if (request.value.size() >= sizeof description && request.value.size() < description.DescriptionSize)
    return request.answer(description);  // its DescriptionSize tells what the rest needs
  KSPROPERTY_MEMBERSHEADER members{};
  members.MembersFlags = KSPROPERTY_MEMBER_STEPPEDRANGES;
  members.MembersSize = sizeof(KSPROPERTY_STEPPING_LONG);
  members.MembersCount = channels;
  members.Flags = KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL;
  std::vector<std::byte> answer(description.DescriptionSize);
  std::memcpy(answer.data(), &description, sizeof description);
  std::memcpy(answer.data() + sizeof description, &members, sizeof members);
  if (bytes) std::memcpy(answer.data() + sizeof description + sizeof members, steppings.data(), bytes);
  return request.answer(std::span<const std::byte>(answer));
}

}  // namespace portside::portcls
