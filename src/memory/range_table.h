#pragma once
// RangeTable: what every address of the arena is, and what it was: the live ranges, and a bounded history of former
// ones. Not thread safe: under Memory's lock.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/address.h"
#include "base/stack.h"
#include "memory/address_info.h"

namespace portside::memory {

// A view, a block or a descriptor, with an inaccessible page on either side that is not counted in `bytes`.
struct KernelRange {
  KernelAddress base;
  uint64_t bytes = 0;
  AddressKind kind = AddressKind::kBlock;
  PMDL mdl = nullptr;  // kView, kDescriptor
  uint64_t mdl_id = 0;
  uint64_t tag = 0;
  uint32_t cache_type = 0;
  std::vector<uint64_t> pfns;  // empty for a view: its MDL has them
  uint64_t first_page = 0;     // of a block, in the pool's segment
  StackTrace obtained_at;
  StackTrace released_at;
};

class RangeTable {
 public:
  explicit RangeTable(uint32_t former_bound) : former_bound_(former_bound) {}

  KernelRange* insert(KernelRange range);
  // The live range that holds the address; null in a guard page.
  KernelRange* find(KernelAddress address);
  KernelRange* find_base(KernelAddress base);
  // The range becomes a former one.
  void retire(KernelAddress base, const StackTrace& released_at);
  // The former range that starts at base; null when there was none or it is forgotten.
  const KernelRange* former_at(KernelAddress base) const;

  // Fills everything but `record`.
  AddressInfo describe(KernelAddress address) const;
  // The first address at or above `from` where `bytes` lie clear of every live range and its guard pages.
  uint64_t first_gap(uint64_t from, uint64_t bytes) const;
  // Calls with (start, end) for each stretch of [from, to) that no live range or guard page touches.
  template <class F>
  void for_each_gap(uint64_t from, uint64_t to, F&& call) const {
    uint64_t at = from;
    auto next = live_.upper_bound(from);
    if (next != live_.begin()) at = std::max(at, end_of(std::prev(next)->second));
    for (; next != live_.end() && next->first - kPageBytes < to; ++next) {
      if (next->first - kPageBytes > at) call(at, next->first - kPageBytes);
      at = end_of(next->second);
    }
    if (at < to) call(at, to);
  }

  // The live range, else the youngest former one, that has or had the page frame; null: none is known. Looks at all of them.
  const KernelRange* find_frame(uint64_t pfn, bool& is_live, uint64_t& page) const;

  uint64_t live(AddressKind kind) const { return counts_[static_cast<size_t>(kind)]; }
  uint64_t live_bytes(AddressKind kind) const { return bytes_[static_cast<size_t>(kind)]; }
  uint64_t former() const { return former_.size(); }

 private:
  static uint64_t end_of(const KernelRange& r) { return r.base.value + r.bytes + kPageBytes; }  // with its guard page
  struct Former {
    KernelRange range;
    uint64_t sequence;
  };

  const uint32_t former_bound_;
  std::map<uint64_t, KernelRange> live_;  // by base
  std::map<uint64_t, Former> former_;
  std::deque<std::pair<uint64_t, uint64_t>> former_order_;  // base, sequence
  uint64_t next_sequence_ = 0;
  uint64_t counts_[8] = {}, bytes_[8] = {};
};

}  // namespace portside::memory
