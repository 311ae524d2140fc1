#include "verify/filter_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace portside::verify {

using verifier::RuleId;

namespace {

constexpr const char* kCategoriesPage = "audio/installing-device-interfaces-for-an-audio-adapter";
constexpr const char* kConvertersPage = "audio/ksnodetype-dac";
constexpr const char* kConnectionPage = "ddi/ks/ns-ks-kstopology_connection";

bool is_loopback(const client::FilterInfo& filter, const client::PinInfo& pin) {
  return pin.category == KSNODETYPE_AUDIO_LOOPBACK || (filter.engine && filter.engine->loopback_pin == pin.id);
}
// Where an application's data enter or leave the filter.
bool streams(const client::FilterInfo& filter, const client::PinInfo& pin, KSPIN_DATAFLOW flow) {
  return pin.is_host_pin() && pin.possible_instances != 0 && pin.dataflow == flow && !is_loopback(filter, pin);
}

// The filter's pins that a node's data come from, or go to.
std::set<uint32_t> pins_beyond(const client::FilterInfo& filter, uint32_t node, bool upstream) {
  std::set<uint32_t> pins, seen{node};
  std::vector<uint32_t> open{node};
  while (!open.empty()) {
    const uint32_t here = open.back();
    open.pop_back();
    for (const client::ConnectionInfo& c : filter.connections) {
      const auto& near = upstream ? c.to_node : c.from_node;
      const auto& far = upstream ? c.from_node : c.to_node;
      if (near != here) continue;
      if (!far) pins.insert(upstream ? c.from_pin : c.to_pin);
      else if (seen.insert(*far).second) open.push_back(*far);
    }
  }
  return pins;
}

// The streams of a node, where the page of its type (audio/ksnodetype-*) counts them: each has one that comes in and one that goes out.
struct StreamCount {
  const GUID* type;
  const char* text;
};
const StreamCount* streams_of(const GUID& type) {
  constexpr const char* kOneEach = "one input stream and one output stream";
  constexpr const char* kManyIn = "input streams and one output stream";
  static const std::vector<StreamCount> counts = {
      {&KSNODETYPE_VOLUME, kOneEach},    {&KSNODETYPE_MUTE, kOneEach}, {&KSNODETYPE_TONE, kOneEach},
      {&KSNODETYPE_AGC, kOneEach},       {&KSNODETYPE_SRC, kOneEach},  {&KSNODETYPE_LOUDNESS, kOneEach},
      {&KSNODETYPE_EQUALIZER, kOneEach}, {&KSNODETYPE_DAC, kOneEach},  {&KSNODETYPE_ADC, kOneEach},
      {&KSNODETYPE_PEAKMETER, kOneEach}, {&KSNODETYPE_MUX, kManyIn},   {&KSNODETYPE_SUM, kManyIn},
  };
  const auto at = std::ranges::find_if(counts, [&](const StreamCount& c) { return *c.type == type; });
  return at == counts.end() ? nullptr : &*at;
}

}  // namespace

void test_categories(Verdicts& verdicts, const client::FilterInfo& filter) {
  Verdict verdict(verdicts, "filter categories", filter.name, kCategoriesPage);
  const auto need = [&](const GUID& category, const char* name, const char* why,
                        RuleId rule = RuleId::kCategoryMissing) {
    if (std::ranges::none_of(filter.categories, [&](const GUID& listed) { return listed == category; }))
      verdict.fail(rule, filter.name, fmt::format("{} is not among its categories, and {}", name, why));
  };
  const auto has = [&](KSPIN_DATAFLOW flow) {
    return std::ranges::any_of(filter.pins, [&](const client::PinInfo& pin) { return streams(filter, pin, flow); });
  };
  need(KSCATEGORY_AUDIO, "KSCATEGORY_AUDIO", "all audio devices are of it");
  if (has(KSPIN_DATAFLOW_IN)) need(KSCATEGORY_RENDER, "KSCATEGORY_RENDER", "it renders what is streamed to it");
  if (has(KSPIN_DATAFLOW_OUT)) need(KSCATEGORY_CAPTURE, "KSCATEGORY_CAPTURE", "it captures");
  // It is the one port here that streams.
  if (has(KSPIN_DATAFLOW_IN) || has(KSPIN_DATAFLOW_OUT))
    need(KSCATEGORY_REALTIME, "KSCATEGORY_REALTIME", "its port is WaveRT", RuleId::kRealtimeMissing);
  // Nothing streams: what there is of it is its topology.
  if (std::ranges::none_of(filter.pins, [](const client::PinInfo& pin) { return pin.is_host_pin(); }))
    need(KSCATEGORY_TOPOLOGY, "KSCATEGORY_TOPOLOGY", "it is a topology");
}

