#pragma once
// DmaView::State: a device's mappings of segments, made when first touched. Private to the layer.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "memory/dma_view.h"
#include "memory/physical_memory.h"

namespace portside::memory {

struct DmaView::State {
  // A stream's segment is one window; the pool's, which is huge and sparse, is seen through as many as are needed.
  static constexpr uint64_t kWindowBytes = 16ull << 20;
  static constexpr size_t kMostWindows = 256;
  static constexpr size_t kMostJudged = 1024;

  struct Window {
    std::shared_ptr<Segment> segment;
    std::byte* base = nullptr;
    uint64_t offset = 0, bytes = 0;
    void unmap() const;
  };
  using Key = std::pair<SegmentId, uint64_t>;  // and the window's number

  explicit State(PhysicalMemory& p) : physical(p) {}
  ~State();

  Result<std::byte*> page_locked(PhysicalAddress at) REQUIRES(mutex);
  template <class Copy>
  Result<> for_each_piece(PhysicalAddress at, uint64_t bytes, Copy&& copy) EXCLUDES(mutex);

  PhysicalMemory& physical;
  std::function<void(PhysicalAddress, uint64_t bytes, const Status&)> report;
  // Why a device may not touch these bytes of one page, asked when the page is met and after every change of ownership.
  std::function<Result<>(PhysicalAddress, uint64_t bytes)> judge;
  const std::atomic<uint64_t>* ownership = nullptr;
  // What was judged good at a state of ownership: the page, and how far into it.
  struct Judged {
    uint64_t ownership = 0;
    uint64_t end = 0;
  };
  std::unordered_map<uint64_t, Judged> judged GUARDED_BY(mutex);  // by PFN
  Result<> ask_locked(PhysicalAddress at, uint64_t bytes) REQUIRES(mutex);
  bool restricted = false;
  std::vector<uint64_t> pfns;  // sorted; when restricted
  Mutex mutex;
  std::map<Key, Window> windows GUARDED_BY(mutex);
  uint64_t seen_removals GUARDED_BY(mutex) = 0;
};

}  // namespace portside::memory
