#include "service/snapshot.h"

#include <nlohmann/json.hpp>

#include "host/machine.h"

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
nlohmann::json format_json(const StreamFormat& format) {
  return {{"type", name_of(format.type)}, {"channels", format.channels}, {"rate", format.rate}};
}

}  // namespace

std::string snapshot_of(host::Machine& machine, const std::string& driver, const EndpointTable& endpoints, std::span<const StreamSight> streams) {
  nlohmann::json out{{"version", 1}, {"driver", driver}, {"uptime_ns", machine.now().count()}};
  out["endpoints"] = nlohmann::json::array();
  for (const ServedEndpoint& e : endpoints.endpoints())
    out["endpoints"].push_back({{"id", e.info.id},
                                {"name", e.info.name},
                                {"direction", e.info.direction == Direction::kRender ? "render" : "capture"},
                                {"plugged_in", e.info.plugged_in}});
  out["streams"] = nlohmann::json::array();
  for (const StreamSight& s : streams)
    out["streams"].push_back({{"id", s.id},
                              {"pid", s.pid},
                              {"endpoint", s.endpoint},
                              {"format", format_json(s.format)},
                              {"buffer_frames", s.buffer_frames},
                              {"notifications_a_buffer", s.notifications_a_buffer},
                              {"packets", s.packets},
                              {"copied", s.copied},
                              {"state", name_of(s.state)},
                              {"frames", s.frames},
                              {"notifications", s.notifications},
                              {"glitches", s.glitches},
                              {"lateness_ns", s.lateness_ns},
                              {"worst_lateness_ns", s.worst_lateness_ns},
                              {"ended", s.ended}});
  out["violations"] = nlohmann::json::array();
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace portside::service