void test_converters(Verdicts& verdicts, const client::FilterInfo& filter) {
  for (const client::NodeInfo& node : filter.nodes) {
    const bool dac = node.type == KSNODETYPE_DAC;
    if (!dac && node.type != KSNODETYPE_ADC) continue;
    const std::string subject = fmt::format("{} node {} ({})", filter.name, node.id, client::guid_name(node.type));
    Verdict verdict(verdicts, "converters", subject, kConvertersPage);
    const auto streamed = [&](bool upstream) {
      return std::ranges::any_of(pins_beyond(filter, node.id, upstream), [&](uint32_t id) {
        return id < filter.pins.size() &&
               streams(filter, filter.pins[id], upstream ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT);
      });
    };
    const bool from_client = streamed(true), to_client = streamed(false);
    if (dac && to_client && !from_client)
      verdict.fail(RuleId::kConverterReversed, subject, "it stands before a pin that captures");
    if (!dac && from_client && !to_client)
      verdict.fail(RuleId::kConverterReversed, subject, "it stands behind a pin that renders");
  }
}

void test_node_pins(Verdicts& verdicts, const client::FilterInfo& filter) {
  Verdict verdict(verdicts, "node pins", filter.name, kConnectionPage);
  std::map<uint32_t, std::set<uint32_t>> incoming;
  for (const client::ConnectionInfo& c : filter.connections)
    if (c.to_node) incoming[*c.to_node].insert(c.to_pin);
  for (const client::NodeInfo& node : filter.nodes) {
    const StreamCount* streams = streams_of(node.type);
    if (!streams) continue;
    const bool in = incoming.contains(node.id);
    const bool out = std::ranges::any_of(filter.connections, [&](const auto& c) { return c.from_node == node.id; });
    if (in != out)  // connected with nothing: test_connections tells
      verdict.fail(RuleId::kTopologyBroken, filter.name,
                   fmt::format("node {} ({}) has {} by its page, and nothing {} it", node.id,
                               client::guid_name(node.type), streams->text, in ? "leads on from" : "leads to"));
  }
  // Of these types pin 0 is the output (KSNODEPIN_STANDARD_OUT, KSNODEPIN_SUM_MUX_OUT), and pin 1 an input. Some drivers have
  // a second output at a further pin.
  const auto counted = [&](const std::optional<uint32_t>& node) {
    return node && *node < filter.nodes.size() && streams_of(filter.nodes[*node].type);
  };
  for (const client::ConnectionInfo& c : filter.connections) {
    if (counted(c.from_node) && c.from_pin == 1)
      verdict.fail(
          RuleId::kTopologyBroken, filter.name,
          fmt::format("a connection begins at pin 1 of node {}, which is an input: its output is pin 0", *c.from_node));
    if (counted(c.to_node) && c.to_pin == 0)
      verdict.fail(RuleId::kTopologyBroken, filter.name,
                   fmt::format("a connection ends at pin 0 of node {}, which is its output", *c.to_node));
  }
  std::set<std::pair<uint32_t, uint32_t>> told;
  for (const client::ConnectionInfo& c : filter.connections)
    if (c.from_node && incoming[*c.from_node].contains(c.from_pin) && told.insert({*c.from_node, c.from_pin}).second)
      verdict.fail(
          RuleId::kTopologyBroken, filter.name,
          fmt::format("data come into node {} at its pin {}, and go out of it there", *c.from_node, c.from_pin));
}

}  // namespace portside::verify
