#pragma once
// RegisterWindows: which kernel addresses are views of devices' registers. Looked at in a fault handler: finding takes no lock.

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/mutex.h"

namespace portside::hardware {

class RegisterWindows {
 public:
  static constexpr size_t kMost = 256;

  struct Window {
    KernelAddress page;       // where the view begins
    uint64_t page_bytes = 0;  // whole pages
    PhysicalAddress first;    // what the driver asked for
    uint64_t bytes = 0;
    KernelAddress base() const { return page + first.offset_in_page(); }
    PhysicalAddress physical(KernelAddress at) const { return first.page() + (at - page); }
    bool holds(PhysicalAddress at, uint64_t count) const { return at >= first && at - first + count <= bytes; }
  };

  // False when there are too many.
  bool add(const Window& window);
  bool remove(KernelAddress page);
  std::optional<Window> find(KernelAddress address) const;

 private:
  struct Entry {
    std::atomic<uint64_t> page{0}, page_bytes{0}, first{0}, bytes{0};  // page 0: free
  };
  Mutex mutex_;  // of those who change it
  std::array<Entry, kMost> entries_;
};

}  // namespace portside::hardware
