#pragma once
// PriorityMutex: a host mutex that lends its owner the priority of whoever waits for it (PTHREAD_PRIO_INHERIT): where
// threads have SCHED_FIFO priorities, one in between cannot keep the owner from letting go.

#include <pthread.h>
#include <time.h>

#include <chrono>

namespace portside {

class PriorityMutex {
 public:
  PriorityMutex() {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    ::pthread_mutex_init(&mutex_, &attributes);
    ::pthread_mutexattr_destroy(&attributes);
  }
  ~PriorityMutex() { ::pthread_mutex_destroy(&mutex_); }
  PriorityMutex(const PriorityMutex&) = delete;
  PriorityMutex& operator=(const PriorityMutex&) = delete;

  // False when it was not to be had in that time.
  bool try_lock_for(std::chrono::nanoseconds time) {
    // Of CLOCK_REALTIME, which is what every kernel can wait by for such a mutex: a clock that is set makes the wait
    // shorter or longer, and its caller asks again.
    timespec until{};
    ::clock_gettime(CLOCK_REALTIME, &until);
    const auto sum = std::chrono::nanoseconds(until.tv_nsec) + time;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(sum);
    until.tv_sec += seconds.count();
    until.tv_nsec = (sum - seconds).count();
    return ::pthread_mutex_timedlock(&mutex_, &until) == 0;
  }
  void unlock() { ::pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

}  // namespace portside
