#pragma once
// DmaView::State: a device's mappings of segments, made when first touched. Private to the layer.

#include <functional>
#include <map>
#include <memory>
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
  bool restricted = false;
  std::vector<uint64_t> pfns;  // sorted; when restricted
  Mutex mutex;
  std::map<Key, Window> windows GUARDED_BY(mutex);
  uint64_t seen_removals GUARDED_BY(mutex) = 0;
};

}  // namespace portside::memory
