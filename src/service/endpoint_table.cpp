#include "service/endpoint_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "client/offered_formats.h"
#include "service/formats.h"
#include "wire/endpoint_choice.h"
#include "wire/message.h"

namespace portside::service {
namespace {

// "Line (WaveIn)" -> "line-wavein": what stands in configuration files and after aplay's -D.
std::string slug(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) out += static_cast<char>(std::tolower(byte));
    else if (!out.empty() && out.back() != '-') out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  if (out.size() > wire::kMostName - 8) out.resize(wire::kMostName - 8);
  return out.empty() ? "endpoint" : out;
}

// By its jack; where nothing tells, it is.
bool plugged_in(const std::vector<ControlReading>& controls) {
  for (const ControlReading& reading : controls)
    if (reading.control->info().kind == ControlInfo::Kind::kJack && !reading.values.empty())
      return reading.values[0] != 0;
  return true;
}

// Whether who knows the one is wrong about what the other is; values apart.
bool is_another(const ServedEndpoint& a, const ServedEndpoint& b) {
  const auto kind = [](const ControlReading& reading) { return reading.control->info().kind; };
  return a.info.name != b.info.name || a.info.direction != b.info.direction || a.info.formats != b.info.formats ||
         a.info.plugged_in != b.info.plugged_in || !std::ranges::equal(a.controls, b.controls, {}, kind, kind);
}

std::vector<StreamFormat> formats_of(const client::Endpoint& endpoint) {
  std::vector<StreamFormat> formats;
  const auto offered = client::offered_formats(endpoint);
  if (!offered) return formats;
  for (const client::OfferedFormat& offer : *offered) {
    if (offer.proposal == client::Proposal::kRefused) continue;
    if (const auto format = client_format(offer.format); format && std::ranges::find(formats, *format) == formats.end())
      formats.push_back(*format);
  }
  std::ranges::sort(formats, {},
                    [](const StreamFormat& f) { return std::pair(distance_from_usual(f), f.channel_mask); });
  // What the driver itself calls the pin's own goes before everything.
  if (const auto preferred = client::preferred_format(endpoint)) {
    if (auto own = client_format(*preferred)) {
      auto found = std::ranges::find_if(formats, [&](StreamFormat f) {
        f.channel_mask = own->channel_mask;
        return f == *own;
      });
      if (found != formats.end()) std::rotate(formats.begin(), found, found + 1);
    }
  }
  return formats;
}

}  // namespace

Result<EndpointTable> EndpointTable::read(const std::string& device) {
  EndpointTable table;
  TRY_ASSIGN(const std::vector<client::FilterInfo> filters, client::list_filters());
  table.any_filter_ = !filters.empty();
  std::vector<client::Endpoint> found = client::endpoints_of(filters);
  // What applications stream with comes before the pins beside it: who names none is not meant to get a loopback.
  const auto is_aside = [](const client::Endpoint& e) { return e.role != client::PinRole::kHost; };
  std::vector<client::Endpoint> aside;
  std::ranges::copy_if(found, std::back_inserter(aside), is_aside);
  std::erase_if(found, is_aside);
  found.insert(found.end(), aside.begin(), aside.end());
  for (client::Endpoint& endpoint : found) {
    if (table.endpoints_.size() == wire::kMostEndpoints) break;
    ServedEndpoint served;
    const std::string base = slug(endpoint.name);
    served.info.id = base;
    // Names are unique but for what a slug leaves out; the order of the listing is the driver's own.
    for (int n = 2;
         std::ranges::any_of(table.endpoints_, [&](const ServedEndpoint& o) { return o.info.id == served.info.id; });
         ++n)
      served.info.id = fmt::format("{}-{}", base, n);
    served.info.name = device.empty() ? endpoint.name : fmt::format("{} ({})", endpoint.name, device);
    served.info.direction = endpoint.direction == client::Direction::kRender ? Direction::kRender : Direction::kCapture;
    served.info.formats = formats_of(endpoint);
    served.controls = read_controls(filters, endpoint, served.info.id, endpoint.name);
    for (const ControlReading& reading : served.controls) served.info.controls.push_back(reading.control->info());
    served.info.plugged_in = plugged_in(served.controls);
    served.endpoint = std::move(endpoint);
    table.endpoints_.push_back(std::move(served));
  }
  return table;
}

std::vector<std::shared_ptr<const Control>> EndpointTable::controls() const {
  std::vector<std::shared_ptr<const Control>> all;
  for (const ServedEndpoint& e : endpoints_)
    for (const ControlReading& reading : e.controls) all.push_back(reading.control);
  return all;
}

std::vector<EndpointTable::Change> EndpointTable::take(ControlReading reading) {
  std::vector<Change> changes;
  for (ServedEndpoint& e : endpoints_) {
    const auto known = std::ranges::find(e.controls, reading.control, &ControlReading::control);
    if (known == e.controls.end() || known->values == reading.values) continue;
    known->values = reading.values;
    changes.push_back({e.info.id, reading.control->info().id});
    const bool now = plugged_in(e.controls);
    if (std::exchange(e.info.plugged_in, now) != now) changes.push_back({e.info.id, std::nullopt});
  }
  return changes;
}

std::vector<EndpointTable::Change> EndpointTable::replace_by(EndpointTable other) {
  std::vector<Change> changes;
  const auto in = [](std::vector<ServedEndpoint>& endpoints, const ServedEndpoint& e) {
    return std::ranges::find_if(endpoints, [&](const ServedEndpoint& o) { return o.info.id == e.info.id; });
  };
  for (const ServedEndpoint& e : endpoints_)
    if (in(other.endpoints_, e) == other.endpoints_.end()) changes.push_back({e.info.id, std::nullopt});
  for (const ServedEndpoint& e : other.endpoints_) {
    const auto before = in(endpoints_, e);
    if (before == endpoints_.end() || is_another(*before, e)) changes.push_back({e.info.id, std::nullopt});
    else
      for (size_t i = 0; i < e.controls.size(); ++i)
        if (before->controls[i].values != e.controls[i].values)
          changes.push_back({e.info.id, e.controls[i].control->info().id});
  }
  *this = std::move(other);
  return changes;
}

Result<const ServedEndpoint*> EndpointTable::find(std::string_view name, std::optional<Direction> direction) const {
  if (!any_filter_)
    return fail(StatusCode::kDeviceRemoved, "the device was removed: the driver has no endpoints any more");
  std::vector<const EndpointInfo*> infos;
  for (const ServedEndpoint& e : endpoints_) infos.push_back(&e.info);
  TRY_ASSIGN(const size_t place, wire::choose_endpoint(infos, name, direction));
  return &endpoints_[place];
}

Result<std::shared_ptr<const Control>> EndpointTable::find_control(std::string_view endpoint, uint32_t id) const {
  TRY_ASSIGN(const ServedEndpoint* const found, find(endpoint, std::nullopt));
  if (id >= found->controls.size())
    return fail(StatusCode::kNotFound, fmt::format("the endpoint has no control {}", id));
  return found->controls[id].control;
}

}  // namespace portside::service
