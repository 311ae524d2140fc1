// portside play: a sound file through a driver's render endpoint, perhaps recording its capture endpoint meanwhile.

#include <fmt/format.h>

#include "portside/json.h"
#include "portside/remote_command.h"
#include "portside/stream_output.h"

namespace portside::tools {
namespace {

struct PlayOptions {
  DriverOptions driver;
  std::string song, record, endpoint, capture_endpoint;
  bool loopback = false;
  StreamingOptions streaming;
  bool identical = false;
  std::string inject;
};

// What --identical asks of the run; the exit code when it was not so.
std::optional<ExitCode> not_identical(const Console& console, const PlayOptions& options,
                                      const SessionOutcome& outcome) {
  if (!options.identical || outcome.interrupted || (outcome.comparison && outcome.comparison->all_identical()))
    return std::nullopt;
  const std::string why = outcome.comparison ? fmt::format("{} of {} samples came back as they were played",
                                                           outcome.comparison->identical, outcome.comparison->samples)
                                             : "the two streams have different formats";
  (void)console.error(Status(StatusCode::kUnsuccessful, why + ", and --identical asks for all"));
  return ExitCode::kDriverFault;
}

// What was injected took the device from the client: no fault of the driver's, unless a rule says so.
ExitCode ended_early(const Console& console, host::Machine& machine, const Injection& injection) {
  if (auto removed = machine.uninstall(); !removed) return failed(console, machine, removed.error());
  if (!console.json) {
    injection.print(console);
    return print_verdict(console, machine);
  }
  nlohmann::json out = report_json(machine);
  out["life"] = injection.json();
  console.product(out.dump(2));
  Console silent = console;
  silent.quiet = true;
  return print_verdict(silent, machine);
}

ExitCode play(const Console& console, const PlayOptions& options) {
  if (options.driver.at_host() && (!options.record.empty() || options.loopback || !options.inject.empty()))
    return console.error(Status(StatusCode::kInvalidParameter,
                                "at a host, portside record --socket records, and portside serve --inject injects"));
  if (options.driver.at_host())
    return play_at_host(
        console,
        {options.driver.socket, options.endpoint, options.streaming.buffer_ms, options.streaming.notifications},
        options.song);
  if (options.record.empty() && (options.loopback || !options.capture_endpoint.empty()))
    return console.error(Status(StatusCode::kInvalidParameter,
                                fmt::format("{} says what to record, and --record FILE, where to, is missing",
                                            options.loopback ? "--loopback" : "--capture-endpoint")));
  if (options.loopback && !options.capture_endpoint.empty())
    return console.error(Status(StatusCode::kInvalidParameter,
                                "--loopback and --capture-endpoint name two things to record; one can be recorded"));
  auto stream_options = options.streaming.stream_options();
  if (!stream_options) return console.error(stream_options.error());
  if (options.identical && options.record.empty())
    return console.error(
        Status(StatusCode::kInvalidParameter, "--identical compares with a recording: give --record as well"));
  std::error_code error;
  if (!options.record.empty() && std::filesystem::equivalent(options.song, options.record, error))
    return console.error(Status(StatusCode::kInvalidParameter,
                                options.record + ": the recording would replace the song that is played"));
  auto injection = Injection::parse(options.inject);
  if (!injection) return console.error(injection.error());
  auto sound = client::read_sound(options.song);
  if (!sound) return console.error(sound.error());
  DriverOptions driver = options.driver;
  driver.sound_rate = sound->format.rate_hz;  // so that nothing is resampled on the way out
  return driver.with_machine(console, [&](host::Machine& machine) {
    if (auto installed = options.driver.install(console, machine); !installed)
      return failed(console, machine, installed.error());

    client::DuplexRequest request;
    request.render_endpoint = options.endpoint;
    request.capture_endpoint = options.capture_endpoint;
    const client::AudioFormat wanted = sound->format;
    request.sound = std::move(*sound);
    request.record = !options.record.empty();
    request.loopback = options.loopback;
    request.stream = *stream_options;
    auto outcome = run_session(console, machine, std::move(request), injection->empty() ? nullptr : &*injection);
    if (!outcome && !injection->empty() && !machine.bug_check()) return ended_early(console, machine, *injection);
    if (!outcome) return failed(console, machine, outcome.error());
    if (outcome->recording) {
      const client::Sound& recorded = outcome->recording->sound;
      if (auto written = client::write_wav(options.record, recorded.format, recorded.frames); !written)
        return console.error(written.error());
    }
    if (auto removed = machine.uninstall(); !removed) return failed(console, machine, removed.error());

    std::vector<std::pair<std::string, const client::StreamLog*>> logs{{outcome->render->name, &*outcome->play_log}};
    if (outcome->recording) logs.emplace_back(outcome->capture->name, &outcome->recording->log);
    if (console.json) {
      nlohmann::json out = report_json(machine);
      out["endpoint"] = endpoint_json(*outcome->render);
      out["play"] = stream_json(*outcome->play_log);
      if (outcome->recording) out["record"] = stream_json(outcome->recording->log);
      if (outcome->comparison)
        out["samples"] = {{"played", outcome->comparison->samples}, {"identical", outcome->comparison->identical}};
      if (!injection->empty()) out["life"] = injection->json();
      out["audio_seconds"] = static_cast<double>(outcome->audio_time.count()) / 1e9;
      out["wall_seconds"] = outcome->wall_seconds;
      console.product(out.dump(2));
      Console silent = console;
      silent.quiet = true;
      const ExitCode rules = print_verdict(silent, machine);
      const ExitCode streams = judge_streams(silent, machine, rules, logs);
      const ExitCode verdict = injection->empty() ? streams : rules;  // what was injected glitches
      return verdict == ExitCode::kClean ? not_identical(console, options, *outcome).value_or(verdict) : verdict;
    }
    if (wanted != outcome->played.format)
      console.line(
          fmt::format("{}: {}, converted to {}", options.song, wanted.to_string(), outcome->played.format.to_string()));
    print_endpoints(console, *outcome);
    print_stream(console, "played to " + outcome->render->name, *outcome->play_log);
    if (outcome->recording) print_stream(console, "recorded from " + outcome->capture->name, outcome->recording->log);
    injection->print(console);
    console.line(fmt::format("\n{:.3f} s of audio in {:.3f} s", static_cast<double>(outcome->audio_time.count()) / 1e9,
                             outcome->wall_seconds));
    if (outcome->comparison)
      console.line(
          fmt::format("{} of {} samples identical", outcome->comparison->identical, outcome->comparison->samples));
    const ExitCode rules = print_verdict(console, machine);
    const ExitCode streams = judge_streams(console, machine, rules, logs);
    const ExitCode verdict = injection->empty() ? streams : rules;
    return verdict == ExitCode::kClean ? not_identical(console, options, *outcome).value_or(verdict) : verdict;
  });
}

}  // namespace

Runner add_play(CLI::App& app) {
  auto options = std::make_shared<PlayOptions>();
  app.add_option("song", options->song, "The sound file")->required()->type_name("FILE");
  options->driver.declare_with_socket(app);
  app.add_option("--endpoint", options->endpoint, "Name of the render endpoint, or a part of it");
  app.add_option("--record", options->record, "Record the capture endpoint into this WAV meanwhile")->type_name("FILE");
  app.add_flag("--identical", options->identical, "Fail (exit 1) unless the recording is what was played, bit for bit");
  app.add_option("--capture-endpoint", options->capture_endpoint, "Name of the endpoint to record");
  app.add_flag("--loopback", options->loopback, "With --record: record the render endpoint's own loopback pin");
  app.add_option(
         "--inject", options->inject,
         "What happens meanwhile, EVENT@TIME,...: sleep@500ms,wake@700ms; d3@1s; rebalance, remove, surprise-remove")
      ->type_name("EVENTS");
  options->streaming.declare(app);
  return [options](const Console& console) { return play(console, *options); };
}

}  // namespace portside::tools
