#include "service/control.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/filter.h"
#include "client/jack.h"
#include "wire/message.h"

namespace portside::service {

const std::u16string& Control::filter() const {
  if (const auto* level = std::get_if<client::Level>(&of_)) return level->filter;
  return std::get<Jack>(of_).filter;
}

Result<> Control::allows(const std::vector<int32_t>& values) const {
  const auto* level = std::get_if<client::Level>(&of_);
  if (!level || !level->writable) return fail(StatusCode::kAccessDenied, fmt::format("{} cannot be set", info_.name));
  for (const int32_t value : values)
    if (value < level->low || value > level->high)
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("{} is from {} to {}, not {}", info_.name, level->low, level->high, value));
  return {};
}

Result<std::vector<int32_t>> Control::read() const {
  if (const auto* level = std::get_if<client::Level>(&of_)) return client::read_level(*level);
  const Jack& jack = std::get<Jack>(of_);
  TRY_ASSIGN(const client::KsFile file, client::KsFile::open(jack.filter));
  const bool plugged = std::ranges::any_of(client::read_jacks(file, jack.pin),
                                           [](const client::Jack& j) { return j.description.IsConnected != FALSE; });
  return std::vector<int32_t>{plugged};
}

Result<> Control::write(const std::vector<int32_t>& values) const {
  TRY(allows(values));
  return client::set_level(std::get<client::Level>(of_), values);
}

Result<std::unique_ptr<client::KsEvent>> Control::follow(const client::KsFile& filter,
                                                         const client::Event& told) const {
  if (const auto* level = std::get_if<client::Level>(&of_))
    return client::KsEvent::enable(filter, KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE,
                                   {.node = level->node, .pin = {}}, told);
  // KSEVENT_PINCAPS_JACKINFOCHANGE: the event of a pin. Where the pin has it not, the filter as a whole may.
  const auto enable = [&](std::optional<ULONG> pin) {
    return client::KsEvent::enable(filter, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE,
                                   {.node = {}, .pin = pin}, told);
  };
  auto event = enable(std::get<Jack>(of_).pin);
  return event ? std::move(event) : enable(std::nullopt);
}

std::vector<ControlReading> read_controls(const std::vector<client::FilterInfo>& filters,
                                          const client::Endpoint& endpoint, const std::string& id,
                                          const std::string& name) {
  std::vector<ControlReading> controls;
  const client::EndpointPath path = client::path_of(filters, endpoint);
  const auto add = [&](ControlInfo info, auto of) {
    if (controls.size() == wire::kMostControls) return;
    info.id = static_cast<uint32_t>(controls.size());
    const auto twins = std::ranges::count_if(
        controls, [&](const ControlReading& other) { return other.control->info().kind == info.kind; });
    if (twins) info.name += fmt::format(" {}", twins + 1);
    auto control = std::make_shared<const Control>(id, std::move(info), std::move(of));
    auto values = control->read();
    controls.push_back({std::move(control), values ? std::move(*values) : std::vector<int32_t>{}});
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
      add({.kind = ControlInfo::Kind::kJack, .name = name + " jack"},
          Control::Jack{path.topology->symbolic_link, *path.jack});
  }
  return controls;
}

}  // namespace portside::service
