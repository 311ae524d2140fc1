#include "portside/monitor_sight.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace portside::tools {
namespace {

using Json = nlohmann::json;

// The member, when it is there and of that kind; else the default stays.
void take(const Json& from, const char* name, std::string& to) {
  if (const auto it = from.find(name); it != from.end() && it->is_string()) to = it->get<std::string>();
}
void take(const Json& from, const char* name, bool& to) {
  if (const auto it = from.find(name); it != from.end() && it->is_boolean()) to = it->get<bool>();
}
template <class Number>
void take(const Json& from, const char* name, Number& to) {
  if (const auto it = from.find(name); it != from.end() && it->is_number()) to = it->get<Number>();
}
const Json& list(const Json& from, const char* name) {
  static const Json none = Json::array();
  const auto it = from.find(name);
  return it != from.end() && it->is_array() ? *it : none;
}

MonitorSight::Stream read_stream(const Json& json) {
  MonitorSight::Stream s;
  take(json, "id", s.id);
  take(json, "pid", s.pid);
  take(json, "program", s.program);
  take(json, "endpoint", s.endpoint);
  if (const auto format = json.find("format"); format != json.end() && format->is_object()) {
    take(*format, "type", s.type);
    take(*format, "channels", s.channels);
    take(*format, "rate", s.rate);
  }
  take(json, "buffer_frames", s.buffer_frames);
  take(json, "notifications_a_buffer", s.notifications_a_buffer);
  take(json, "packets", s.packets);
  take(json, "copied", s.copied);
  take(json, "state", s.state);
  take(json, "frames", s.frames);
  take(json, "when_ns", s.when_ns);
  take(json, "notifications", s.notifications);
  take(json, "glitches", s.glitches);
  take(json, "lateness_ns", s.lateness_ns);
  take(json, "worst_lateness_ns", s.worst_lateness_ns);
  take(json, "ended", s.ended);
  if (const auto histogram = json.find("lateness_histogram"); histogram != json.end() && histogram->is_object()) {
    for (const Json& edge : list(*histogram, "edges_us"))
      s.lateness_edges_us.push_back(edge.is_number() ? edge.get<double>() : 0);
    for (const Json& count : list(*histogram, "counts"))
      s.lateness_counts.push_back(count.is_number_unsigned() ? count.get<uint64_t>() : 0);
  }
  for (const Json& level : list(json, "levels")) {
    MonitorSight::Level l;
    if (level.is_object()) {
      take(level, "peak", l.peak);
      take(level, "rms", l.rms);
    }
    s.levels.push_back(l);
  }
  return s;
}

// Volumes in 1/65536 dB one after the other, and mutes, any of which is enough.
void read_controls(const Json& json, MonitorSight::Endpoint& endpoint) {
  for (const Json& control : list(json, "controls")) {
    if (!control.is_object()) continue;
    std::string kind;
    take(control, "kind", kind);
    std::vector<double> values;
    for (const Json& value : list(control, "values")) values.push_back(value.is_number() ? value.get<double>() : 0);
    if (values.empty()) continue;
    if (kind == "volume") endpoint.volume_db = endpoint.volume_db.value_or(0) + std::ranges::max(values) / 65536;
    if (kind == "mute") endpoint.muted |= std::ranges::min(values) != 0;
  }
}

}  // namespace

Result<MonitorSight> MonitorSight::read(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  int version = 0;
  if (json.is_object()) take(json, "version", version);
  if (!json.is_object() || version != 1)
    return fail(StatusCode::kRevisionMismatch,
                "the host's snapshot is not of version 1: monitor and host are of two versions of Portside");
  MonitorSight sight;
  take(json, "driver", sight.driver);
  take(json, "uptime_ns", sight.uptime_ns);
  for (const Json& e : list(json, "endpoints")) {
    if (!e.is_object()) continue;
    Endpoint endpoint;
    std::string direction;
    take(e, "id", endpoint.id);
    take(e, "name", endpoint.name);
    take(e, "direction", direction);
    take(e, "plugged_in", endpoint.plugged_in);
    endpoint.renders = direction != "capture";
    read_controls(e, endpoint);
    sight.endpoints.push_back(std::move(endpoint));
  }
  for (const Json& s : list(json, "streams"))
    if (s.is_object()) sight.streams.push_back(read_stream(s));
  for (const Json& p : list(json, "processors")) {
    if (!p.is_object()) continue;
    Processor processor{.number = static_cast<int>(sight.processors.size())};
    take(p, "irql", processor.irql);
    take(p, "dpcs", processor.dpcs);
    take(p, "dpc_ns", processor.dpc_ns);
    sight.processors.push_back(processor);
  }
  for (const Json& v : list(json, "violations")) {
    if (!v.is_object()) continue;
    Violation violation;
    take(v, "rule", violation.rule);
    take(v, "grade", violation.grade);
    take(v, "what", violation.what);
    take(v, "times", violation.times);
    sight.violations.push_back(std::move(violation));
  }
  return sight;
}

void MonitorHistory::Seen::add(int64_t when_ns, uint64_t frames) {
  if (points > 0 && when_ns == last_ns) return;  // the same look of the host's
  last_ns = when_ns;
  last_frames = frames;
  const double seconds = static_cast<double>(when_ns - first_ns) / 1e9,
               passed = static_cast<double>(frames - first_frames);
  points += 1;
  t += seconds;
  f += passed;
  tt += seconds * seconds;
  tf += seconds * passed;
}

void MonitorHistory::add(const MonitorSight& sight) {
  std::map<uint32_t, Seen> next;
  for (const MonitorSight::Stream& s : sight.streams) {
    if (s.state != "run" || s.when_ns == 0) continue;
    const auto before = streams_.find(s.id);
    Seen seen = before == streams_.end() ? Seen{} : before->second;
    // A stream that began anew, or stood, is measured anew.
    const bool stood = s.when_ns - seen.last_ns > 2'000'000'000 || s.frames < seen.last_frames;
    if (before == streams_.end() || stood) seen = {.first_ns = s.when_ns, .first_frames = s.frames};
    seen.add(s.when_ns, s.frames);
    seen.rate = s.rate;
    next.emplace(s.id, seen);
  }
  streams_ = std::move(next);
  for (const MonitorSight::Processor& p : sight.processors) {
    Load& load = loads_[p.number];
    const int64_t passed = sight.uptime_ns - load.uptime_ns;
    if (load.uptime_ns != 0 && passed > 0)
      load.share = static_cast<double>(p.dpc_ns - load.dpc_ns) / static_cast<double>(passed);
    load.uptime_ns = sight.uptime_ns;
    load.dpc_ns = p.dpc_ns;
  }
}

double MonitorHistory::dpc_share(int processor) const {
  const auto found = loads_.find(processor);
  return found == loads_.end() ? 0 : found->second.share;
}

MonitorHistory::Drift MonitorHistory::drift(uint32_t stream) const {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.rate == 0) return {};
  const Seen& seen = found->second;
  Drift drift{.known = false, .ppm = 0, .over_ns = seen.last_ns - seen.first_ns};
  if (drift.over_ns < 2'000'000'000) return drift;
  drift.known = true;
  drift.ppm = (seen.frames_a_second() / seen.rate - 1) * 1e6;
  return drift;
}

}  // namespace portside::tools
