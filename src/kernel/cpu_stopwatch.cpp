#include "kernel/cpu_stopwatch.h"

#include <ctime>

#include "kernel/kernel.h"

namespace portside::kernel {
namespace {

Nanoseconds host_thread_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

}  // namespace

CpuStopwatch::CpuStopwatch(Kernel& kernel)
    : thread_(kernel.options().schedule.at_accesses ? nullptr : kernel.current_thread()),
      outer_(thread_ ? thread_->stopwatch : nullptr), since_(thread_ ? host_thread_time() : Nanoseconds(0)) {
  if (thread_) thread_->stopwatch = this;
}

CpuStopwatch::~CpuStopwatch() {
  if (thread_) thread_->stopwatch = outer_;
}

Nanoseconds CpuStopwatch::elapsed() const { return thread_ ? spent_ + (host_thread_time() - since_) : Nanoseconds(0); }

void CpuStopwatch::pause() {
  const Nanoseconds now = host_thread_time();
  for (CpuStopwatch* watch = this; watch; watch = watch->outer_) watch->spent_ += now - watch->since_;
}

void CpuStopwatch::go_on() {
  const Nanoseconds now = host_thread_time();
  for (CpuStopwatch* watch = this; watch; watch = watch->outer_) watch->since_ = now;
}

}  // namespace portside::kernel
