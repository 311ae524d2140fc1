#include <fmt/format.h>

#include <chrono>

#include "portside/stream_commands.h"

namespace portside::tools {
namespace {

double wall_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Duplex {
 public:
  Duplex(const Console& console, const DuplexRequest& request) : console_(console), request_(request) {}

  void play_side() {
    status_of_play_ = [&]() -> Result<> {
      TRY(prepare());
      if (!request_.sound) return {};
      if (request_.record) recording_runs_->wait();
      if (!status_of_record_) return {};
      client::PlayOptions options;
      options.stream = request_.stream;
      options.progress = [&](double f) { console_.progress(f, "playing"); };
      TRY_ASSIGN(outcome.play_log, client::play(*render_, outcome.played, options));
      return {};
    }();
    if (prepared_) prepared_->set();
    play_done_ = true;
    render_.reset();
  }

  void record_side() {
    // The player opens both streams, so that either's failure is known before anything runs.
    prepared_wait();
    if (capture_) {
      status_of_record_ = [&]() -> Result<> {
        client::RecordOptions options;
        options.running = [&] { recording_runs_->set(); };
        const client::AudioFormat& f = capture_->facts().format;
        const Nanoseconds time = request_.record_time.value_or(Nanoseconds::max());
        options.enough = [&, time](uint64_t frames) {
          if (request_.sound && !request_.record_time) return play_done_;
          console_.progress(std::min(1.0, static_cast<double>(f.duration(frames).count()) / static_cast<double>(time.count())), "recording");
          return f.duration(frames) >= time;
        };
        TRY_ASSIGN(outcome.recording, client::record(*capture_, options));
        if (request_.record_time) {
          const uint64_t most = static_cast<uint64_t>(time.count()) * f.rate_hz / 1'000'000'000u * f.frame_bytes();
          auto& frames = outcome.recording->sound.frames;
          if (frames.size() > most) frames.resize(most);
        }
        return {};
      }();
      recording_runs_->set();
    }
    capture_.reset();
    recording_runs_.reset();
  }

  // Both need simulated threads: events live in the machine.
  Result<> make_events() {
    TRY_ASSIGN(prepared_, client::Event::create());
    TRY_ASSIGN(recording_runs_, client::Event::create());
    return {};
  }
  void drop_events() {
    prepared_.reset();
    recording_runs_.reset();
  }

  Result<> status() const {
    if (!status_of_play_) return status_of_play_;
    return status_of_record_;
  }

  DuplexOutcome outcome;

 private:
  void prepared_wait() {
    if (prepared_) prepared_->wait();
  }

  Result<> prepare() {
    TRY_ASSIGN(outcome.filters, client::list_filters());
    outcome.endpoints = client::endpoints_of(outcome.filters);
    if (request_.sound) {
      TRY_ASSIGN(outcome.render, client::find_endpoint(outcome.endpoints, client::Direction::kRender, request_.render_endpoint));
      TRY_ASSIGN(render_, client::open_agreed(*outcome.render, request_.sound->format, request_.stream));
      TRY_ASSIGN(outcome.played, client::convert(*request_.sound, render_->facts().format));
    }
    if (request_.record) {
      TRY_ASSIGN(outcome.capture, client::find_endpoint(outcome.endpoints, client::Direction::kCapture, request_.capture_endpoint));
      const client::AudioFormat wanted = request_.record_format ? *request_.record_format : render_->facts().format;
      TRY_ASSIGN(capture_, client::open_agreed(*outcome.capture, wanted, request_.stream, request_.record_format.has_value()));
    }
    prepared_->set();
    return {};
  }

  const Console& console_;
  const DuplexRequest& request_;
  std::unique_ptr<client::Event> prepared_, recording_runs_;
  std::unique_ptr<client::Stream> render_, capture_;
  std::atomic<bool> play_done_ = false;
  Result<> status_of_play_, status_of_record_;
};

}  // namespace

Result<DuplexOutcome> run_duplex(const Console& console, host::Machine& machine, const DuplexRequest& request) {
  Duplex duplex(console, request);
  Result<> events;
  TRY(machine.run([&] { events = duplex.make_events(); }));
  TRY(events);
  const double wall = wall_now();
  const Nanoseconds before = machine.now();
  const Result<> ran =
      machine.run({{"player", [&] { duplex.play_side(); }}, {"recorder", [&] { duplex.record_side(); }}});
  console.progress_done();
  duplex.outcome.audio_time = machine.now() - before;
  duplex.outcome.wall_seconds = wall_now() - wall;
  TRY(ran);
  TRY(machine.run([&] { duplex.drop_events(); }));
  TRY(duplex.status());
  DuplexOutcome& out = duplex.outcome;
  if (out.recording && request.sound && out.recording->sound.format == out.played.format)
    out.comparison = client::compare(out.played.frames, out.recording->sound.frames, out.played.format);
  return std::move(out);
}

void print_endpoints(const Console& console, const DuplexOutcome& outcome) {
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
