#pragma once
// What play, record and demo share: running a duplex session and printing what it saw.

#include "client/duplex.h"
#include "portside/command.h"
#include "portside/injection.h"

namespace portside::tools {

struct SessionOutcome : client::DuplexOutcome {
  Nanoseconds audio_time{};  // on the machine's clock
  double wall_seconds = 0;
  bool interrupted = false;  // by Ctrl-C: what was played and recorded until then
};

// `injection`: what happens to the device meanwhile; null: nothing.
Result<SessionOutcome> run_session(const Console& console, host::Machine& machine, client::DuplexRequest request,
                                   Injection* injection = nullptr);

// --mode, --processing-mode, --buffer-ms and --notifications.
struct StreamingOptions {
  std::string mode = "auto", processing;
  double buffer_ms = 20;
  unsigned notifications = 2;

  void declare(CLI::App& app);
  Result<client::StreamOptions> stream_options() const;
};

// What the driver did to the streams, after what it did to the rules: a stream that stalled, or in virtual time (where
// nothing but the driver can be late) one that glitched, is the driver's fault.
ExitCode judge_streams(const Console& console, host::Machine& machine, ExitCode verdict,
                       const std::vector<std::pair<std::string, const client::StreamLog*>>& logs);

void print_endpoints(const Console& console, const SessionOutcome& outcome);
void print_stream(const Console& console, std::string_view name, const client::StreamLog& log);

}  // namespace portside::tools
