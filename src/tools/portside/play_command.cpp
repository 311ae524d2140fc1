// portside play: a sound file through a driver's render endpoint, perhaps recording its capture endpoint meanwhile.

#include <fmt/format.h>

#include "portside/json.h"
#include "portside/stream_output.h"

namespace portside::tools {
namespace {

struct PlayOptions {
  DriverOptions driver;
  std::string song, record, endpoint, capture_endpoint;
  double buffer_ms = 20;
  unsigned notifications = 2;
};

ExitCode play(const Console& console, const PlayOptions& options) {
  std::error_code error;
  if (!options.record.empty() && std::filesystem::equivalent(options.song, options.record, error))
    return console.error(Status(StatusCode::kInvalidParameter, options.record + ": the recording would replace the song that is played"));
  auto sound = client::read_sound(options.song);
  if (!sound) return console.error(sound.error());
  auto machine = host::Machine::create(options.driver.machine_options());
  if (!machine) return console.error(machine.error());
  if (auto installed = (*machine)->install(options.driver.driver); !installed) return failed(console, **machine, installed.error());

  client::DuplexRequest request;
  request.render_endpoint = options.endpoint;
  request.capture_endpoint = options.capture_endpoint;
  const client::AudioFormat wanted = sound->format;
  request.sound = std::move(*sound);
  request.record = !options.record.empty();
  request.stream.buffer = Nanoseconds(static_cast<int64_t>(options.buffer_ms * 1e6));
  request.stream.notifications = options.notifications;
  auto outcome = run_session(console, **machine, std::move(request));
  if (!outcome) return failed(console, **machine, outcome.error());
  if (outcome->recording) {
    const client::Sound& recorded = outcome->recording->sound;
    if (auto written = client::write_wav(options.record, recorded.format, recorded.frames); !written) return console.error(written.error());
  }
  if (auto removed = (*machine)->uninstall(); !removed) return failed(console, **machine, removed.error());

  if (console.json) {
    nlohmann::json out = report_json(**machine);
    out["endpoint"] = endpoint_json(*outcome->render);
    out["play"] = stream_json(*outcome->play_log);
    if (outcome->recording) out["record"] = stream_json(outcome->recording->log);
    if (outcome->comparison) out["samples"] = {{"played", outcome->comparison->samples}, {"identical", outcome->comparison->identical}};
    out["audio_seconds"] = static_cast<double>(outcome->audio_time.count()) / 1e9;
    out["wall_seconds"] = outcome->wall_seconds;
    console.product(out.dump(2));
    Console silent = console;
    silent.quiet = true;
    return print_verdict(silent, **machine);
  }
  if (wanted != outcome->played.format)
    console.line(fmt::format("{}: {}, converted to {}", options.song, wanted.to_string(), outcome->played.format.to_string()));
  print_endpoints(console, *outcome);
  print_stream(console, "played to " + outcome->render->name, *outcome->play_log);
  if (outcome->recording) print_stream(console, "recorded from " + outcome->capture->name, outcome->recording->log);
  console.line(fmt::format("\n{:.3f} s of audio in {:.3f} s", static_cast<double>(outcome->audio_time.count()) / 1e9, outcome->wall_seconds));
  if (outcome->comparison)
    console.line(fmt::format("{} of {} samples identical", outcome->comparison->identical, outcome->comparison->samples));
  return print_verdict(console, **machine);
}

}  // namespace

Runner add_play(CLI::App& app) {
  auto options = std::make_shared<PlayOptions>();
  app.add_option("song", options->song, "The sound file")->required()->type_name("FILE");
  options->driver.declare(app);
  app.add_option("--endpoint", options->endpoint, "Name of the render endpoint, or a part of it");
  app.add_option("--record", options->record, "Record the capture endpoint into this WAV meanwhile")->type_name("FILE");
  app.add_option("--capture-endpoint", options->capture_endpoint, "Name of the endpoint to record");
  app.add_option("--buffer-ms", options->buffer_ms, "Length of the cyclic buffer")->check(within(0.1, 10000.0))->capture_default_str();
  app.add_option("--notifications", options->notifications, "Notifications a buffer: 1 or 2; 0 polls the position")
      ->check(CLI::Range(0, 2))->capture_default_str();
  return [options](const Console& console) { return play(console, *options); };
}

}  // namespace portside::tools
