#pragma once
// What play, record and demo share: running a duplex session and printing what it saw.

#include "client/duplex.h"
#include "portside/command.h"

namespace portside::tools {

struct SessionOutcome : client::DuplexOutcome {
  Nanoseconds audio_time{};  // on the machine's clock
  double wall_seconds = 0;
};

Result<SessionOutcome> run_session(const Console& console, host::Machine& machine, client::DuplexRequest request);

void print_endpoints(const Console& console, const SessionOutcome& outcome);
void print_stream(const Console& console, std::string_view name, const client::StreamLog& log);

}  // namespace portside::tools
