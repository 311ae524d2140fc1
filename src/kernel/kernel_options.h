#pragma once
// KernelOptions: what a machine's kernel is made of.

#include <cstdint>

#include "base/clock.h"
#include "kernel/schedule_options.h"

namespace portside::kernel {

enum class ClockKind : uint8_t { kVirtual, kReal };

struct KernelOptions {
  uint64_t seed = 1;
  ClockKind clock = ClockKind::kVirtual;
  // Tick on which KTIMERs and wait time-outs expire; zero is exact. Windows': 15.625 ms, 1 ms while audio plays.
  Nanoseconds timer_granularity = std::chrono::milliseconds(1);
  // Virtual time: how far each kernel call moves the clock.
  Nanoseconds call_cost = std::chrono::nanoseconds(100);
  // Who runs next, in virtual time.
  ScheduleOptions schedule;
  // kUniform: mean number of scheduling points between two choices to switch; 0 draws it from the seed (2 to 128).
  uint32_t switch_interval = 0;
  // Host CPU time that simulated code may spend without a kernel call; zero: no watchdog.
  Nanoseconds watchdog = std::chrono::seconds(5);
  // Kernel calls in virtual time between two instants at which every thread waits; more are a loop that waits for nothing. Zero: none.
  uint64_t most_calls = 10'000'000;
  // The same of accesses to registers.
  uint64_t most_accesses = 1'000'000;
  // Virtual time at which the machine is stopped, for runs that would never end; zero: no limit.
  Nanoseconds time_limit{};
  uint64_t stack_bytes = 256 * 1024;
  uint64_t shadow_stack_bytes = 64 * 1024;
  uint32_t worker_threads = 2;
  // How long a work item waits for its worker, as on a system that has much to do.
  Nanoseconds work_item_delay{};
  // Machine start in Windows system time (100 ns since 1601): 2024-01-01.
  int64_t system_time_at_start = 133'485'408'000'000'000;
  // Interrupt time at machine start: no Windows is zero seconds old when a driver loads.
  Nanoseconds up_time_at_start = std::chrono::seconds(60);
};

}  // namespace portside::kernel
