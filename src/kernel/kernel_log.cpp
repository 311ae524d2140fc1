#include "kernel/kernel_log.h"

#include <fmt/format.h>

namespace portside::kernel {

std::string EtwRecord::to_string() const {
  static constexpr const char* kSources[] = {"event", "message", "portcls", "wmi", "error-log"};
  std::string line =
      fmt::format("etw {} {} id {} version {} level {} opcode {} task {} keywords 0x{:x}",
                  kSources[static_cast<size_t>(source)], provider, id, version, level, opcode, task, keywords);
  if (!activity.empty()) line += " activity " + activity;
  if (!text.empty()) line += fmt::format(" \"{}\"", text);
  size_t at = 0;
  for (uint32_t size : sizes) {
    line += " [";
    for (uint32_t i = 0; i < size && at < data.size(); ++i, ++at) line += fmt::format("{:02x}", data[at]);
    line += "]";
  }
  return line;
}

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

uint64_t KernelLog::add_provider(std::string provider) {
  MutexLock lock(mutex_);
  providers_.emplace(next_provider_, std::move(provider));
  return next_provider_++;
}

bool KernelLog::remove_provider(uint64_t handle) {
  MutexLock lock(mutex_);
  return providers_.erase(handle) != 0;
}

std::optional<std::string> KernelLog::provider(uint64_t handle) const {
  MutexLock lock(mutex_);
  const auto it = providers_.find(handle);
  if (it == providers_.end()) return std::nullopt;
  return it->second;
}

std::vector<std::string> KernelLog::providers() const {
  MutexLock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [handle, provider] : providers_) out.push_back(provider);
  return out;
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
