#pragma once
// AccessHistory: who touched each eight bytes of a driver's memory last, as far as a later access may conflict with it. Bounded:
// beyond kMostCells no more memory is looked at, and of one place the oldest accesses are forgotten.

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/stack.h"
#include "kernel/lock_observer.h"

namespace portside::verifier {

struct HeldLock {
  const void* lock = nullptr;
  kernel::LockKind kind{};
  bool shared = false;
  StackTrace acquired_at;
};
// The driver's own locks that a holder held, outermost first.
using LockSet = std::vector<HeldLock>;

struct Access {
  uint64_t id = 0;      // of the holder (kernel/order_observer.h)
  uint32_t holder = 0;  // its number in vector clocks
  uint32_t time = 0;    // of the holder's own clock
  uint8_t bytes = 0;    // bit n: byte n of the eight
  bool write = false;
  std::shared_ptr<const LockSet> locks;  // null: none
  StackTrace stack;
};

class AccessHistory {
 public:
  static constexpr uint64_t kGranule = 8;
  static constexpr size_t kMostCells = 1 << 20;
  static constexpr size_t kMostAccesses = 8;  // of one cell

  struct Cell {
    uint32_t owner = 0;  // the only one to have touched it, while it is not shared
    bool shared = false;
    // The last access, for the many that repeat it.
    uint8_t last_read = 0, last_written = 0;  // bytes
    uint32_t last_holder = ~0u;
    uint32_t last_time = 0;
    std::vector<std::unique_ptr<Access>> accesses;  // since it is shared; oldest first
    std::unique_ptr<Access> guarded;                // an access with a lock of the driver's held

    bool repeats(uint32_t holder, uint32_t time, uint8_t bytes, bool write) const {
      return last_holder == holder && last_time == time &&
             !(bytes & ~(write ? last_written : last_read | last_written));
    }
    void repeat_from(uint32_t holder, uint32_t time, uint8_t bytes, bool write) {
      if (last_holder != holder || last_time != time) last_read = last_written = 0;
      last_holder = holder;
      last_time = time;
      (write ? last_written : last_read) |= bytes;
    }
  };

  // The cell of an address divided by kGranule. Null: none yet, or no room.
  Cell* find(uint64_t granule);
  Cell* make(uint64_t granule, uint32_t owner);
  // Other memory will lie there.
  void forget(uint64_t begin, uint64_t end);

 private:
  static constexpr uint64_t kCellsOfPage = 512;
  using Page = std::array<std::unique_ptr<Cell>, kCellsOfPage>;
  void forget_in(Page& page, uint64_t first, uint64_t end);

  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages_;
  uint64_t last_page_ = ~0ull;  // that find() looked at
  Page* last_ = nullptr;
  size_t cells_ = 0;
};

}  // namespace portside::verifier
