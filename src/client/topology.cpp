#include "client/topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <functional>

#include "base/machine_context.h"
#include "client/filter.h"
#include "client/filter_links.h"
#include "io/io.h"

namespace portside::client {
namespace {

bool same(const GUID& a, const GUID& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

template <class T>
std::optional<T> read_as(std::span<const std::byte> bytes, size_t offset = 0) {
  if (bytes.size() < offset + sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::vector<FormatRange> ranges_of(std::span<const std::byte> multiple_item) {
  std::vector<FormatRange> ranges;
  bool attributes_follow = false;
  for (const auto item : data_range_items(multiple_item)) {
    // KSDATARANGE_ATTRIBUTES: the next item of the list is this range's attributes, not a range.
    if (std::exchange(attributes_follow, false)) continue;
    const auto range = read_as<KSDATARANGE>(item);
    if (!range) continue;
    attributes_follow = (range->Flags & KSDATARANGE_ATTRIBUTES) != 0;
    FormatRange out;
    out.major = range->MajorFormat;
    out.sub = range->SubFormat;
    out.specifier = range->Specifier;
    const auto audio = read_as<KSDATARANGE_AUDIO>(item);
    if (audio && same(out.major, KSDATAFORMAT_TYPE_AUDIO)) {
      out.is_audio = true;
      out.max_channels = audio->MaximumChannels;
      out.min_bits = audio->MinimumBitsPerSample;
      out.max_bits = audio->MaximumBitsPerSample;
      out.min_rate = audio->MinimumSampleFrequency;
      out.max_rate = audio->MaximumSampleFrequency;
    }
    ranges.push_back(out);
  }
  return ranges;
}

std::string string_of(std::span<const std::byte> bytes) {
  std::u16string text(bytes.size() / sizeof(char16_t), u'\0');
  std::memcpy(text.data(), bytes.data(), text.size() * sizeof(char16_t));
  text.resize(std::min(text.find(u'\0'), text.size()));
  return to_utf8(text);
}

std::optional<PhysicalConnection> connection_of(std::span<const std::byte> bytes) {
  // KSPIN_PHYSICALCONNECTION: Size, Pin, then the name of the other filter.
  const auto size = read_as<ULONG>(bytes), pin = read_as<ULONG>(bytes, sizeof(ULONG));
  if (!size || !pin) return std::nullopt;
  PhysicalConnection connection;
  connection.pin = *pin;
  const size_t offset = 2 * sizeof(ULONG);
  connection.filter.resize((bytes.size() - offset) / sizeof(char16_t));
  std::memcpy(connection.filter.data(), bytes.data() + offset, connection.filter.size() * sizeof(char16_t));
  connection.filter.resize(std::min(connection.filter.find(u'\0'), connection.filter.size()));
  return connection;
}

PinInfo read_pin(const KsFile& filter, uint32_t id) {
  PinInfo pin;
  pin.id = id;
  const auto request = [&](ULONG property) { return pin_request(KSPROPSETID_Pin, property, id); };
  pin.dataflow = filter.get<KSPIN_DATAFLOW>(request(KSPROPERTY_PIN_DATAFLOW)).value_or(KSPIN_DATAFLOW{});
  pin.communication =
      filter.get<KSPIN_COMMUNICATION>(request(KSPROPERTY_PIN_COMMUNICATION)).value_or(KSPIN_COMMUNICATION{});
  pin.category = filter.get<GUID>(request(KSPROPERTY_PIN_CATEGORY)).value_or(GUID{});
  if (auto name = filter.get_bytes(request(KSPROPERTY_PIN_NAME))) pin.name = string_of(*name);
  if (auto instances = filter.get<KSPIN_CINSTANCES>(request(KSPROPERTY_PIN_CINSTANCES))) {
    pin.possible_instances = instances->PossibleCount;
    pin.current_instances = instances->CurrentCount;
  }
  if (auto ranges = filter.get_bytes(request(KSPROPERTY_PIN_DATARANGES))) pin.ranges = ranges_of(*ranges);
  if (auto connection = filter.get_bytes(request(KSPROPERTY_PIN_PHYSICALCONNECTION)))
    pin.connection = connection_of(*connection);
  if (auto modes = filter.get_bytes(
          pin_request(KSPROPSETID_AudioSignalProcessing, KSPROPERTY_AUDIOSIGNALPROCESSING_MODES, id))) {
    for (const auto item : fixed_items(*modes, sizeof(GUID))) pin.modes.push_back(*read_as<GUID>(item));
  }
  return pin;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// "KSNODETYPE_LINE_CONNECTOR" -> "Line connector".
std::string spoken(const GUID& category) {
  std::string name = guid_name(category);
  if (!name.starts_with("KSNODETYPE_")) return {};
  name = lower(name.substr(11));
  std::ranges::replace(name, '_', ' ');
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

}  // namespace

Reach reach_from(const FilterInfo& filter, uint32_t pin, Direction direction) {
  Reach reach;
  const bool forward = direction == Direction::kRender;
  std::vector<std::optional<uint32_t>> open{std::nullopt};  // nodes to look beyond; none: the pin itself
  for (size_t i = 0; i < open.size(); ++i) {
    for (const ConnectionInfo& c : filter.connections) {
      const std::optional<uint32_t> near = forward ? c.from_node : c.to_node, far = forward ? c.to_node : c.from_node;
      const uint32_t near_pin = forward ? c.from_pin : c.to_pin, far_pin = forward ? c.to_pin : c.from_pin;
      if (near != open[i] || (!near && near_pin != pin)) continue;
      if (!far) {
        reach.pins.push_back(far_pin);
      } else if (std::ranges::find(reach.nodes, *far) == reach.nodes.end()) {
        reach.nodes.push_back(*far);
        open.push_back(*far);
      }
    }
  }
  return reach;
}

namespace {

// By the wave filter's bridge pin; a capture path is registered from the topology's side.
std::optional<TopologyBeyond> topology_behind(const std::vector<FilterInfo>& filters, const FilterInfo& wave,
                                              const std::function<bool(uint32_t)>& on_the_way) {
  const auto by_link = [&](std::u16string_view link) -> const FilterInfo* {
    // The link may belong to another category of the same filter: the reference string decides.
    const size_t slash = link.rfind(u'\\');
    const std::string reference = slash == link.npos ? "" : to_utf8(link.substr(slash + 1));
    for (const FilterInfo& f : filters)
      if (f.symbolic_link == link || (!reference.empty() && lower(f.name) == lower(reference))) return &f;
    return nullptr;
  };
  for (const PinInfo& pin : wave.pins) {
    if (!pin.connection || !on_the_way(pin.id)) continue;
    if (const FilterInfo* topology = by_link(pin.connection->filter))
      return TopologyBeyond{topology, pin.connection->pin};
    break;
  }
  std::optional<TopologyBeyond> last;
  for (const FilterInfo& f : filters) {
    for (const PinInfo& pin : f.pins) {
      if (&f == &wave || !pin.connection || by_link(pin.connection->filter) != &wave) continue;
      if (on_the_way(pin.connection->pin)) last = TopologyBeyond{&f, pin.id};
    }
  }
  return last;
}

}  // namespace

std::optional<TopologyBeyond> topology_beyond(const std::vector<FilterInfo>& filters, const FilterInfo& wave,
                                              uint32_t host, Direction direction) {
  // One filter may play and record: each way has a bridge pin of its own. A loopback's way ends where it is played to, at a host
  // pin or nowhere: it is of whatever the filter is connected with.
  const std::vector<uint32_t> ends = reach_from(wave, host, direction).pins;
  const auto own = topology_behind(filters, wave, [&](uint32_t pin) { return std::ranges::count(ends, pin) > 0; });
  const bool ends_at_bridge = std::ranges::any_of(
      wave.pins, [&](const PinInfo& pin) { return !pin.is_host_pin() && std::ranges::count(ends, pin.id); });
  if (own || ends_at_bridge) return own;
  return topology_behind(filters, wave, [](uint32_t) { return true; });
}

namespace {

// The jack that the way through the topology filter ends in.
std::string name_beyond(const std::vector<FilterInfo>& filters, const FilterInfo& wave, const Endpoint& endpoint) {
  const auto topology = topology_beyond(filters, wave, endpoint.pin.id, endpoint.direction);
  if (!topology) return {};
  const std::vector<uint32_t> ends = reach_from(*topology->filter, topology->entry, endpoint.direction).pins;
  for (const PinInfo& pin : topology->filter->pins) {
    if (pin.id == topology->entry || pin.connection || pin.is_host_pin()) continue;
    if (!ends.empty() && !std::ranges::count(ends, pin.id)) continue;
    if (!pin.name.empty()) return pin.name;
    if (std::string name = spoken(pin.category); !name.empty()) return name;
  }
  return {};
}

}  // namespace

bool FormatRange::admits(const AudioFormat& format) const {
  if (!is_audio || !same(specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)) return false;
  const GUID& wanted = format.kind == SampleKind::kFloat ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM;
  return same(sub, wanted) && format.channels <= max_channels && format.rate_hz >= min_rate &&
         format.rate_hz <= max_rate && format.effective_valid_bits() >= min_bits &&
         format.effective_valid_bits() <= max_bits;
}

std::string FormatRange::to_string() const {
  if (!is_audio) return fmt::format("{} / {}", guid_name(major), guid_name(sub));
  const auto span = [](uint32_t low, uint32_t high) {
    return low == high ? fmt::format("{}", low) : fmt::format("{}-{}", low, high);
  };
  std::string kind = same(sub, KSDATAFORMAT_SUBTYPE_PCM)          ? "PCM"
                     : same(sub, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT) ? "float"
                                                                  : guid_name(sub);
  return fmt::format("{} {} Hz, {} bits, {} channel{}", kind, span(min_rate, max_rate), span(min_bits, max_bits),
                     max_channels == 0xFFFFFFFF ? "any number of"
                     : max_channels == 1        ? "1"
                                                : fmt::format("up to {}", max_channels),
                     max_channels == 1 ? "" : "s");
}

std::string filter_leaf(std::u16string_view link) {
  const size_t slash = link.rfind(u'\\');
  return to_utf8(slash == link.npos ? link : link.substr(slash + 1));
}

Result<FilterInfo> read_filter(std::u16string_view symbolic_link) {
  FilterInfo info;
  info.symbolic_link = symbolic_link;
  const size_t slash = symbolic_link.rfind(u'\\');
  if (slash != symbolic_link.npos) info.name = to_utf8(symbolic_link.substr(slash + 1));
  TRY_ASSIGN(const KsFile filter, KsFile::open(symbolic_link));
  TRY_ASSIGN(const ULONG pins, filter.get<ULONG>(pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, 0)));
  for (ULONG id = 0; id < std::min<ULONG>(pins, 256); ++id) info.pins.push_back(read_pin(filter, id));

  const auto topology = [&](ULONG id) { return filter.get_bytes(property_request(KSPROPSETID_Topology, id)); };
  if (auto categories = topology(KSPROPERTY_TOPOLOGY_CATEGORIES))
    for (const auto item : fixed_items(*categories, sizeof(GUID))) info.categories.push_back(*read_as<GUID>(item));
  if (auto nodes = topology(KSPROPERTY_TOPOLOGY_NODES)) {
    for (const auto item : fixed_items(*nodes, sizeof(GUID)))
      info.nodes.push_back({static_cast<uint32_t>(info.nodes.size()), *read_as<GUID>(item)});
  }
  if (auto connections = topology(KSPROPERTY_TOPOLOGY_CONNECTIONS)) {
    for (const auto item : fixed_items(*connections, sizeof(KSTOPOLOGY_CONNECTION))) {
      const auto c = *read_as<KSTOPOLOGY_CONNECTION>(item);
      ConnectionInfo out;
      if (c.FromNode != KSFILTER_NODE) out.from_node = c.FromNode;
      if (c.ToNode != KSFILTER_NODE) out.to_node = c.ToNode;
      out.from_pin = c.FromNodePin;
      out.to_pin = c.ToNodePin;
      info.connections.push_back(out);
    }
  }
  for (const NodeInfo& node : info.nodes) {
    if (!same(node.type, KSNODETYPE_AUDIO_ENGINE)) continue;
    const auto descriptor = filter.get<KSAUDIOENGINE_DESCRIPTOR>(
        node_request(KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DESCRIPTOR, node.id, KSPROPERTY_TYPE_GET));
    if (descriptor)
      info.engine = {node.id, descriptor->nHostPinId, descriptor->nOffloadPinId, descriptor->nLoopbackPinId};
  }
  return info;
}

std::vector<FilterLink> filter_links() {
  std::vector<FilterLink> links;
  std::vector<std::u16string> seen;  // device and reference string, without the category between them
  for (const GUID* category : {&KSCATEGORY_AUDIO, &KSCATEGORY_RENDER, &KSCATEGORY_CAPTURE, &KSCATEGORY_TOPOLOGY}) {
    for (const io::DeviceInterface& interface : current<io::Io>().interfaces().interfaces(*category)) {
      const std::u16string& link = interface.symbolic_link;
      std::u16string key = link.substr(0, link.find(u"#{")) + u"\\" + interface.reference;
      if (std::ranges::find(seen, key) != seen.end()) continue;
      seen.push_back(std::move(key));
      links.push_back({link, interface.reference});
    }
  }
  return links;
}

Result<std::vector<FilterInfo>> list_filters() {
  std::vector<FilterInfo> filters;
  for (const FilterLink& filter : filter_links()) {
    TRY_ASSIGN(FilterInfo info, read_filter(filter.link));
    if (!filter.reference.empty()) info.name = to_utf8(filter.reference);
    filters.push_back(std::move(info));
  }
  return filters;
}

std::vector<Endpoint> endpoints_of(const std::vector<FilterInfo>& filters) {
  std::vector<Endpoint> endpoints;
  for (const FilterInfo& filter : filters) {
    for (const PinInfo& pin : filter.pins) {
      const bool streams = std::ranges::any_of(pin.ranges, [](const FormatRange& r) {
        return r.is_audio && same(r.specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX);
      });
      if (!pin.is_host_pin() || !streams || pin.possible_instances == 0) continue;
      Endpoint endpoint;
      if (filter.engine) {
        endpoint.engine_node = filter.engine->node;
        if (pin.id == filter.engine->offload_pin) endpoint.role = PinRole::kOffload;
        if (pin.id == filter.engine->loopback_pin) endpoint.role = PinRole::kLoopback;
      }
      if (same(pin.category, KSNODETYPE_AUDIO_LOOPBACK)) endpoint.role = PinRole::kLoopback;
      if (same(pin.category, KSNODETYPE_AUDIO_KEYWORDDETECTOR)) endpoint.role = PinRole::kKeyword;
      endpoint.direction = pin.dataflow == KSPIN_DATAFLOW_IN ? Direction::kRender : Direction::kCapture;
      endpoint.filter = filter.symbolic_link;
      endpoint.filter_name = filter.name;
      endpoint.pin = pin;
      endpoint.name = name_beyond(filters, filter, endpoint);
      if (endpoint.name.empty()) endpoint.name = filter.name;
      if (endpoint.role == PinRole::kOffload) endpoint.name += " (offload)";
      if (endpoint.role == PinRole::kLoopback) endpoint.name += " (loopback)";
      if (endpoint.role == PinRole::kKeyword) endpoint.name += " (keyword detector)";
      endpoint.full_name = fmt::format("{} ({}) pin {}", endpoint.name, filter.name, pin.id);
      endpoints.push_back(std::move(endpoint));
    }
  }
  // Names that stand twice get their filter, and their pin, added.
  const std::vector<Endpoint> plain = endpoints;
  for (Endpoint& e : endpoints) {
    const auto twins = [&](auto differs) {
      return std::ranges::count_if(plain, [&](const Endpoint& o) { return o.name == e.name && differs(o); }) > 1;
    };
    const std::string name = e.name;
    if (twins([](const Endpoint&) { return true; }) && name != e.filter_name) e.name += " (" + e.filter_name + ")";
    if (std::ranges::count_if(plain, [&](const Endpoint& o) { return o.name == name && o.filter == e.filter; }) > 1)
      e.name += fmt::format(" pin {}", e.pin.id);
  }
  return endpoints;
}

Result<Endpoint> find_endpoint(const std::vector<Endpoint>& endpoints, Direction direction, std::string_view name) {
  std::vector<const Endpoint*> fits;
  std::string known;
  const std::string wanted = lower(name);
  for (const Endpoint& e : endpoints) {
    if (e.direction != direction) continue;
    known += (known.empty() ? "" : ", ") + e.name;
    if (lower(e.name) == wanted) return e;
    if (lower(e.name).find(wanted) != std::string::npos) fits.push_back(&e);
  }
  const std::string_view kind = direction == Direction::kRender ? "render" : "capture";
  if (known.empty()) return fail(StatusCode::kNotFound, fmt::format("the driver has no {} endpoint", kind));
  if (fits.empty())
    return fail(StatusCode::kNotFound, fmt::format("no {} endpoint is called \"{}\"; there is: {}", kind, name, known));
  // "Speaker" is the endpoint, not the pins beside it.
  std::erase_if(fits, [&](const Endpoint* e) {
    return e->role != PinRole::kHost &&
           std::ranges::any_of(fits, [](const Endpoint* o) { return o->role == PinRole::kHost; });
  });
  if (fits.size() > 1 && !name.empty())
    return fail(StatusCode::kNotFound, fmt::format("\"{}\" fits several {} endpoints: {}", name, kind, known));
  return *fits[0];
}

Result<Endpoint> find_loopback(const std::vector<Endpoint>& endpoints, const Endpoint& render) {
  for (const Endpoint& e : endpoints)
    if (e.role == PinRole::kLoopback && e.filter == render.filter) return e;
  return fail(StatusCode::kNotFound, fmt::format("the filter of {} has no loopback pin", render.name));
}

}  // namespace portside::client
