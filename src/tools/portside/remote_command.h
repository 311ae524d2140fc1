#pragma once
// play and record with --socket: through a driver that another process hosts.

#include "portside/command.h"

namespace portside::tools {

struct RemoteOptions {
  std::string socket, endpoint;
  double buffer_ms = 20;
  unsigned notifications = 2;
};
ExitCode play_at_host(const Console& console, const RemoteOptions& options, const std::string& song);
ExitCode record_at_host(const Console& console, const RemoteOptions& options, const std::string& out, double seconds,
                        const std::optional<client::AudioFormat>& format);

}  // namespace portside::tools
