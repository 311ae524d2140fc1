#pragma once
// CpuStopwatch: the host's processor time that one simulated thread spends between two points. What others spend while
// it waits, on the same host thread, does not count.

#include "base/clock.h"

namespace portside::kernel {

class Kernel;
class ThreadObject;

class CpuStopwatch {
 public:
  // Starts for the calling simulated thread. Stopwatches of a thread nest. Where threads change at a driver's accesses, what one of
  // them takes says nothing, and to look at the clock at each change is half of the run: zero is measured then.
  explicit CpuStopwatch(Kernel& kernel);
  ~CpuStopwatch();
  CpuStopwatch(const CpuStopwatch&) = delete;
  CpuStopwatch& operator=(const CpuStopwatch&) = delete;

  Nanoseconds elapsed() const;

  // For the executor: the thread leaves its host thread, and comes back.
  void pause();
  void go_on();

 private:
  ThreadObject* thread_;  // null: measures nothing
  CpuStopwatch* outer_;
  Nanoseconds spent_{0};
  Nanoseconds since_{0};
};

}  // namespace portside::kernel
