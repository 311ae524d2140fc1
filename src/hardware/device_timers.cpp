#include "hardware/device_timers.h"

namespace portside::hardware {

uint64_t DeviceTimers::add(Nanoseconds due, std::function<void()> work) {
  MutexLock lock(mutex_);
  const uint64_t token = ++last_token_;
  wanted_.emplace(std::pair(due, token), std::move(work));
  due_.emplace(token, due);
  note_next();
  return token;
}

void DeviceTimers::take_back(uint64_t token) {
  MutexLock lock(mutex_);
  const auto found = due_.find(token);
  if (found == due_.end()) return;
  wanted_.erase({found->second, token});
  due_.erase(found);
  note_next();
}

bool DeviceTimers::run_one(Nanoseconds now) {
  std::function<void()> work;
  {
    MutexLock lock(mutex_);
    const auto first = wanted_.begin();
    if (first == wanted_.end() || first->first.first > now) return false;
    work = std::move(first->second);
    due_.erase(first->first.second);
    wanted_.erase(first);
    note_next();
  }
  work();
  return true;
}

void DeviceTimers::note_next() {
  const Nanoseconds next = wanted_.empty() ? Nanoseconds::max() : wanted_.begin()->first.first;
  next_.store(next.count(), std::memory_order_release);
}

}  // namespace portside::hardware
