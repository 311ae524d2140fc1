#pragma once
// PageAllocator: which page frames are free. Scatters on purpose: no two consecutive pages of a scattered allocation
// are physically adjacent unless memory makes it unavoidable, so that a driver which takes the first address and
// counts up is found out at once. Seeded. Freed frames wait in a bounded quarantine before they serve again.
// Not thread safe: under Memory's lock.

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/random.h"
#include "memory/page_request.h"
#include "memory/physical_memory.h"

namespace portside::memory {

// Frames whose every byte is inside [low, high]; the range may be empty.
struct FrameRange {
  uint64_t first_pfn = 1, last_pfn = 0;
  static FrameRange within(PhysicalAddress low, PhysicalAddress high);
  bool empty() const { return first_pfn > last_pfn; }
};

class PageAllocator {
 public:
  PageAllocator(const PhysicalMemory& physical, Random random, uint64_t frame_limit, uint64_t quarantine);

  // PFNs in the order in which the MDL names them; fewer than asked when memory is short. `pool`: for the kernel's own
  // use, which may take the reserve and is not subject to the limit.
  enum class Use : uint8_t { kPages, kPool };
  std::vector<uint64_t> take_scattered(FrameRange range, uint64_t count, Use use);
  // All, one after the other, or none. boundary_pages: a run does not cross a multiple of it (0: any).
  std::vector<uint64_t> take_contiguous(FrameRange range, uint64_t count, uint64_t boundary_pages);
  void give_back(std::span<const uint64_t> pfns, Use use);

  // How many frames there are at all, free or not.
  uint64_t frames_in(FrameRange range) const;
  void set_limit(uint64_t frames) { limit_ = frames; }
  uint64_t used() const { return used_pages_ + used_pool_; }
  uint64_t quarantined() const { return quarantine_.size(); }
  uint64_t total() const { return physical_.frames(); }

 private:
  using Indices = PhysicalMemory::Indices;
  struct Candidates {  // the dense indices of a range: below and above 4 GiB
    Indices low, high;
    uint64_t count() const { return low.count() + high.count(); }
    uint64_t at(uint64_t i) const { return i < low.count() ? low.first + i : high.first + (i - low.count()); }
  };
  Candidates candidates(FrameRange range) const;
  bool is_free(uint64_t index) const { return free_[index / 64] >> (index % 64) & 1; }
  void mark_free(uint64_t index) { free_[index / 64] |= 1ull << (index % 64); }
  void mark_used(uint64_t index) { free_[index / 64] &= ~(1ull << (index % 64)); }
  uint64_t free_in(const Candidates& c) const;
  uint64_t free_in(Indices indices) const;
  // The next free index in [from, end) whose frame is not next to `beside`; kNone when there is none.
  uint64_t next_free(uint64_t from, uint64_t end, uint64_t beside) const;
  uint64_t pick(const Candidates& c, uint64_t beside);
  std::vector<uint64_t> spread(const Candidates& c, std::vector<uint64_t> taken);
  bool adjacent(uint64_t a, uint64_t b) const;
  uint64_t allowance(Use use) const;
  void make_room(const Candidates& c, uint64_t count);
  void release_quarantine();
  uint64_t run_in(Indices indices, uint64_t from, uint64_t end, uint64_t count, uint64_t boundary_pages) const;

  static constexpr uint64_t kNone = UINT64_MAX;
  const PhysicalMemory& physical_;
  Random random_;
  uint64_t limit_;
  const uint64_t quarantine_bound_;
  const uint64_t reserve_;           // frames that only the kernel's own use may take
  std::vector<uint64_t> free_;       // one bit a frame
  std::deque<uint64_t> quarantine_;  // dense indices, oldest first
  uint64_t used_pages_ = 0;
  uint64_t used_pool_ = 0;
};

}  // namespace portside::memory
