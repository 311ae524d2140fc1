#pragma once
// Watchdog: ends a machine whose simulated code burns host CPU time without a kernel call. It looks, by a CPU-time timer
// of the host thread, whether ProcessorBlock::progress has moved.

#include <signal.h>
#include <time.h>

#include "base/clock.h"

namespace portside::kernel {

class Kernel;
class Fault;

class Watchdog {
 public:
  // Watches the calling host thread while it lives, whenever that runs simulated code (each run must move
  // ProcessorBlock::progress once); `patience` zero: watches nothing.
  explicit Watchdog(Nanoseconds patience);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  bool watches_this_thread() const;

  // The signal of its timer; FaultHub installs the handler.
  static int signal_number();
  // In the signal handler.
  static void on_tick(Fault& tick);

 private:
  static void bug_check_on_stack(void* kernel);

  timer_t timer_{};
  int thread_ = 0;
  bool armed_ = false;
};

}  // namespace portside::kernel
