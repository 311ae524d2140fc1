#include "verify/topology_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <set>

#include "client/filter.h"
#include "client/jack.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

// An end of a connection: a node (its logical pins are one), or a pin of the filter.
struct End {
  bool is_node = false;
  uint32_t id = 0;
  auto operator<=>(const End&) const = default;
};

End from_of(const client::ConnectionInfo& c) { return c.from_node ? End{true, *c.from_node} : End{false, c.from_pin}; }
End to_of(const client::ConnectionInfo& c) { return c.to_node ? End{true, *c.to_node} : End{false, c.to_pin}; }

std::set<End> reached_from(const std::multimap<End, End>& next, const End& start) {
  std::set<End> seen{start};
  std::vector<End> open{start};
  while (!open.empty()) {
    const End here = open.back();
    open.pop_back();
    for (auto [at, end] = next.equal_range(here); at != end; ++at)
      if (seen.insert(at->second).second) open.push_back(at->second);
  }
  return seen;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// What a node of a type is to have: one of these (pages audio/ksnodetype-*).
struct NodeNeeds {
  const GUID* type;
  std::vector<ULONG> any_of;  // of KSPROPSETID_Audio
  const char* name;
  const char* page;
  bool is_control = true;  // it can be set, says the property's page
};
const std::vector<NodeNeeds>& node_needs() {
  static const std::vector<NodeNeeds> needs = {
      {&KSNODETYPE_VOLUME, {KSPROPERTY_AUDIO_VOLUMELEVEL}, "KSPROPERTY_AUDIO_VOLUMELEVEL", "audio/ksnodetype-volume"},
      {&KSNODETYPE_MUTE, {KSPROPERTY_AUDIO_MUTE}, "KSPROPERTY_AUDIO_MUTE", "audio/ksnodetype-mute"},
      {&KSNODETYPE_MUX, {KSPROPERTY_AUDIO_MUX_SOURCE}, "KSPROPERTY_AUDIO_MUX_SOURCE", "audio/ksnodetype-mux"},
      {&KSNODETYPE_AGC, {KSPROPERTY_AUDIO_AGC}, "KSPROPERTY_AUDIO_AGC", "audio/ksnodetype-agc"},
      {&KSNODETYPE_LOUDNESS,
       {KSPROPERTY_AUDIO_LOUDNESS, KSPROPERTY_AUDIO_DYNAMIC_RANGE},
       "KSPROPERTY_AUDIO_LOUDNESS or KSPROPERTY_AUDIO_DYNAMIC_RANGE",
       "audio/ksnodetype-loudness"},
      {&KSNODETYPE_TONE,
       {KSPROPERTY_AUDIO_BASS, KSPROPERTY_AUDIO_MID, KSPROPERTY_AUDIO_TREBLE, KSPROPERTY_AUDIO_BASS_BOOST},
       "a property of bass, mid frequencies, treble or bass boost",
       "audio/ksnodetype-tone"},
      {&KSNODETYPE_PEAKMETER,
       {KSPROPERTY_AUDIO_PEAKMETER, KSPROPERTY_AUDIO_PEAKMETER2},
       "KSPROPERTY_AUDIO_PEAKMETER or KSPROPERTY_AUDIO_PEAKMETER2",
       "audio/ksnodetype-peakmeter",
       false},
  };
  return needs;
}

bool node_offers(const client::KsFile& file, uint32_t node, ULONG id, ULONG request_type = KSPROPERTY_TYPE_GET) {
  ULONG access = 0;
  KSNODEPROPERTY_AUDIO_CHANNEL channel{};
  channel.NodeProperty.Property =
      client::property_request(KSPROPSETID_Audio, id, KSPROPERTY_TYPE_BASICSUPPORT | KSPROPERTY_TYPE_TOPOLOGY);
  channel.NodeProperty.NodeId = node;
  const KSP_NODE plain = client::node_request(KSPROPSETID_Audio, id, node, KSPROPERTY_TYPE_BASICSUPPORT);
  for (const auto request : {std::as_bytes(std::span(&channel, 1)), std::as_bytes(std::span(&plain, 1))}) {
    const auto outcome = file.property(request, std::as_writable_bytes(std::span(&access, 1)));
    if (outcome && outcome->ok() && (access & request_type)) return true;
  }
  return false;
}

// A list of jack descriptions: how many items; nothing when the pin has none; -1 when the list contradicts itself.
std::optional<int64_t> jack_items(Verdict& verdict, const client::KsFile& file, ULONG id, uint32_t pin, size_t item,
                                  const std::string& subject, const char* name) {
  const auto bytes = file.get_bytes(client::pin_request(KSPROPSETID_Jack, id, pin));
  if (!bytes) return std::nullopt;
  KSMULTIPLE_ITEM head{};
  if (bytes->size() >= sizeof head) std::memcpy(&head, bytes->data(), sizeof head);
  if (bytes->size() < sizeof head || head.Size != bytes->size() ||
      head.Size != sizeof head + uint64_t{head.Count} * item) {
    verdict.fail(RuleId::kJacksMalformed, subject,
                 fmt::format("{}: KSMULTIPLE_ITEM says {} items of {} bytes in {} bytes, and {} bytes came", name,
                             head.Count, item, head.Size, bytes->size()));
    return -1;
  }
  return head.Count;
}

}  // namespace

