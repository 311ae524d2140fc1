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
  // Watches the calling host thread while it lives; `patience` zero: watches nothing.
  explicit Watchdog(Nanoseconds patience);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // The signal of its timer; FaultHub installs the handler.
  static int signal_number();
  // In the signal handler.
  static void on_tick(Fault& tick);

 private:
  static void bug_check_on_stack(void* kernel);

  timer_t timer_{};
  bool armed_ = false;
};

}  // namespace portside::kernel
