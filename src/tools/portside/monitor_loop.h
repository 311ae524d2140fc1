#pragma once
// MonitorLoop: looks at a host, draws, listens to keys, until it is quit. A host that has gone is waited for: its last
// picture stays, with the reason, and a new one at the same place is taken up. One that does not answer is told of,
// too.

#include <chrono>
#include <string>

#include "portside/host_watch.h"
#include "portside/monitor_sight.h"
#include "portside/terminal_screen.h"

namespace portside::tools {

class MonitorLoop {
 public:
  MonitorLoop(HostWatch::Connect connect, TerminalScreen& screen, std::chrono::milliseconds refresh, bool unicode)
      : watch_(std::move(connect)), screen_(screen), refresh_(refresh), unicode_(unicode) {}

  void run();

 private:
  // Takes up what the host has said; true when that is something new to show.
  bool look();
  void take_up(const HostWatch::Look& look);
  void draw();
  void press(Key key);

  HostWatch watch_;
  TerminalScreen& screen_;
  const std::chrono::milliseconds refresh_;
  const bool unicode_;
  MonitorSight sight_;
  MonitorHistory history_;
  size_t chosen_ = 0;
  std::string trouble_;
};

// The kernel's name of each client's process: the host may not look at it.
void name_programs(MonitorSight& sight);

}  // namespace portside::tools