void test_connections(Verdicts& verdicts, const client::FilterInfo& filter) {
  Verdict verdict(verdicts, "topology", filter.name, kTopologyPage);
  verdict.measure("pins", static_cast<double>(filter.pins.size()), "");
  verdict.measure("nodes", static_cast<double>(filter.nodes.size()), "");
  verdict.measure("connections", static_cast<double>(filter.connections.size()), "");
  const auto broken = [&](std::string what) { verdict.fail(RuleId::kTopologyBroken, filter.name, std::move(what)); };
  const auto name = [](const End& end) { return fmt::format("{} {}", end.is_node ? "node" : "pin", end.id); };
  std::multimap<End, End> next, previous;
  std::set<std::array<uint32_t, 4>> seen;
  for (const client::ConnectionInfo& c : filter.connections) {
    const End from = from_of(c), to = to_of(c);
    bool there = true;
    for (const End& end : {from, to}) {
      if (end.id < (end.is_node ? filter.nodes.size() : filter.pins.size())) continue;
      broken(fmt::format("a connection leads to {}, and there are {}", name(end),
                         end.is_node ? filter.nodes.size() : filter.pins.size()));
      there = false;
    }
    if (!there) continue;
    // Data come into the filter at a pin that takes them in, and leave it at one that gives them out.
    if (!from.is_node && filter.pins[from.id].dataflow != KSPIN_DATAFLOW_IN)
      broken(fmt::format("a connection begins at pin {}, which gives data out", from.id));
    if (!to.is_node && filter.pins[to.id].dataflow != KSPIN_DATAFLOW_OUT)
      broken(fmt::format("a connection ends at pin {}, which takes data in", to.id));
    if (!seen.insert({c.from_node.value_or(~0u), c.from_pin, c.to_node.value_or(~0u), c.to_pin}).second)
      broken(fmt::format("the connection from {} to {} is listed twice", name(from), name(to)));
    next.emplace(from, to);
    previous.emplace(to, from);
  }
  for (const client::PinInfo& pin : filter.pins) {
    // To a pin at the other side of the filter.
    const bool in = pin.dataflow == KSPIN_DATAFLOW_IN;
    const std::set<End> reached = reached_from(in ? next : previous, End{false, pin.id});
    const bool crosses = std::ranges::any_of(reached, [&](const End& e) { return !e.is_node && e.id != pin.id; });
    if (!crosses && filter.pins.size() > 1)
      verdict.fail(RuleId::kPinUnreachable, filter.name,
                   fmt::format("no way leads {} pin {} to another pin of the filter", in ? "from" : "into", pin.id));
  }
  for (const client::PinInfo& pin : filter.pins) {
    if (pin.category == GUID{} && !pin.is_host_pin() && !pin.connection)
      verdict.fail(RuleId::kPinCategoryMissing, filter.name, fmt::format("pin {} has no category", pin.id));
    // No endpoint comes of it, and no program is told why. An audio engine may have its other pins switched off so.
    const bool of_engine = filter.engine && pin.id != filter.engine->host_pin;
    if (pin.is_host_pin() && !of_engine && pin.possible_instances == 0)
      verdict.fail(RuleId::kPinInstancesWrong, filter.name,
                   fmt::format("pin {} is for programs to stream to or from, and none of it is possible", pin.id));
  }
  for (const client::NodeInfo& node : filter.nodes)
    if (!next.contains({true, node.id}) && !previous.contains({true, node.id}))
      broken(fmt::format("node {} ({}) is connected with nothing", node.id, client::guid_name(node.type)));
}

