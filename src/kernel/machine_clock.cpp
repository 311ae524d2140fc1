#include "kernel/machine_clock.h"

#include <time.h>

#include <algorithm>

namespace portside::kernel {
namespace {
int64_t monotonic_ns() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}
}  // namespace

MachineClock::MachineClock(const KernelOptions& options)
    : real_(options.clock == ClockKind::kReal), granularity_(options.timer_granularity.count()),
      system_time_at_start_(options.system_time_at_start), up_time_at_start_(options.up_time_at_start),
      real_start_(real_ ? monotonic_ns() : 0) {}

Nanoseconds MachineClock::real_now() const { return Nanoseconds(monotonic_ns() - real_start_); }

Nanoseconds MachineClock::at_tick(Nanoseconds t) const {
  const int64_t tick = granularity_.load(std::memory_order_relaxed);
  return tick > 0 ? Nanoseconds(t.count() / tick * tick) : t;
}

Nanoseconds MachineClock::due(int64_t hns, bool exact) const {
  constexpr int64_t kFarthestHns = int64_t{1} << 55;  // 114 years; times 100 it still fits
  const Nanoseconds current = now();
  Nanoseconds when;
  if (hns < 0) {
    const int64_t relative = hns < -kFarthestHns ? kFarthestHns : -hns;
    when = current + Nanoseconds(relative * 100);
  } else {
    when = Nanoseconds(std::clamp(hns - system_time_at_start_, int64_t{0}, kFarthestHns) * 100);
  }
  when = std::max(when, current);
  const int64_t tick = granularity_.load(std::memory_order_relaxed);
  if (exact || tick <= 0) return when;
  return Nanoseconds((when.count() + tick - 1) / tick * tick);
}

}  // namespace portside::kernel
