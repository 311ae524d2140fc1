#include "memory/block_store.h"

#include <fmt/format.h>

#include <utility>

#include "memory/reason.h"

namespace portside::memory {
namespace {
// Sparse: enough for 2^34 single-page blocks in the life of a machine.
constexpr uint64_t kSegmentBytes = 1ull << 46;
}  // namespace

Result<std::unique_ptr<BlockStore>> BlockStore::create(PhysicalMemory& physical, PageAllocator& allocator,
                                                       KernelArena& arena, std::shared_ptr<Segment> ram,
                                                       SegmentId ram_id) {
  if (ram) return std::unique_ptr<BlockStore>(new BlockStore(physical, allocator, arena, std::move(ram), ram_id, true));
  TRY_ASSIGN(std::shared_ptr<Segment> segment, Segment::create("portside-pool", kSegmentBytes));
  const SegmentId id = physical.add(segment);
  return std::unique_ptr<BlockStore>(new BlockStore(physical, allocator, arena, std::move(segment), id, false));
}

BlockStore::~BlockStore() {
  if (!in_place_) physical_.remove(id_);
}

Result<> BlockStore::map_at(KernelAddress base, const std::vector<uint64_t>& pfns, const Segment* alone) {
  const uint64_t pages = pfns.size();
  if (alone) return KernelArena::map(base, *alone, 0, pages * kPageBytes, ViewAccess::kReadWrite, pages <= 16);
  if (!in_place_)
    return KernelArena::map(base, *segment_, next_page_ << kPageShift, pages * kPageBytes, ViewAccess::kReadWrite,
                            pages <= 16);
  for (uint64_t i = 0; i < pages; ++i) {
    segment_->discard(pfns[i] << kPageShift, kPageBytes);
    TRY(KernelArena::map(base + i * kPageBytes, *segment_, pfns[i] << kPageShift, kPageBytes, ViewAccess::kReadWrite,
                         pages <= 16));
  }
  return {};
}

Result<KernelRange*> BlockStore::allocate(uint64_t bytes, KernelRange range, Beside beside) {
  const uint64_t pages = pages_for(bytes);
  if (pages == 0) return refuse(MemoryReason::kZeroBytes, "an allocation of no bytes");
  if (pages > allocator_.total())
    return refuse(MemoryReason::kExhausted, fmt::format("{} bytes are more than the machine has", bytes));
  if (pages > (kSegmentBytes >> kPageShift) - next_page_)
    return refuse(MemoryReason::kExhausted, "the pool's segment is used up");
  TRY_ASSIGN(const KernelAddress base, arena_.place(pages * kPageBytes));
  // Above 4 GiB first: memory below it is what devices with few address lines need.
  std::vector<uint64_t> pfns = allocator_.take_scattered(
      FrameRange::within(PhysicalAddress(PhysicalMemory::kHighStart), PhysicalAddress(UINT64_MAX)), pages,
      PageAllocator::Use::kPool);
  if (pfns.size() < pages) {
    const std::vector<uint64_t> more =
        allocator_.take_scattered(FrameRange::within(PhysicalAddress(0), PhysicalAddress(UINT64_MAX)),
                                  pages - pfns.size(), PageAllocator::Use::kPool);
    pfns.insert(pfns.end(), more.begin(), more.end());
  }
  if (pfns.size() < pages) {
    allocator_.give_back(pfns, PageAllocator::Use::kPool);
    return refuse(MemoryReason::kExhausted, fmt::format("no {} pages are free for the kernel", pages));
  }
  std::shared_ptr<Segment> alone;
  if (beside == Beside::kNothing && !in_place_ && alone_.size() < kMostAlone)
    alone = Segment::create("portside-page", pages * kPageBytes).value_or(nullptr);  // or else among the others
  if (auto mapped = map_at(base, pfns, alone.get()); !mapped) {
    (void)KernelArena::unmap(base, pages * kPageBytes);
    allocator_.give_back(pfns, PageAllocator::Use::kPool);
    return fail(mapped.error());
  }
  range.base = base;
  range.bytes = pages * kPageBytes;
  if (alone) {
    const SegmentId id = physical_.add(std::move(alone));
    physical_.bind(pfns, id, 0);
    alone_.emplace(base.value, id);
  } else if (in_place_) {
    physical_.bind_in_place(pfns, id_);
  } else {
    physical_.bind(pfns, id_, next_page_);
    range.first_page = next_page_;
    next_page_ += pages;
  }
  range.pfns = std::move(pfns);
  return arena_.ranges().insert(std::move(range));
}

Result<> BlockStore::free(KernelRange& range, const StackTrace& stack) {
  TRY(KernelArena::unmap(range.base, range.bytes));
  const auto alone = alone_.find(range.base.value);
  if (!in_place_ && alone == alone_.end()) segment_->discard(range.first_page << kPageShift, range.bytes);
  for (const uint64_t pfn : in_place_ ? range.pfns : std::vector<uint64_t>())
    segment_->discard(pfn << kPageShift, kPageBytes);
  physical_.unbind(range.pfns, 0);
  if (alone != alone_.end()) {
    physical_.remove(alone->second);
    alone_.erase(alone);
  }
  allocator_.give_back(range.pfns, PageAllocator::Use::kPool);
  arena_.ranges().retire(range.base, stack);
  return {};
}

}  // namespace portside::memory