void test_physical_connections(Verdicts& verdicts, const std::vector<client::FilterInfo>& filters) {
  for (const client::FilterInfo& filter : filters) {
    for (const client::PinInfo& pin : filter.pins) {
      if (!pin.connection) continue;
      const std::string subject = fmt::format("{} pin {}", filter.name, pin.id);
      Verdict verdict(verdicts, "physical connection", subject, "ddi/portcls/nf-portcls-pcregisterphysicalconnection");
      const std::string leaf = lower(client::filter_leaf(pin.connection->filter));
      const auto other = std::ranges::find_if(filters, [&](const client::FilterInfo& f) {
        return lower(f.name) == leaf || f.symbolic_link == pin.connection->filter;
      });
      const auto broken = [&](std::string what) {
        verdict.fail(RuleId::kPhysicalConnectionBroken, filter.name, std::move(what));
      };
      // "A physical connection is hardwired"; what a client streams through is connected by the client.
      if (pin.is_host_pin() && pin.possible_instances != 0)
        broken(fmt::format("pin {} is one that clients stream through, and no bridge pin", pin.id));
      if (other == filters.end())
        broken(fmt::format("it leads to \"{}\", and no such filter is there", client::to_utf8(pin.connection->filter)));
      else if (pin.connection->pin >= other->pins.size())
        broken(fmt::format("it leads to pin {} of {}, which has {}", pin.connection->pin, other->name,
                           other->pins.size()));
      else if (other->pins[pin.connection->pin].dataflow == pin.dataflow)
        broken(fmt::format("it joins two pins that both {}",
                           pin.dataflow == KSPIN_DATAFLOW_IN ? "take data in" : "give data out"));
    }
  }
}

void test_node_properties(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  for (const client::NodeInfo& node : filter.nodes) {
    for (const NodeNeeds& needs : node_needs()) {
      if (*needs.type != node.type) continue;
      const std::string subject = fmt::format("{} node {} ({})", filter.name, node.id, client::guid_name(node.type));
      Verdict verdict(verdicts, "node properties", subject, needs.page);
      if (!file) verdict.fail(file.error().to_string());
      else if (std::ranges::none_of(needs.any_of, [&](ULONG id) { return node_offers(*file, node.id, id); }))
        verdict.fail(RuleId::kNodePropertyMissing, subject,
                     fmt::format("{} cannot be read: basic support does not offer it", needs.name));
      else if (needs.is_control && std::ranges::none_of(needs.any_of, [&](ULONG id) {
                 return node_offers(*file, node.id, id, KSPROPERTY_TYPE_SET);
               }))
        verdict.fail(RuleId::kNodePropertyMissing, subject,
                     fmt::format("{} cannot be set: basic support does not offer it", needs.name));
    }
  }
}

