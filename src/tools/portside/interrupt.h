#pragma once
// Interrupt: Ctrl-C (SIGINT) and SIGTERM while it lives: the first is noted, so that what was played and recorded is kept
// and devices in other processes end in order; the second ends the program at once. One at a time.

namespace portside::tools {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Any thread.
  static bool came();
};

}  // namespace portside::tools
