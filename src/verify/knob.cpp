#include "verify/knob.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::verify {

std::string Knob::text() const {
  return fmt::format("{} node {} ({})", filter->name, node, is_volume() ? "volume" : "mute");
}

KSNODEPROPERTY_AUDIO_CHANNEL Knob::request(LONG channel, ULONG type) const {
  KSNODEPROPERTY_AUDIO_CHANNEL request{};
  request.NodeProperty.Property = client::property_request(KSPROPSETID_Audio, id, type | KSPROPERTY_TYPE_TOPOLOGY);
  request.NodeProperty.NodeId = node;
  request.Channel = channel;
  return request;
}

std::vector<Knob> knobs_of(const client::FilterInfo& filter) {
  std::vector<Knob> knobs;
  for (const client::NodeInfo& node : filter.nodes) {
    if (node.type == KSNODETYPE_VOLUME) knobs.push_back({&filter, node.id, KSPROPERTY_AUDIO_VOLUMELEVEL});
    if (node.type == KSNODETYPE_MUTE) knobs.push_back({&filter, node.id, KSPROPERTY_AUDIO_MUTE});
  }
  return knobs;
}

KnobsBetween knobs_between(const std::vector<client::FilterInfo>& filters, const client::Endpoint& endpoint) {
  KnobsBetween between;
  const auto wave = std::ranges::find(filters, endpoint.filter, &client::FilterInfo::symbolic_link);
  if (wave == filters.end()) return between;
  const auto add = [&](const client::FilterInfo& filter, uint32_t pin) {
    const client::Reach reach = client::reach_from(filter, pin, endpoint.direction);
    for (const Knob& knob : knobs_of(filter))
      if (std::ranges::find(reach.nodes, knob.node) != reach.nodes.end()) between.knobs.push_back(knob);
    between.one_way = between.one_way && reach.pins.size() == 1;
  };
  add(*wave, endpoint.pin.id);
  if (const auto beyond = client::topology_beyond(filters, *wave, endpoint.pin.id, endpoint.direction))
    add(*beyond->filter, beyond->entry);
  return between;
}

namespace {
constexpr LONG kStep = 6 * 65536;  // KSPROPERTY_AUDIO_VOLUMELEVEL: the value's unit is 1/65536 dB
constexpr LONG kMostChannels = 8;
}  // namespace

KnobBoard::KnobBoard(const std::vector<client::FilterInfo>& filters) {
  for (const client::FilterInfo& filter : filters) {
    const std::vector<Knob> knobs = knobs_of(filter);
    if (knobs.empty()) continue;
    auto file = client::KsFile::open(filter.symbolic_link);
    if (!file) continue;
    files_.emplace(&filter, std::move(*file));
    knobs_.insert(knobs_.end(), knobs.begin(), knobs.end());
  }
}

KnobBoard::Values KnobBoard::read(const Knob& knob) const {
  const client::KsFile& file = files_.at(knob.filter);
  Values values;
  for (LONG channel = 0; channel < kMostChannels; ++channel) {
    const auto value = file.get<LONG>(knob.request(channel, KSPROPERTY_TYPE_GET));
    if (!value) break;
    values[channel] = *value;
  }
  if (!values.empty()) return values;
  if (const auto value = file.get<LONG>(knob.request(KSAUDIO_CHANNEL_ALL, KSPROPERTY_TYPE_GET)))
    values[KSAUDIO_CHANNEL_ALL] = *value;
  return values;
}

void KnobBoard::set(const Knob& knob, const Values& values) const {
  for (const auto& [channel, value] : values)
    (void)files_.at(knob.filter).set(knob.request(channel, KSPROPERTY_TYPE_SET), value);
}

bool KnobBoard::move(const Knob& knob, const Values& before) const {
  for (const LONG step : {-kStep, kStep}) {
    Values other = before;
    for (auto& [channel, value] : other)
      value = knob.is_volume() ? static_cast<LONG>(std::clamp<int64_t>(int64_t{value} + step, INT32_MIN, INT32_MAX))
              : value          ? FALSE
                               : TRUE;
    set(knob, other);
    if (read(knob) != before) return true;
  }
  return false;
}

std::string KnobBoard::text(const Values& values) {
  std::string out;
  for (const auto& [channel, value] : values) out += fmt::format("{}{}", out.empty() ? "" : ", ", value);
  return out.empty() ? "nothing" : out;
}

}  // namespace portside::verify
