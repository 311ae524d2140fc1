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

CpuStopwatch::CpuStopwatch(Kernel& kernel) : thread_(kernel.current_thread()), since_(host_thread_time()) {
  thread_->stopwatch = this;
}

CpuStopwatch::~CpuStopwatch() { thread_->stopwatch = nullptr; }

Nanoseconds CpuStopwatch::elapsed() const { return spent_ + (host_thread_time() - since_); }

void CpuStopwatch::pause() { spent_ += host_thread_time() - since_; }
void CpuStopwatch::go_on() { since_ = host_thread_time(); }

}  // namespace portside::kernel
