#include "hardware/register_windows.h"

namespace portside::hardware {

bool RegisterWindows::add(const Window& window) {
  MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.page.load(std::memory_order_relaxed)) continue;
    entry.page_bytes.store(window.page_bytes, std::memory_order_relaxed);
    entry.first.store(window.first.value, std::memory_order_relaxed);
    entry.bytes.store(window.bytes, std::memory_order_relaxed);
    entry.page.store(window.page.value, std::memory_order_release);
    return true;
  }
  return false;
}

bool RegisterWindows::remove(KernelAddress page) {
  MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.page.load(std::memory_order_relaxed) != page.value) continue;
    entry.page.store(0, std::memory_order_release);
    return true;
  }
  return false;
}

std::optional<RegisterWindows::Window> RegisterWindows::find(KernelAddress address) const {
  for (const Entry& entry : entries_) {
    const uint64_t page = entry.page.load(std::memory_order_acquire);
    if (!page || address.value < page || address.value - page >= entry.page_bytes.load(std::memory_order_relaxed))
      continue;
    return Window{KernelAddress(page), entry.page_bytes.load(std::memory_order_relaxed),
                  PhysicalAddress(entry.first.load(std::memory_order_relaxed)),
                  entry.bytes.load(std::memory_order_relaxed)};
  }
  return std::nullopt;
}

}  // namespace portside::hardware
