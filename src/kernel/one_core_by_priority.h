#pragma once
// OneCoreByPriority: for tests of who waits for whom on the host. While it lives, the process' new threads run on one
// core; each takes a SCHED_FIFO priority by itself.

#include <sched.h>

namespace portside::kernel {

class OneCoreByPriority {
 public:
  OneCoreByPriority() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &before_)) {
        CPU_SET(core, &one);
        break;
      }
    ::sched_setaffinity(0, sizeof one, &one);
    permitted_ = take(1);
    take(0);
  }
  ~OneCoreByPriority() { ::sched_setaffinity(0, sizeof before_, &before_); }
  OneCoreByPriority(const OneCoreByPriority&) = delete;
  OneCoreByPriority& operator=(const OneCoreByPriority&) = delete;

  // May this user have such priorities?
  bool permitted() const { return permitted_; }
  // Of the calling thread; 0: the usual scheduling.
  static bool take(int priority) {
    const sched_param parameters{.sched_priority = priority};
    return ::sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &parameters) == 0;
  }

 private:
  cpu_set_t before_;
  bool permitted_ = false;
};

}  // namespace portside::kernel
