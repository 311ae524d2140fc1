#pragma once
// BlockStore: the kernel's own pages (pool, descriptors): one sparse segment from which stretches are cut, bound to
// scattered frames, and mapped into the arena. A stretch of the segment never serves twice, so that a stale mapping or
// DMA finds nothing; unless RAM is one segment that is another's as well, where each page lies at its own place. Blocks that
// are to be alone have a segment each, as long as they are few. Not thread safe: under Memory's lock.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "memory/kernel_arena.h"
#include "memory/page_allocator.h"
#include "memory/physical_memory.h"

namespace portside::memory {

class BlockStore {
 public:
  // `ram`: all of RAM as one segment, whose id is `ram_id`: pages then lie where their frames do; null: a segment of its own.
  static Result<std::unique_ptr<BlockStore>> create(PhysicalMemory& physical, PageAllocator& allocator,
                                                    KernelArena& arena, std::shared_ptr<Segment> ram = nullptr,
                                                    SegmentId ram_id = 0);
  ~BlockStore();
  BlockStore(const BlockStore&) = delete;
  BlockStore& operator=(const BlockStore&) = delete;

  // Whole zeroed pages. `range` tells what they are for; base, bytes, pfns and first_page are filled in. The returned
  // range lives in the arena's table.
  Result<KernelRange*> allocate(uint64_t bytes, KernelRange range, Beside beside = Beside::kOthers);
  // The range becomes a former one.
  Result<> free(KernelRange& range, const StackTrace& stack);

 private:
  // Each is a descriptor of the host.
  static constexpr size_t kMostAlone = 64;
  BlockStore(PhysicalMemory& physical, PageAllocator& allocator, KernelArena& arena, std::shared_ptr<Segment> segment,
             SegmentId id, bool in_place)
      : physical_(physical), allocator_(allocator), arena_(arena), segment_(std::move(segment)), id_(id),
        in_place_(in_place) {}
  Result<> map_at(KernelAddress base, const std::vector<uint64_t>& pfns, const Segment* alone);

  PhysicalMemory& physical_;
  PageAllocator& allocator_;
  KernelArena& arena_;
  const std::shared_ptr<Segment> segment_;
  const SegmentId id_;
  const bool in_place_;
  uint64_t next_page_ = 0;
  std::unordered_map<uint64_t, SegmentId> alone_;  // base: the segment of its own
};

}  // namespace portside::memory
