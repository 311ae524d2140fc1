#include "service/endpoint_controls.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/filter.h"
#include "client/jack.h"
#include "wire/message.h"

namespace portside::service {

EndpointControls EndpointControls::read(const std::vector<client::FilterInfo>& filters,
                                        const client::Endpoint& endpoint, const std::string& name) {
  EndpointControls controls;
  const client::EndpointPath path = client::path_of(filters, endpoint);
  const auto add = [&](ControlInfo info, auto of) {
    if (controls.controls_.size() == wire::kMostControls) return;
    info.id = static_cast<uint32_t>(controls.controls_.size());
    const auto twins =
        std::ranges::count_if(controls.controls_, [&](const Control& c) { return c.info.kind == info.kind; });
    if (twins) info.name += fmt::format(" {}", twins + 1);
    Control control{std::move(info), std::move(of), {}};
    if (auto value = value_of(control)) control.seen = std::move(*value);
    controls.controls_.push_back(std::move(control));
  };
  for (const client::Level& level : client::levels_of(path, endpoint.direction))
    add({.kind = level.mute ? ControlInfo::Kind::kMute : ControlInfo::Kind::kVolume,
         .name = name + (level.mute ? " mute" : " volume"),
         .channels = std::min<uint32_t>(level.channels, wire::kMostChannels),
         .minimum = level.low,
         .maximum = level.high,
         .step = level.step,
         .writable = level.writable},
        level);
  if (path.topology && path.jack) {
    const auto file = client::KsFile::open(path.topology->symbolic_link);
    if (file && !client::read_jacks(*file, *path.jack).empty())
      add({.kind = ControlInfo::Kind::kJack, .name = name + " jack"}, Jack{path.topology->symbolic_link, *path.jack});
  }
  return controls;
}

std::vector<ControlInfo> EndpointControls::infos() const {
  std::vector<ControlInfo> infos;
  for (const Control& c : controls_) infos.push_back(c.info);
  return infos;
}

Result<std::vector<int32_t>> EndpointControls::value_of(const Control& control) {
  if (const auto* level = std::get_if<client::Level>(&control.of)) return client::read_level(*level);
  const Jack& jack = std::get<Jack>(control.of);
  TRY_ASSIGN(const client::KsFile file, client::KsFile::open(jack.filter));
  const bool plugged = std::ranges::any_of(client::read_jacks(file, jack.pin),
                                           [](const client::Jack& j) { return j.description.IsConnected != FALSE; });
  return std::vector<int32_t>{plugged};
}

Result<const EndpointControls::Control*> EndpointControls::find(uint32_t id) const {
  if (id >= controls_.size()) return fail(StatusCode::kNotFound, fmt::format("the endpoint has no control {}", id));
  return &controls_[id];
}

Result<std::vector<int32_t>> EndpointControls::get(uint32_t id) const {
  TRY_ASSIGN(const Control* const control, find(id));
  return value_of(*control);
}

Result<> EndpointControls::set(uint32_t id, const std::vector<int32_t>& values) const {
  TRY_ASSIGN(const Control* const control, find(id));
  const auto* level = std::get_if<client::Level>(&control->of);
  if (!level || !level->writable)
    return fail(StatusCode::kAccessDenied, fmt::format("{} cannot be set", control->info.name));
  for (const int32_t value : values)
    if (value < level->low || value > level->high)
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("{} is from {} to {}, not {}", control->info.name, level->low, level->high, value));
  return client::set_level(*level, values);
}

bool EndpointControls::plugged_in() const {
  for (const Control& c : controls_)
    if (c.info.kind == ControlInfo::Kind::kJack && !c.seen.empty()) return c.seen[0] != 0;
  return true;
}

std::vector<uint32_t> EndpointControls::changed() {
  std::vector<uint32_t> changed;
  for (Control& c : controls_) {
    auto value = value_of(c);
    if (!value || *value == c.seen) continue;
    c.seen = std::move(*value);
    changed.push_back(c.info.id);
  }
  return changed;
}

}  // namespace portside::service
