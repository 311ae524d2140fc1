#pragma once
// DeviceTimers: what devices want to do, and when. Equal times in the order of their setting. Thread safe; work runs with no
// lock held.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"

namespace portside::hardware {

class DeviceTimers {
 public:
  uint64_t add(Nanoseconds due, std::function<void()> work);
  void take_back(uint64_t token);
  // The far future when nothing is wanted. Costs one load: the kernel asks at each of its calls.
  Nanoseconds next_due() const { return Nanoseconds(next_.load(std::memory_order_acquire)); }
  // Runs the first that is due at `now`; false when none is.
  bool run_one(Nanoseconds now);

 private:
  void note_next() REQUIRES(mutex_);

  Mutex mutex_;
  std::map<std::pair<Nanoseconds, uint64_t>, std::function<void()>> wanted_ GUARDED_BY(mutex_);
  std::map<uint64_t, Nanoseconds> due_ GUARDED_BY(mutex_);  // by token
  uint64_t last_token_ GUARDED_BY(mutex_) = 0;
  std::atomic<int64_t> next_{Nanoseconds::max().count()};
};

}  // namespace portside::hardware
