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
    : thread_(kernel.current_thread()), outer_(thread_->stopwatch), since_(host_thread_time()) {
  thread_->stopwatch = this;
}

CpuStopwatch::~CpuStopwatch() { thread_->stopwatch = outer_; }

Nanoseconds CpuStopwatch::elapsed() const { return spent_ + (host_thread_time() - since_); }

void CpuStopwatch::pause() {
  const Nanoseconds now = host_thread_time();
  for (CpuStopwatch* watch = this; watch; watch = watch->outer_) watch->spent_ += now - watch->since_;
}

void CpuStopwatch::go_on() {
  const Nanoseconds now = host_thread_time();
  for (CpuStopwatch* watch = this; watch; watch = watch->outer_) watch->since_ = now;
}

}  // namespace portside::kernel
