#pragma once
// MonitorLoop: looks at a host, draws, listens to keys, until it is quit. A host that has gone is waited for: its last
// picture stays, with the reason, and a new one at the same place is taken up.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "portside/client.h"
#include "portside/monitor_sight.h"
#include "portside/terminal_screen.h"

namespace portside::tools {

class MonitorLoop {
 public:
  using Connect = std::function<Result<std::unique_ptr<Client>>()>;

  MonitorLoop(Connect connect, TerminalScreen& screen, std::chrono::milliseconds refresh, bool unicode)
      : connect_(std::move(connect)), screen_(screen), refresh_(refresh), unicode_(unicode) {}

  void run();

 private:
  void look();
  void draw();
  void press(Key key);

  const Connect connect_;
  TerminalScreen& screen_;
  const std::chrono::milliseconds refresh_;
  const bool unicode_;
  std::unique_ptr<Client> client_;
  MonitorSight sight_;
  MonitorHistory history_;
  size_t chosen_ = 0;
  std::string trouble_;
};

// The kernel's name of each client's process: the host may not look at it.
void name_programs(MonitorSight& sight);

}  // namespace portside::tools
