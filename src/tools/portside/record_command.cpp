// portside record: a driver's capture endpoint into a WAV.

#include <fmt/format.h>

#include "portside/json.h"
#include "portside/stream_output.h"

namespace portside::tools {
namespace {

struct RecordOptions {
  DriverOptions driver;
  std::string out, endpoint, format = "48000/16/2";
  double seconds = 0;
  double buffer_ms = 20;
};

ExitCode record(const Console& console, const RecordOptions& options) {
  const auto format = client::AudioFormat::parse(options.format);
  if (!format) return console.error(format.error());
  // A recording is held whole until it is written.
  if (options.seconds * format->bytes_per_second() > 2e9)
    return console.error(Status(StatusCode::kNotSupported, fmt::format("{} s of {} are more than the 2 GB that one recording may have",
                                                                       options.seconds, format->to_string())));
  auto machine = host::Machine::create(options.driver.machine_options());
  if (!machine) return console.error(machine.error());
  if (auto installed = (*machine)->install(options.driver.driver); !installed) return failed(console, **machine, installed.error());

  client::DuplexRequest request;
  request.capture_endpoint = options.endpoint;
  request.record = true;
  request.record_format = *format;
  request.record_time = Nanoseconds(static_cast<int64_t>(options.seconds * 1e9));
  request.stream.buffer = Nanoseconds(static_cast<int64_t>(options.buffer_ms * 1e6));
  auto outcome = run_session(console, **machine, std::move(request));
  if (!outcome) return failed(console, **machine, outcome.error());
  const client::Sound& recorded = outcome->recording->sound;
  if (auto written = client::write_wav(options.out, recorded.format, recorded.frames); !written) return console.error(written.error());
  if (auto removed = (*machine)->uninstall(); !removed) return failed(console, **machine, removed.error());

  if (console.json) {
    nlohmann::json out = report_json(**machine);
    out["endpoint"] = endpoint_json(*outcome->capture);
    out["record"] = stream_json(outcome->recording->log);
    console.product(out.dump(2));
    Console silent = console;
    silent.quiet = true;
    return print_verdict(silent, **machine);
  }
  print_endpoints(console, *outcome);
  print_stream(console, "recorded from " + outcome->capture->name, outcome->recording->log);
  console.line(fmt::format("\n{} frames written to {}", recorded.frame_count(), options.out));
  return print_verdict(console, **machine);
}

}  // namespace

Runner add_record(CLI::App& app) {
  auto options = std::make_shared<RecordOptions>();
  app.add_option("out", options->out, "The WAV to write")->required()->type_name("FILE");
  options->driver.declare(app);
  app.add_option("--endpoint", options->endpoint, "Name of the capture endpoint, or a part of it");
  app.add_option("--seconds,-s", options->seconds, "How long")->required()->check(within(0.001, 36000.0));
  app.add_option("--format", options->format, "RATE/BITS/CHANNELS, as in 48000/16/2 or 48000/32f/2")->capture_default_str();
  app.add_option("--buffer-ms", options->buffer_ms, "Length of the cyclic buffer")->check(within(0.1, 10000.0))->capture_default_str();
  return [options](const Console& console) { return record(console, *options); };
}

}  // namespace portside::tools
