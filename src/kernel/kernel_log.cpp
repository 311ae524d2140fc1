#include "kernel/kernel_log.h"

namespace portside::kernel {

void KernelLog::print(LogLine line) {
  observers_.notify(&LogObserver::on_line, line);
  MutexLock lock(mutex_);
  if (lines_.size() == kKept) lines_.pop_front();
  lines_.push_back(std::move(line));
}

void KernelLog::trace(EtwRecord event) {
  observers_.notify(&LogObserver::on_event, event);
  MutexLock lock(mutex_);
  if (events_.size() == kKept) events_.pop_front();
  events_.push_back(std::move(event));
}

std::vector<LogLine> KernelLog::lines() const {
  MutexLock lock(mutex_);
  return {lines_.begin(), lines_.end()};
}

std::vector<EtwRecord> KernelLog::events() const {
  MutexLock lock(mutex_);
  return {events_.begin(), events_.end()};
}

}  // namespace portside::kernel
