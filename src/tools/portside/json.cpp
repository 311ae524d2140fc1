#include "portside/json.h"

#include <fmt/format.h>

#include "client/processing_mode.h"
#include "report/symbols.h"
#include "report/text_report.h"

namespace portside::tools {
namespace {

using nlohmann::json;

std::string_view grade_name(verifier::Grade grade) {
  switch (grade) {
    case verifier::Grade::kViolation: return "violation";
    case verifier::Grade::kDeviation: return "deviation";
    case verifier::Grade::kAdvice: return "advice";
  }
  return "";
}

json stack_json(const verifier::LabelledStack& labelled, report::Symbols& symbols) {
  json frames = json::array();
  for (const uint64_t address : labelled.stack.addresses()) {
    for (const report::SourceFrame& f : symbols.resolve(address))
      frames.push_back({{"image", f.image},
                        {"offset", f.offset_in_image},
                        {"function", f.function},
                        {"file", f.file},
                        {"line", f.line}});
  }
  return {{"label", labelled.label}, {"frames", frames}};
}

}  // namespace

json report_json(host::Machine& machine) {
  json findings = json::array();
  for (const verifier::Finding& f : machine.findings()) {
    json facts = json::object();
    for (const verifier::Fact& fact : f.facts) facts[fact.name] = fact.value;
    json stacks = json::array();
    for (const auto& stack : f.stacks) stacks.push_back(stack_json(stack, machine.symbols()));
    findings.push_back({{"rule", f.rule().name},
                        {"code", f.rule().code()},
                        {"grade", grade_name(f.rule().grade)},
                        {"what", f.what},
                        {"times", f.times},
                        {"time_ns", f.when.count()},
                        {"thread", f.thread},
                        {"irql", f.irql},
                        {"stacks", stacks},
                        {"facts", facts},
                        {"contract", f.rule().contract},
                        {"mend", f.rule().mend},
                        {"page", f.rule().url()}});
  }
  json out{{"verdict", report::verdict(machine.findings())}, {"findings", findings}, {"seed", machine.options().seed}};
  if (const auto& bug_check = machine.bug_check())
    out["bug_check"] = {{"code", bug_check->code},
                        {"name", kernel::bug_check_name(bug_check->code)},
                        {"sentence", bug_check->sentence}};
  return out;
}

json endpoint_json(const client::Endpoint& e) {
  json ranges = json::array();
  for (const auto& r : e.pin.ranges) ranges.push_back(r.to_string());
  return {{"name", e.name},
          {"direction", e.direction == client::Direction::kRender ? "render" : "capture"},
          {"filter", e.filter_name},
          {"pin", e.pin.id},
          {"formats", ranges}};
}

json filter_json(const client::FilterInfo& filter) {
  json pins = json::array(), nodes = json::array(), connections = json::array(), categories = json::array();
  for (const auto& p : filter.pins) {
    json ranges = json::array(), modes = json::array();
    for (const auto& r : p.ranges) {
      json range{{"major", client::guid_name(r.major)},
                 {"sub", client::guid_name(r.sub)},
                 {"specifier", client::guid_name(r.specifier)}};
      if (r.is_audio)
        range.update({{"max_channels", r.max_channels},
                      {"min_bits", r.min_bits},
                      {"max_bits", r.max_bits},
                      {"min_rate", r.min_rate},
                      {"max_rate", r.max_rate}});
      ranges.push_back(range);
    }
    for (const auto& m : p.modes) modes.push_back(client::guid_name(m));
    json pin{{"id", p.id},
             {"dataflow", p.dataflow == KSPIN_DATAFLOW_IN ? "in" : "out"},
             {"host", p.is_host_pin()},
             {"category", client::guid_name(p.category)},
             {"name", p.name},
             {"possible_instances", p.possible_instances},
             {"current_instances", p.current_instances},
             {"ranges", ranges},
             {"modes", modes}};
    if (p.connection)
      pin["connection"] = {{"filter", client::filter_leaf(p.connection->filter)}, {"pin", p.connection->pin}};
    pins.push_back(pin);
  }
  for (const auto& n : filter.nodes) nodes.push_back({{"id", n.id}, {"type", client::guid_name(n.type)}});
  for (const auto& c : filter.connections) {
    const auto end = [](const std::optional<uint32_t>& node, uint32_t pin) {
      return node ? json{{"node", *node}, {"pin", pin}} : json{{"filter_pin", pin}};
    };
    connections.push_back({{"from", end(c.from_node, c.from_pin)}, {"to", end(c.to_node, c.to_pin)}});
  }
  for (const auto& g : filter.categories) categories.push_back(client::guid_name(g));
  return {{"name", filter.name},
          {"categories", categories},
          {"pins", pins},
          {"nodes", nodes},
          {"connections", connections}};
}

json format_json(const client::AudioFormat& format) {
  return {{"rate", format.rate_hz},
          {"bits", format.bits},
          {"valid_bits", format.effective_valid_bits()},
          {"channels", format.channels},
          {"float", format.kind == client::SampleKind::kFloat}};
}

json stream_json(const client::StreamLog& log) {
  const auto& f = log.facts;
  json glitches = json::array();
  for (const client::Glitch& g : log.glitches) glitches.push_back({{"time_ns", g.when.count()}, {"what", g.sentence}});
  json out{{"format", format_json(f.format)},
           {"mode", client::name_of(f.mode)},
           {"why_mode", f.why_mode},
           {"buffer_bytes", f.buffer_bytes},
           {"requested_bytes", f.requested_bytes},
           {"notification_count", f.notifications},
           {"notifications", log.notifications},
           {"polls", log.polls},
           {"positions_read", log.positions_read},
           {"late", log.late},
           {"packets", log.packets},
           {"end_of_stream", log.end_of_stream},
           {"frames", log.frames},
           {"position_register", f.has_position_register},
           {"clock_register", f.has_clock_register},
           {"glitch_count", log.glitch_count},
           {"glitches", glitches},
           {"stalled", log.stalled}};
  out["processing_mode"] = f.processing ? json(client::processing_name(*f.processing)) : json(nullptr);
  return out;
}

}  // namespace portside::tools
