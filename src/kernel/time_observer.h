#pragma once
// TimeObserver: processor time that a driver takes while nothing else can run: what it stalls for. Virtual time counts no
// instructions, so a loop that computes is not seen here.

#include <cstdint>

#include "base/clock.h"
#include "kernel/irql.h"

namespace portside::kernel {

struct Stall {
  Nanoseconds asked{};
  Irql irql = 0;
  bool in_dpc = false;
};

struct DpcRun {
  uint64_t routine = 0;
  Nanoseconds stalled{};  // by this run, all its stalls together
  uint32_t stalls = 0;
};

class TimeObserver {
 public:
  virtual ~TimeObserver() = default;
  virtual void on_stall(const Stall&) {}     // before it
  virtual void on_dpc_ran(const DpcRun&) {}  // of a run that stalled
};

}  // namespace portside::kernel