void test_jacks(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;
  const auto has_jacks = [&](const client::PinInfo& pin) {
    return file->get_bytes(client::pin_request(KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, pin.id)).has_value();
  };
  const auto is_jack = [](const client::PinInfo& pin) { return !pin.is_host_pin() && !pin.connection; };
  if (std::ranges::none_of(filter.pins, [&](const auto& pin) { return is_jack(pin) && has_jacks(pin); }))
    for (const client::PinInfo& pin : filter.pins) {
      if (!pin.connection || !has_jacks(pin)) continue;
      Verdict verdict(verdicts, "jack descriptions", fmt::format("{} pin {}", filter.name, pin.id),
                      "audio/ksproperty-jack-description");
      verdict.fail(RuleId::kJacksMalformed, filter.name,
                   fmt::format("pin {}, which leads to another filter, has the jacks, and no pin that a jack is behind "
                               "has any",
                               pin.id));
    }
  for (const client::PinInfo& pin : filter.pins) {
    // A jack is behind a pin that is not streamed to and leads to no other filter.
    if (!is_jack(pin)) continue;
    const std::string subject = fmt::format("{} pin {} ({})", filter.name, pin.id, client::guid_name(pin.category));
    Verdict verdict(verdicts, "jack descriptions", subject, "audio/ksproperty-jack-description");
    const auto first = jack_items(verdict, *file, KSPROPERTY_JACK_DESCRIPTION, pin.id, sizeof(KSJACK_DESCRIPTION),
                                  subject, "KSPROPERTY_JACK_DESCRIPTION");
    const auto second = jack_items(verdict, *file, KSPROPERTY_JACK_DESCRIPTION2, pin.id, sizeof(KSJACK_DESCRIPTION2),
                                   subject, "KSPROPERTY_JACK_DESCRIPTION2");
    if (!first) {
      verdict.not_applicable("the pin has no jack description");
      continue;
    }
    verdict.measure("jacks", static_cast<double>(std::max<int64_t>(*first, 0)), "");
    if (second && *first >= 0 && *second >= 0 && *first != *second)
      verdict.fail(RuleId::kJacksMalformed, subject,
                   fmt::format("KSPROPERTY_JACK_DESCRIPTION tells of {} jacks, KSPROPERTY_JACK_DESCRIPTION2 of {}",
                               *first, *second));
    constexpr DWORD kKnown = JACKDESC2_PRESENCE_DETECT_CAPABILITY | JACKDESC2_DYNAMIC_FORMAT_CHANGE_CAPABILITY;
    for (const client::Jack& jack : client::read_jacks(*file, pin.id))
      if (jack.capabilities && (jack.capabilities->JackCapabilities & ~kKnown))
        verdict.fail(RuleId::kJacksMalformed, subject,
                     fmt::format("JackCapabilities are {:#x}, with bits that nobody has: were they set?",
                                 jack.capabilities->JackCapabilities));
      else if (jack.capabilities && !jack.detects_presence() && !jack.description.IsConnected)
        verdict.fail(RuleId::kUnpluggedUndetected, subject,
                     "IsConnected is FALSE, and JackCapabilities have no JACKDESC2_PRESENCE_DETECT_CAPABILITY");
  }
}

void test_microphones(Verdicts& verdicts, const client::FilterInfo& filter) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;
  constexpr size_t kHead = offsetof(KSAUDIO_MIC_ARRAY_GEOMETRY, KsMicCoord);
  for (const client::PinInfo& pin : filter.pins) {
    const auto bytes =
        file->get_bytes(client::pin_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY, pin.id));
    if (!bytes) continue;
    const std::string subject = fmt::format("{} pin {}", filter.name, pin.id);
    Verdict verdict(verdicts, "microphone array", subject, "ddi/ksmedia/ns-ksmedia-ksaudio_mic_array_geometry");
    KSAUDIO_MIC_ARRAY_GEOMETRY head{};
    std::memcpy(&head, bytes->data(), std::min(bytes->size(), kHead));
    const size_t room = bytes->size() < kHead ? 0 : (bytes->size() - kHead) / sizeof(KSAUDIO_MICROPHONE_COORDINATES);
    verdict.measure("microphones", head.usNumberOfMicrophones, "");
    if (head.usNumberOfMicrophones > room)
      verdict.fail(RuleId::kMicArrayMalformed, subject,
                   fmt::format("it counts {} microphones, and its {} bytes hold the coordinates of {}",
                               head.usNumberOfMicrophones, bytes->size(), room));
  }
}

}  // namespace portside::verify
