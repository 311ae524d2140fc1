#pragma once
// MachineClock: every clock that Windows shows a driver, made from one count of nanoseconds since the machine started.
// Virtual time moves by advance(); real time is CLOCK_MONOTONIC.

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "kernel/kernel_options.h"

namespace portside::kernel {

class MachineClock : public Clock {
 public:
  explicit MachineClock(const KernelOptions& options);

  Nanoseconds now() const override { return real_ ? real_now() : now_; }
  bool is_virtual() const { return !real_; }

  // KeQueryPerformanceCounter: 10 MHz, so that each call, which costs 100 ns, moves it.
  static constexpr int64_t kPerformanceFrequency = 10'000'000;
  int64_t performance_counter() const { return to_hns(now() + up_time_at_start_); }
  // KeQueryInterruptTimePrecise and KeQueryInterruptTime: the second stands still between clock ticks.
  int64_t interrupt_time_precise() const { return to_hns(now() + up_time_at_start_); }
  int64_t interrupt_time() const { return to_hns(at_tick(now()) + up_time_at_start_); }
  // KeQuerySystemTimePrecise and KeQuerySystemTime, 100 ns since 1601.
  int64_t system_time_precise() const { return system_time_at_start_ + to_hns(now()); }
  int64_t system_time() const { return system_time_at_start_ + to_hns(at_tick(now())); }
  // KeQueryTickCount counts ticks of KeQueryTimeIncrement whatever the timer granularity is.
  static constexpr uint32_t kTimeIncrement = 156'250;
  int64_t tick_count() const { return interrupt_time_precise() / kTimeIncrement; }

  Nanoseconds granularity() const { return Nanoseconds(granularity_.load(std::memory_order_relaxed)); }
  // ExSetTimerResolution; zero is exact.
  void set_granularity(Nanoseconds granularity) { granularity_.store(granularity.count(), std::memory_order_relaxed); }

  // When a wait or timer of Windows' LARGE_INTEGER (negative: relative; else absolute system time) is due: never in the
  // past, on a clock tick unless `exact`.
  Nanoseconds due(int64_t hns, bool exact) const;

  // Virtual time only.
  void advance(Nanoseconds by) { now_ += by; }
  void jump_to(Nanoseconds when) {
    if (when > now_) now_ = when;
  }

 private:
  static int64_t to_hns(Nanoseconds t) { return t.count() / 100; }
  Nanoseconds at_tick(Nanoseconds t) const;
  Nanoseconds real_now() const;

  const bool real_;
  Nanoseconds now_{};
  std::atomic<int64_t> granularity_;
  int64_t system_time_at_start_;
  Nanoseconds up_time_at_start_;
  int64_t real_start_ = 0;
};

}  // namespace portside::kernel
