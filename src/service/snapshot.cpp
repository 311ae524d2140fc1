#include "service/snapshot.h"

#include <nlohmann/json.hpp>

#include "host/machine.h"
#include "host/processor_load.h"

namespace portside::service {
namespace {

const char* name_of(StreamState state) {
  constexpr const char* kNames[] = {"stop", "acquire", "pause", "run"};
  return kNames[static_cast<size_t>(state)];
}
const char* name_of(SampleType type) {
  constexpr const char* kNames[] = {"u8", "s16", "s24", "s24in32", "s32", "f32"};
  return kNames[static_cast<size_t>(type)];
}
const char* name_of(ControlInfo::Kind kind) {
  constexpr const char* kNames[] = {"volume", "mute", "jack"};
  return kNames[static_cast<size_t>(kind)];
}
// In the order of verifier::Grade.
constexpr const char* kGrades[] = {"violation", "deviation", "advice"};
nlohmann::json format_json(const StreamFormat& format) {
  return {{"type", name_of(format.type)}, {"channels", format.channels}, {"rate", format.rate}};
}

}  // namespace

std::string snapshot_of(host::Machine& machine, const host::ProcessorLoad& load, const std::string& driver,
                        const EndpointTable& endpoints, std::span<const StreamSight> streams) {
  nlohmann::json out{{"version", 1}, {"driver", driver}, {"uptime_ns", machine.now().count()}};
  out["endpoints"] = nlohmann::json::array();
  for (const ServedEndpoint& e : endpoints.endpoints()) {
    nlohmann::json controls = nlohmann::json::array();
    for (const ControlReading& reading : e.controls) {
      const ControlInfo& info = reading.control->info();
      controls.push_back(
          {{"id", info.id}, {"kind", name_of(info.kind)}, {"name", info.name}, {"values", reading.values}});
    }
    out["endpoints"].push_back({{"id", e.info.id},
                                {"name", e.info.name},
                                {"direction", e.info.direction == Direction::kRender ? "render" : "capture"},
                                {"plugged_in", e.info.plugged_in},
                                {"controls", std::move(controls)}});
  }
  out["streams"] = nlohmann::json::array();
  for (const StreamSight& s : streams) {
    nlohmann::json levels = nlohmann::json::array();
    for (const Level& level : s.levels) levels.push_back({{"peak", level.peak}, {"rms", level.rms}});
    out["streams"].push_back(
        {{"id", s.id},
         {"pid", s.pid},
         {"endpoint", s.endpoint},
         {"format", format_json(s.format)},
         {"buffer_frames", s.buffer_frames},
         {"notifications_a_buffer", s.notifications_a_buffer},
         {"packets", s.packets},
         {"copied", s.copied},
         {"state", name_of(s.state)},
         {"frames", s.frames},
         {"when_ns", s.when_ns},
         {"levels", levels},
         {"lateness_histogram", {{"edges_us", LatenessHistogram::kEdgesUs}, {"counts", s.lateness.counts()}}},
         {"notifications", s.notifications},
         {"glitches", s.glitches},
         {"lateness_ns", s.lateness_ns},
         {"worst_lateness_ns", s.worst_lateness_ns},
         {"ended", s.ended}});
  }
  out["processors"] = nlohmann::json::array();
  for (const auto& p : load.processors())
    out["processors"].push_back({{"irql", p.irql}, {"dpcs", p.dpcs}, {"dpc_ns", p.dpc_ns}});
  out["violations"] = nlohmann::json::array();
  for (const auto& finding : machine.findings())
    out["violations"].push_back({{"rule", finding.rule().name},
                                 {"grade", kGrades[static_cast<size_t>(finding.rule().grade)]},
                                 {"what", finding.what},
                                 {"times", finding.times}});
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace portside::service
