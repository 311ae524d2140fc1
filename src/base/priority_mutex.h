#pragma once
// PriorityMutex: a host mutex that lends its owner the priority of whoever waits for it (PTHREAD_PRIO_INHERIT): where
// threads have SCHED_FIFO priorities, one in between cannot keep the owner from letting go.

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <chrono>
#include <thread>

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
    timespec until = at(CLOCK_MONOTONIC, time);
    int error = ::pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &until);
    if (error == EINVAL || error == ENOSYS) {
      // A kernel before 5.14 waits for such a mutex by the clock that may be set alone.
      until = at(CLOCK_REALTIME, time);
      error = ::pthread_mutex_timedlock(&mutex_, &until);
    }
    // Who asks again at once must not keep the processor.
    if (error != 0 && error != ETIMEDOUT) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return error == 0;
  }
  void unlock() { ::pthread_mutex_unlock(&mutex_); }

 private:
  static timespec at(clockid_t clock, std::chrono::nanoseconds later) {
    timespec now{};
    ::clock_gettime(clock, &now);
    const auto sum = std::chrono::nanoseconds(now.tv_nsec) + later;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(sum);
    now.tv_sec += seconds.count();
    now.tv_nsec = (sum - seconds).count();
    return now;
  }

  pthread_mutex_t mutex_;
};

}  // namespace portside
