#include "portside/remote_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "portside/remote_streams.h"

namespace portside::tools {
namespace {

Result<std::unique_ptr<Stream>> open_stream(Client& client, const RemoteOptions& options, const EndpointInfo& endpoint,
                                            const StreamFormat& format) {
  StreamRequest request;
  request.endpoint = endpoint.id;
  request.direction = endpoint.direction;
  request.format = format;
  request.buffer_frames = std::max(1u, static_cast<uint32_t>(options.buffer_ms * format.rate / 1000));
  request.notifications = options.notifications;
  return client.open(request);
}

ExitCode tell(const Console& console, const EndpointInfo& endpoint, const RemoteLog& log, std::string_view what) {
  if (console.json) {
    console.document({{"endpoint", endpoint.id},
                      {"frames", log.frames},
                      {"rate", log.facts.format.rate},
                      {"buffer_frames", log.facts.buffer_frames},
                      {"notifications", log.notifications},
                      {"glitches", log.glitches},
                      {"packets", log.facts.packets},
                      {"copied", log.facts.copied}});
  } else {
    console.line(fmt::format("{} {}: {} frames at {} Hz, buffer of {} frames, {} notifications, {} glitch{}", what,
                             endpoint.name, log.frames, log.facts.format.rate, log.facts.buffer_frames,
                             log.notifications, log.glitches, log.glitches == 1 ? "" : "es"));
  }
  return log.glitches ? ExitCode::kDriverFault : ExitCode::kClean;
}

// A stream that its driver took away, by a bug check or a removal, is the driver's fault; what never streamed is ours.
ExitCode stream_failed(const Console& console, const Status& why, bool streamed) {
  const bool taken = why.code() == StatusCode::kDeviceRemoved || why.code() == StatusCode::kMachineEnded;
  const ExitCode code = console.error(why);
  return streamed && taken ? ExitCode::kDriverFault : code;
}

}  // namespace

ExitCode play_at_host(const Console& console, const RemoteOptions& options, const std::string& song) {
  auto sound = client::read_sound(song);
  if (!sound) return console.error(sound.error());
  RemoteLog log;
  EndpointInfo endpoint;
  bool streamed = false;
  // Whether somebody watches is asked once: a steady stream makes no system call but its wait.
  std::function<void(double)> progress;
  if (::isatty(STDERR_FILENO)) progress = [&](double done) { console.progress(done, song); };
  const Result<> played = [&]() -> Result<> {
    TRY_ASSIGN(const std::unique_ptr<Client> client, Client::connect(options.socket));
    TRY_ASSIGN(endpoint, find_endpoint(*client, options.endpoint, Direction::kRender));
    TRY_ASSIGN(const StreamFormat format, nearest(endpoint, asked_format(sound->format)));
    TRY_ASSIGN(const std::unique_ptr<Stream> stream, open_stream(*client, options, endpoint, format));
    streamed = true;
    TRY_ASSIGN(const client::Sound converted, client::convert(*sound, spoken_format(format)));
    TRY_ASSIGN(log, play_remotely(*stream, converted, progress));
    return {};
  }();
  console.progress_done();
  if (!played) return stream_failed(console, played.error(), streamed);
  return tell(console, endpoint, log, "played to");
}

ExitCode record_at_host(const Console& console, const RemoteOptions& options, const std::string& out, double seconds,
                        const std::optional<client::AudioFormat>& format) {
  RemoteRecording recording;
  EndpointInfo endpoint;
  bool streamed = false;
  const Result<> recorded = [&]() -> Result<> {
    TRY_ASSIGN(const std::unique_ptr<Client> client, Client::connect(options.socket));
    TRY_ASSIGN(endpoint, find_endpoint(*client, options.endpoint, Direction::kCapture));
    if (endpoint.formats.empty()) return fail(StatusCode::kNoMatch, endpoint.name + " offers no format");
    const StreamFormat asked = format ? asked_format(*format) : endpoint.formats.front();
    TRY_ASSIGN(const std::unique_ptr<Stream> stream, open_stream(*client, options, endpoint, asked));
    streamed = true;
    TRY_ASSIGN(recording, record_remotely(*stream, static_cast<uint64_t>(seconds * asked.rate)));
    return client::write_wav(out, recording.sound.format, recording.sound.frames);
  }();
  if (!recorded) return stream_failed(console, recorded.error(), streamed);
  return tell(console, endpoint, recording.log, "recorded from");
}

}  // namespace portside::tools
