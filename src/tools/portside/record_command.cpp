// portside record: a driver's capture endpoint into a WAV.

#include <fmt/format.h>

#include "portside/json.h"
#include "portside/remote_command.h"
#include "portside/stream_output.h"

namespace portside::tools {
namespace {

struct RecordOptions {
  DriverOptions driver;
  std::string out, endpoint, format;
  double seconds = 0;
  StreamingOptions streaming;
};

ExitCode record(const Console& console, const RecordOptions& options) {
  auto stream_options = options.streaming.stream_options();
  if (!stream_options) return console.error(stream_options.error());
  std::optional<client::AudioFormat> format;
  if (!options.format.empty()) {
    const auto parsed = client::AudioFormat::parse(options.format);
    if (!parsed) return console.error(parsed.error());
    format = *parsed;
  }
  if (options.driver.at_host())
    return record_at_host(
        console,
        {options.driver.socket, options.endpoint, options.streaming.buffer_ms, options.streaming.notifications},
        options.out, options.seconds, format);
  // A recording is held whole until it is written.
  if (format && options.seconds * format->bytes_per_second() > 2e9)
    return console.error(
        Status(StatusCode::kNotSupported, fmt::format("{} s of {} are more than the 2 GB that one recording may have",
                                                      options.seconds, format->to_string())));
  return options.driver.with_machine(console, [&](host::Machine& machine) {
    if (auto installed = options.driver.install(console, machine); !installed)
      return failed(console, machine, installed.error());

    client::DuplexRequest request;
    request.capture_endpoint = options.endpoint;
    request.record = true;
    request.record_format = format;
    request.record_time = Nanoseconds(static_cast<int64_t>(options.seconds * 1e9));
    request.stream = *stream_options;
    auto outcome = run_session(console, machine, std::move(request));
    if (!outcome) return failed(console, machine, outcome.error());
    const client::Sound& recorded = outcome->recording->sound;
    if (auto written = client::write_wav(options.out, recorded.format, recorded.frames); !written)
      return console.error(written.error());
    if (auto removed = machine.uninstall(); !removed) return failed(console, machine, removed.error());

    const std::vector<std::pair<std::string, const client::StreamLog*>> logs{
        {outcome->capture->name, &outcome->recording->log}};
    if (console.json) {
      nlohmann::json out = report_json(machine);
      out["endpoint"] = endpoint_json(*outcome->capture);
      out["record"] = stream_json(outcome->recording->log);
      console.document(out);
      Console silent = console;
      silent.quiet = true;
      return judge_streams(silent, machine, print_verdict(silent, machine), logs);
    }
    print_endpoints(console, *outcome);
    print_stream(console, "recorded from " + outcome->capture->name, outcome->recording->log);
    console.line(fmt::format("\n{} frames written to {}", recorded.frame_count(), options.out));
    return judge_streams(console, machine, print_verdict(console, machine), logs);
  });
}

}  // namespace

Runner add_record(CLI::App& app) {
  auto options = std::make_shared<RecordOptions>();
  app.add_option("out", options->out, "The WAV to write")->required()->type_name("FILE");
  options->driver.declare_with_socket(app);
  app.add_option("--endpoint", options->endpoint, "Name of the capture endpoint, or a part of it");
  app.add_option("--seconds,-s", options->seconds, "How long")->required()->check(within(0.001, 36000.0));
  app.add_option("--format", options->format,
                 "RATE/BITS/CHANNELS, as in 48000/16/2 or 48000/32f/2; else what the driver offers");
  options->streaming.declare(app);
  return [options](const Console& console) { return record(console, *options); };
}

}  // namespace portside::tools
