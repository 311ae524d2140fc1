#include "client/duplex.h"

#include <atomic>

#include "client/offered_formats.h"

namespace portside::client {
namespace {

constexpr AudioFormat kUsualFormat{.rate_hz = 48000, .bits = 16, .channels = 2};

struct Sides {
  std::unique_ptr<Stream> render, capture;
};

Result<Sides> open_sides(const DuplexRequest& request, DuplexOutcome& out) {
  Sides sides;
  TRY_ASSIGN(out.filters, list_filters());
  out.endpoints = endpoints_of(out.filters);
  if (request.sound) {
    TRY_ASSIGN(out.render, find_endpoint(out.endpoints, Direction::kRender, request.render_endpoint));
    TRY_ASSIGN(sides.render, open_agreed(*out.render, request.sound->format, request.stream, request.exact_format));
    TRY_ASSIGN(out.played, convert(*request.sound, sides.render->facts().format));
  }
  if (request.record) {
    if (request.loopback && out.render) {
      TRY_ASSIGN(out.capture, find_loopback(out.endpoints, *out.render));
    } else {
      TRY_ASSIGN(out.capture, find_endpoint(out.endpoints, Direction::kCapture, request.capture_endpoint));
    }
    const bool only = request.record_format.has_value() || request.exact_format;
    // Said nothing, it is what is played, or what the driver names as the pin's own.
    AudioFormat wanted = request.record_format.value_or(out.played.format);
    if (wanted.rate_hz == 0) wanted = preferred_format(*out.capture, request.stream.processing).value_or(kUsualFormat);
    TRY_ASSIGN(sides.capture, open_agreed(*out.capture, wanted, request.stream, only));
  }
  return sides;
}

Result<Recording> record_side(Stream& stream, const DuplexRequest& request, const std::atomic<bool>& play_done,
                              Event& runs) {
  const AudioFormat& format = stream.facts().format;
  RecordOptions options;
  options.running = [&runs] { runs.set(); };
  if (request.record_time) {
    const Nanoseconds time = *request.record_time;
    options.most_frames =
        static_cast<uint64_t>(static_cast<unsigned __int128>(time.count()) * format.rate_hz / 1'000'000'000u);
    options.enough = [&request, most = options.most_frames](uint64_t frames) {
      if (request.progress && !request.sound)
        request.progress(std::min(1.0, static_cast<double>(frames) / static_cast<double>(most)));
      return frames >= most || (request.stop && request.stop());
    };
  } else {
    options.enough = [&play_done](uint64_t) { return play_done.load(); };
  }
  TRY_ASSIGN(Recording recording, record(stream, options));
  // The last piece may have brought more than was asked for.
  const uint64_t most_bytes = options.most_frames * format.frame_bytes();
  if (recording.sound.frames.size() > most_bytes) recording.sound.frames.resize(most_bytes);
  return recording;
}

}  // namespace

Result<DuplexOutcome> run_duplex(const DuplexRequest& request) {
  DuplexOutcome out;
  TRY_ASSIGN(Sides sides, open_sides(request, out));
  TRY_ASSIGN(const std::unique_ptr<Event> recording_runs, Event::create());
  std::atomic<bool> play_done = !sides.render;
  std::optional<Result<Recording>> recorded;
  Result<> played;
  {
    std::optional<Thread> recorder;
    if (sides.capture) {
      recorder.emplace("recorder", [&] {
        recorded = record_side(*sides.capture, request, play_done, *recording_runs);
        recording_runs->set();  // whatever happened, nobody waits for it any more
      });
    }
    if (sides.render) {
      if (sides.capture) recording_runs->wait();
      played = [&]() -> Result<> {
        PlayOptions options;
        options.tail = request.tail;
        options.progress = request.progress;
        options.stop = request.stop;
        TRY_ASSIGN(out.play_log, play(*sides.render, out.played, options));
        return {};
      }();
      play_done = true;
    }
  }
  TRY(played);
  if (recorded) {
    TRY(*recorded);
    out.recording = std::move(**recorded);
  }
  if (out.recording && sides.render && out.recording->sound.format == out.played.format)
    out.comparison = compare(out.played.frames, out.recording->sound.frames, out.played.format);
  return out;
}

}  // namespace portside::client
