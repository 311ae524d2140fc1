#include "portside/stream_output.h"

#include <fmt/format.h>

#include <chrono>

namespace portside::tools {

Result<SessionOutcome> run_session(const Console& console, host::Machine& machine, client::DuplexRequest request) {
  request.progress = [&](double f) { console.progress(f, request.sound ? "playing" : "recording"); };
  const auto wall = std::chrono::steady_clock::now();
  const Nanoseconds before = machine.now();
  Result<client::DuplexOutcome> duplex = fail(StatusCode::kUnsuccessful, "not run");
  const Result<> ran = machine.run([&] { duplex = client::run_duplex(request); });
  console.progress_done();
  TRY(ran);
  TRY(duplex);
  SessionOutcome outcome{std::move(*duplex)};
  outcome.audio_time = machine.now() - before;
  outcome.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  return outcome;
}

void print_endpoints(const Console& console, const SessionOutcome& outcome) {
  console.heading("endpoints");
  for (const client::Endpoint& e : outcome.endpoints) {
    const bool used = (outcome.render && outcome.render->name == e.name && outcome.render->direction == e.direction) ||
                      (outcome.capture && outcome.capture->name == e.name && outcome.capture->direction == e.direction);
    console.line(fmt::format(" {} {:<8} {:<24} {} pin {}", used ? "*" : " ", e.direction == client::Direction::kRender ? "render" : "capture",
                             e.name, e.filter_name, e.pin.id));
  }
}

void print_stream(const Console& console, std::string_view name, const client::StreamLog& log) {
  console.heading(name);
  const client::StreamFacts& f = log.facts;
  console.fact("format", f.format.to_string());
  console.fact("buffer", fmt::format("{} bytes (asked for {}), {:.3f} ms", f.buffer_bytes, f.requested_bytes,
                                     static_cast<double>(f.buffer_bytes) * 1000 / f.format.bytes_per_second()));
  console.fact("notifications", f.notifications ? fmt::format("{} a buffer, {} seen", f.notifications, log.notifications)
                                                : "none: " + f.no_notifications);
  std::string first;
  for (size_t i = 0; i < std::min<size_t>(6, log.positions.size()); ++i)
    first += fmt::format("{}{} at {:.3f} ms", i ? ", " : "", log.positions[i].bytes,
                         static_cast<double>((log.positions[i].when - log.started).count()) / 1e6);
  console.fact("positions", fmt::format("{} read: {}{}", log.positions_read, first, log.positions_read > 6 ? ", ..." : ""));
  console.fact("latency", fmt::format("FIFO {} bytes, chipset {} ns, codec {} ns", f.latency.FifoSize, f.latency.ChipsetDelay * 100,
                                      f.latency.CodecDelay * 100));
  console.fact("registers", fmt::format("position {}, clock {}", f.has_position_register ? "yes" : "no", f.has_clock_register ? "yes" : "no"));
  if (log.late) console.fact("late", fmt::format("{} times", log.late));
}

}  // namespace portside::tools
