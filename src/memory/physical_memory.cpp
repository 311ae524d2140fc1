#include "memory/physical_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "memory/reason.h"

namespace portside::memory {
namespace {
// A frame's word: 0 = never used; the top bit set = freed, the rest the MDL's id; else segment << 36 | page.
constexpr uint64_t kFreed = 1ull << 63;
constexpr unsigned kPageBits = 36;
constexpr SegmentId kLastSegment = (1u << 27) - 1;

constexpr uint64_t pack(SegmentId segment, uint64_t page) { return uint64_t{segment} << kPageBits | page; }
constexpr FrameContent unpack(uint64_t word) {
  if (word == 0 || (word & kFreed)) return {};
  return {static_cast<SegmentId>(word >> kPageBits), word & ((1ull << kPageBits) - 1)};
}
}  // namespace

Result<std::unique_ptr<PhysicalMemory>> PhysicalMemory::create(uint64_t low_bytes, uint64_t high_bytes) {
  if (low_bytes > kLowLimit - kLowStart)
    return refuse(MemoryReason::kTooManyBytes,
                  fmt::format("{} bytes of RAM do not fit below the devices at {:#x}", low_bytes, kLowLimit));
  if (high_bytes > 1ull << 40) return refuse(MemoryReason::kTooManyBytes, "more than 1 TiB of RAM above 4 GiB");
  const uint64_t low = low_bytes >> kPageShift, high = high_bytes >> kPageShift;
  if (low + high == 0) return refuse(MemoryReason::kZeroBytes, "a machine needs RAM");
  return std::unique_ptr<PhysicalMemory>(new PhysicalMemory(low, high));
}

std::optional<uint64_t> PhysicalMemory::index_of(uint64_t pfn) const {
  if (pfn >= kFirstLowPfn && pfn - kFirstLowPfn < low_frames_) return pfn - kFirstLowPfn;
  if (pfn >= kFirstHighPfn && pfn - kFirstHighPfn < high_frames_) return low_frames_ + (pfn - kFirstHighPfn);
  return std::nullopt;
}

PhysicalMemory::Indices PhysicalMemory::low_indices(uint64_t first_pfn, uint64_t last_pfn) const {
  if (low_frames_ == 0) return {};
  const uint64_t first = std::max(first_pfn, kFirstLowPfn), last = std::min(last_pfn, kFirstLowPfn + low_frames_ - 1);
  if (first > last) return {};
  return {first - kFirstLowPfn, last - kFirstLowPfn + 1};
}

PhysicalMemory::Indices PhysicalMemory::high_indices(uint64_t first_pfn, uint64_t last_pfn) const {
  if (high_frames_ == 0) return {};
  const uint64_t first = std::max(first_pfn, kFirstHighPfn),
                 last = std::min(last_pfn, kFirstHighPfn + high_frames_ - 1);
  if (first > last) return {};
  return {low_frames_ + (first - kFirstHighPfn), low_frames_ + (last - kFirstHighPfn) + 1};
}

SegmentId PhysicalMemory::add(std::shared_ptr<Segment> segment) {
  MutexLock lock(mutex_);
  // Ids are not used again soon: a frame's word of long ago must not fit a segment of today.
  while (segments_.contains(next_segment_)) next_segment_ = next_segment_ == kLastSegment ? 1 : next_segment_ + 1;
  const SegmentId id = next_segment_;
  next_segment_ = id == kLastSegment ? 1 : id + 1;
  segments_.emplace(id, std::move(segment));
  return id;
}

void PhysicalMemory::remove(SegmentId id) {
  std::shared_ptr<Segment> last;  // closed outside the lock
  MutexLock lock(mutex_);
  if (auto found = segments_.find(id); found != segments_.end()) {
    last = std::move(found->second);
    segments_.erase(found);
    ++removals_;
  }
}

std::shared_ptr<Segment> PhysicalMemory::segment(SegmentId id) const {
  MutexLock lock(mutex_);
  const auto found = segments_.find(id);
  return found == segments_.end() ? nullptr : found->second;
}

uint64_t PhysicalMemory::segments() const {
  MutexLock lock(mutex_);
  return segments_.size();
}

uint64_t PhysicalMemory::removals() const {
  MutexLock lock(mutex_);
  return removals_;
}

void PhysicalMemory::bind(std::span<const uint64_t> pfns, SegmentId segment, uint64_t first_page) {
  MutexLock lock(mutex_);
  for (uint64_t pfn : pfns)
    if (auto index = index_of(pfn)) words_.set(*index, pack(segment, first_page++));
}

void PhysicalMemory::bind_in_place(std::span<const uint64_t> pfns, SegmentId segment) {
  MutexLock lock(mutex_);
  for (uint64_t pfn : pfns)
    if (auto index = index_of(pfn)) words_.set(*index, pack(segment, pfn));
}

uint64_t PhysicalMemory::freed_with(uint64_t pfn) const {
  const auto index = index_of(pfn);
  if (!index) return 0;
  MutexLock lock(mutex_);
  const uint64_t word = words_.get(*index);
  return word & kFreed ? word & ~kFreed : 0;
}

void PhysicalMemory::unbind(std::span<const uint64_t> pfns, uint64_t mdl_id) {
  MutexLock lock(mutex_);
  for (uint64_t pfn : pfns)
    if (auto index = index_of(pfn)) words_.set(*index, kFreed | mdl_id);
}

FrameContent PhysicalMemory::content(uint64_t pfn) const {
  const auto index = index_of(pfn);
  if (!index) return {};
  MutexLock lock(mutex_);
  return unpack(words_.get(*index));
}

Result<FrameLocation> PhysicalMemory::locate(PhysicalAddress address) const {
  const auto index = index_of(address.value >> kPageShift);
  if (!index)
    return refuse(MemoryReason::kNotInRange, fmt::format("there is no RAM at physical address {:#x}", address.value));
  MutexLock lock(mutex_);
  const uint64_t word = words_.get(*index);
  const FrameContent content = unpack(word);
  if (content.segment) {
    if (auto found = segments_.find(content.segment); found != segments_.end())
      return FrameLocation{found->second, content.segment, (content.page << kPageShift) + address.offset_in_page()};
  }
  const uint64_t mdl_id = word & kFreed ? word & ~kFreed : 0;
  return refuse(MemoryReason::kAddressNotValid,
                mdl_id ? fmt::format("the page at physical address {:#x} was freed with MDL #{}", address.value, mdl_id)
                       : fmt::format("the page at physical address {:#x} is not allocated", address.value));
}

}  // namespace portside::memory
