#include "client/level.h"

#include <algorithm>
#include <cstring>

#include "client/filter.h"

namespace portside::client {
namespace {

constexpr uint32_t kMostChannels = 64;

bool is_type(const NodeInfo& node, const GUID& type) { return std::memcmp(&node.type, &type, sizeof type) == 0; }

KSNODEPROPERTY_AUDIO_CHANNEL channel_request(const Level& level, LONG channel, ULONG type) {
  KSNODEPROPERTY_AUDIO_CHANNEL request{};
  request.NodeProperty.Property =
      property_request(KSPROPSETID_Audio, level.mute ? KSPROPERTY_AUDIO_MUTE : KSPROPERTY_AUDIO_VOLUMELEVEL,
                       type | KSPROPERTY_TYPE_TOPOLOGY);
  request.NodeProperty.NodeId = level.node;
  request.Channel = channel;
  return request;
}

template <class T>
std::optional<T> at(const std::vector<std::byte>& bytes, size_t offset) {
  if (bytes.size() < offset + sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// KSPROPERTY_TYPE_BASICSUPPORT: access flags; then a KSPROPERTY_DESCRIPTION with a list of steppings, one a channel.
void read_support(const KsFile& file, Level& level) {
  const auto request = channel_request(level, 0, KSPROPERTY_TYPE_BASICSUPPORT);
  const auto ask = [&](size_t bytes) -> std::vector<std::byte> {
    std::vector<std::byte> value(bytes);
    const auto outcome = file.property(std::as_bytes(std::span(&request, 1)), value);
    if (!outcome || !outcome->ok()) return {};
    value.resize(std::min<size_t>(value.size(), outcome->information));
    return value;
  };
  if (const auto access = at<ULONG>(ask(sizeof(ULONG)), 0)) level.writable = (*access & KSPROPERTY_TYPE_SET) != 0;
  const auto first = at<KSPROPERTY_DESCRIPTION>(ask(sizeof(KSPROPERTY_DESCRIPTION)), 0);
  constexpr ULONG kMost = 1 << 16;
  if (!first || level.mute || first->DescriptionSize > kMost || first->DescriptionSize <= sizeof *first) return;
  const std::vector<std::byte> whole = ask(first->DescriptionSize);
  const auto header = at<KSPROPERTY_MEMBERSHEADER>(whole, sizeof *first);
  const auto stepping = at<KSPROPERTY_STEPPING_LONG>(whole, sizeof *first + sizeof *header);
  if (!header || !stepping || !(header->MembersFlags & KSPROPERTY_MEMBER_STEPPEDRANGES)) return;
  level.low = stepping->Bounds.SignedMinimum;
  level.high = stepping->Bounds.SignedMaximum;
  level.step = std::max(1, static_cast<int32_t>(stepping->SteppingDelta));
}

void add_levels(const FilterInfo& filter, const std::vector<uint32_t>& nodes, std::vector<Level>& levels) {
  const auto file = KsFile::open(filter.symbolic_link);
  if (!file) return;
  for (const uint32_t id : nodes) {
    const auto node = std::ranges::find(filter.nodes, id, &NodeInfo::id);
    if (node == filter.nodes.end()) continue;
    Level level{.filter = filter.symbolic_link, .node = id, .mute = is_type(*node, KSNODETYPE_MUTE)};
    if (!level.mute && !is_type(*node, KSNODETYPE_VOLUME)) continue;
    // KSPROPERTY_AUDIO_VOLUMELEVEL: 1/65536 dB; without ranges, what its page allows at most.
    if (!level.mute) level.low = -96 * 65536, level.high = 0;
    read_support(*file, level);
    level.channels = 0;
    while (level.channels < kMostChannels &&
           file->get<LONG>(channel_request(level, static_cast<LONG>(level.channels), KSPROPERTY_TYPE_GET)))
      ++level.channels;
    if (level.channels) levels.push_back(level);
  }
}

}  // namespace

std::vector<Level> levels_of(const EndpointPath& path, Direction direction) {
  std::vector<Level> levels;
  const auto add = [&](const FilterInfo* filter, uint32_t pin) {
    if (filter) add_levels(*filter, reach_from(*filter, pin, direction).nodes, levels);
  };
  // The wave filter's own nodes lie between its host pin and its bridge pin, seen from whichever has the connections.
  add(path.wave, path.host);
  add(path.topology, path.entry);
  return levels;
}

EndpointPath path_of(const std::vector<FilterInfo>& filters, const Endpoint& endpoint) {
  EndpointPath path;
  const auto wave = std::ranges::find(filters, endpoint.filter, &FilterInfo::symbolic_link);
  if (wave == filters.end()) return path;
  path.wave = &*wave;
  path.host = endpoint.pin.id;
  const auto far = topology_beyond(filters, *wave, endpoint.pin.id, endpoint.direction);
  if (!far) return path;
  path.topology = far->filter;
  path.entry = far->entry;
  for (const uint32_t pin : reach_from(*far->filter, far->entry, endpoint.direction).pins) {
    const auto info = std::ranges::find(far->filter->pins, pin, &PinInfo::id);
    if (info != far->filter->pins.end() && !info->is_host_pin() && !info->connection && pin != far->entry) {
      path.jack = pin;
      break;
    }
  }
  return path;
}

Result<std::vector<int32_t>> read_level(const Level& level) {
  TRY_ASSIGN(const KsFile file, KsFile::open(level.filter));
  std::vector<int32_t> values;
  for (uint32_t channel = 0; channel < level.channels; ++channel) {
    TRY_ASSIGN(const LONG value,
               file.get<LONG>(channel_request(level, static_cast<LONG>(channel), KSPROPERTY_TYPE_GET)));
    values.push_back(value);
  }
  return values;
}

Result<> set_level(const Level& level, const std::vector<int32_t>& values) {
  if (values.empty() || values.size() > level.channels)
    return fail(StatusCode::kInvalidParameter, "the control has another number of channels");
  TRY_ASSIGN(const KsFile file, KsFile::open(level.filter));
  for (size_t channel = 0; channel < values.size(); ++channel)
    TRY(file.set(channel_request(level, static_cast<LONG>(channel), KSPROPERTY_TYPE_SET),
                 static_cast<LONG>(values[channel])));
  return {};
}

}  // namespace portside::client
