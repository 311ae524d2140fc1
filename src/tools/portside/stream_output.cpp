#include "portside/stream_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "client/processing_mode.h"
#include "portside/interrupt.h"

namespace portside::tools {

Result<SessionOutcome> run_session(const Console& console, host::Machine& machine, client::DuplexRequest request,
                                   Injection* injection) {
  request.progress = [&](double f) { console.progress(f, request.sound ? "playing" : "recording"); };
  const Interrupt interrupt;
  request.stop = Interrupt::came;
  const auto wall = std::chrono::steady_clock::now();
  const Nanoseconds before = machine.now();
  Result<client::DuplexOutcome> duplex = fail(StatusCode::kUnsuccessful, "not run");
  std::atomic<bool> over = false;
  std::vector<host::ClientThread> threads;
  threads.push_back({"client", [&] {
                       duplex = client::run_duplex(request);
                       if (injection) injection->client_ended(machine, duplex ? Result<>() : fail(duplex.error()));
                       over = true;
                     }});
  if (injection) threads.push_back({"injection", [&] { injection->run(machine, [&] { return over.load(); }); }});
  const Result<> ran = machine.run(std::move(threads));
  console.progress_done();
  TRY(ran);
  TRY(duplex);
  SessionOutcome outcome{std::move(*duplex)};
  outcome.interrupted = Interrupt::came();
  if (outcome.interrupted)
    console.note("stopped by a signal: what follows is of what was played and recorded until then");
  outcome.audio_time = machine.now() - before;
  outcome.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  return outcome;
}

void StreamingOptions::declare(CLI::App& app) {
  app.add_option("--mode", mode,
                 "How to keep in step with the driver: by packets, events or positions; auto chooses as Windows does")
      ->check(CLI::IsMember({"auto", "packet", "event", "position"}))
      ->capture_default_str();
  app.add_option("--processing-mode", processing,
                 "Signal processing mode of the pin: default, raw, communications, speech, ...");
  app.add_option("--buffer-ms", buffer_ms, "Length of the cyclic buffer")
      ->check(within(0.1, 10000.0))
      ->capture_default_str();
  app.add_option("--notifications", notifications, "Notifications a buffer: 1 or 2; 0 polls the position")
      ->check(CLI::Range(0, 2))
      ->capture_default_str();
}

Result<client::StreamOptions> StreamingOptions::stream_options() const {
  client::StreamOptions options;
  options.buffer = Nanoseconds(static_cast<int64_t>(buffer_ms * 1e6));
  options.notifications = notifications;
  using client::StreamMode;
  for (const StreamMode m : {StreamMode::kAuto, StreamMode::kPacket, StreamMode::kEvent, StreamMode::kPosition})
    if (mode == client::name_of(m)) options.mode = m;
  if (notifications == 0 && (options.mode == StreamMode::kPacket || options.mode == StreamMode::kEvent))
    return fail(StatusCode::kInvalidParameter,
                fmt::format("--mode {} needs notifications: --notifications 0 asks for none", mode));
  if (notifications == 1 && options.mode == StreamMode::kPacket)
    return fail(StatusCode::kInvalidParameter,
                "--mode packet needs two notifications a buffer: a packet is played while the other is written");
  if (!processing.empty()) { TRY_ASSIGN(options.processing, client::parse_processing(processing)); }
  return options;
}

ExitCode judge_streams(const Console& console, host::Machine& machine, ExitCode verdict,
                       const std::vector<std::pair<std::string, const client::StreamLog*>>& logs) {
  for (const auto& [name, log] : logs) {
    if (!log->flawless()) console.heading(fmt::format("{}: what a listener hears", name));
    for (const client::Glitch& g : log->glitches)
      console.line(fmt::format("  at {:.2f} ms: {}", static_cast<double>(g.when.count()) / 1e6, g.sentence));
    if (log->glitch_count > log->glitches.size())
      console.line(fmt::format("  and {} more", log->glitch_count - log->glitches.size()));
    if (!log->stalled.empty()) console.line(fmt::format("  given up: {}", log->stalled));
    const bool glitched = log->glitch_count && !machine.options().realtime;
    if ((glitched || !log->stalled.empty()) && verdict == ExitCode::kClean) verdict = ExitCode::kDriverFault;
  }
  return verdict;
}

void print_endpoints(const Console& console, const SessionOutcome& outcome) {
  console.heading("endpoints");
  for (const client::Endpoint& e : outcome.endpoints) {
    const bool used = (outcome.render && outcome.render->name == e.name && outcome.render->direction == e.direction) ||
                      (outcome.capture && outcome.capture->name == e.name && outcome.capture->direction == e.direction);
    console.line(fmt::format(" {} {:<8} {:<24} {} pin {}", used ? "*" : " ",
                             e.direction == client::Direction::kRender ? "render" : "capture", e.name, e.filter_name,
                             e.pin.id));
  }
}

void print_stream(const Console& console, std::string_view name, const client::StreamLog& log) {
  console.heading(name);
  const client::StreamFacts& f = log.facts;
  console.fact("format", f.format.to_string());
  console.fact("buffer", fmt::format("{} bytes (asked for {}), {:.3f} ms", f.buffer_bytes, f.requested_bytes,
                                     static_cast<double>(f.buffer_bytes) * 1000 / f.format.bytes_per_second()));
  console.fact("mode", fmt::format("{}{}{}", client::name_of(f.mode),
                                   f.processing ? ", processing " + client::processing_name(*f.processing) : "",
                                   f.why_mode.empty() ? "" : "; no packets: " + f.why_mode));
  if (f.mode == client::StreamMode::kPacket)
    console.fact("packets", fmt::format("{}{}", log.packets,
                                        log.end_of_stream.empty() ? "" : "; end of stream " + log.end_of_stream));
  console.fact("notifications", f.notifications
                                    ? fmt::format("{} a buffer, {} seen", f.notifications, log.notifications)
                                    : "none: " + f.no_notifications);
  std::string first;
  for (size_t i = 0; i < std::min<size_t>(6, log.positions.size()); ++i)
    first += fmt::format("{}{} at {:.3f} ms", i ? ", " : "", log.positions[i].bytes,
                         static_cast<double>((log.positions[i].when - log.started).count()) / 1e6);
  console.fact("positions",
               fmt::format("{} read: {}{}", log.positions_read, first, log.positions_read > 6 ? ", ..." : ""));
  console.fact("latency", fmt::format("FIFO {} bytes, chipset {} ns, codec {} ns", f.latency.FifoSize,
                                      f.latency.ChipsetDelay * 100, f.latency.CodecDelay * 100));
  console.fact("registers", fmt::format("position {}, clock {}", f.has_position_register ? "yes" : "no",
                                        f.has_clock_register ? "yes" : "no"));
  if (log.late) console.fact("late", fmt::format("{} times", log.late));
  if (log.glitch_count) console.fact("glitches", fmt::format("{}", log.glitch_count));
}

}  // namespace portside::tools
