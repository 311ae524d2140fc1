// Memory: views of RAM by its physical address (MmMapIoSpace).

#include "memory/memory_parts.h"

namespace portside::memory {

Result<KernelAddress> Memory::map_physical(PhysicalAddress first, uint64_t bytes, uint32_t cache_type) {
  Parts& p = *parts_;
  if (bytes == 0) return refuse(MemoryReason::kZeroBytes, "a view of no bytes");
  if (bytes > UINT64_MAX - first.value - kPageBytes)
    return refuse(MemoryReason::kTooManyBytes,
                  fmt::format("{:#x} bytes at {:#x} pass the end of physical memory", bytes, first.value));
  const StackTrace stack = p.stack_when_verifying();
  const uint64_t offset = first.value % kPageBytes;
  const uint64_t pages = (offset + bytes + kPageBytes - 1) / kPageBytes;
  MutexLock lock(p.mutex);
  // Every page is known before anything is mapped: a refused request changes nothing.
  std::vector<FrameLocation> frames;
  for (uint64_t i = 0; i < pages; ++i) {
    auto frame = p.physical->locate(PhysicalAddress(first.value - offset + i * kPageBytes));
    if (!frame) return refuse(MemoryReason::kNotInRange, frame.error().sentence());
    frames.push_back(std::move(*frame));
  }
  TRY_ASSIGN(const KernelAddress base, p.arena->place(pages * kPageBytes));
  for (uint64_t i = 0; i < pages; ++i) {
    auto mapped = KernelArena::map(base + i * kPageBytes, *frames[i].segment, frames[i].offset, kPageBytes,
                                   ViewAccess::kReadWrite, true);
    if (mapped) continue;
    (void)KernelArena::unmap(base, pages * kPageBytes);
    return fail(mapped.error());
  }
  KernelRange range;
  range.base = base;
  range.bytes = pages * kPageBytes;
  range.kind = AddressKind::kView;
  range.cache_type = cache_type;
  range.obtained_at = stack;
  p.arena->ranges().insert(std::move(range));
  p.physical_views.emplace(base.value, pages);
  return base + offset;
}

Result<> Memory::unmap_physical(KernelAddress base, uint64_t bytes) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  MutexLock lock(p.mutex);
  const auto view = p.physical_views.find(base.page().value);
  const uint64_t pages = (base.offset_in_page() + bytes + kPageBytes - 1) / kPageBytes;
  if (view == p.physical_views.end() || view->second != pages)
    return refuse(
        MemoryReason::kWrongBase,
        fmt::format("{:#x}, {} bytes: no view of physical memory begins there and is so long", base.value, bytes));
  TRY(KernelArena::unmap(base.page(), pages * kPageBytes));
  p.arena->ranges().retire(base.page(), stack);
  p.physical_views.erase(view);
  return {};
}

Result<KernelAddress> Memory::reserve_registers(PhysicalAddress first, uint64_t bytes, uint32_t cache_type) {
  Parts& p = *parts_;
  if (bytes == 0) return refuse(MemoryReason::kZeroBytes, "a view of no bytes");
  const StackTrace stack = p.stack_when_verifying();
  MutexLock lock(p.mutex);
  KernelRange range;
  range.bytes = round_up_to_page(first.value % kPageBytes + bytes);
  range.kind = AddressKind::kRegisters;
  range.tag = first.value;
  range.cache_type = cache_type;
  range.obtained_at = stack;
  TRY_ASSIGN(range.base, p.arena->place(range.bytes));
  return p.arena->ranges().insert(std::move(range))->base;
}

Result<> Memory::release_registers(KernelAddress page) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  MutexLock lock(p.mutex);
  const KernelRange* range = p.arena->ranges().find_base(page);
  if (!range || range->kind != AddressKind::kRegisters)
    return refuse(MemoryReason::kWrongBase, fmt::format("no view of registers begins at {:#x}", page.value));
  p.arena->ranges().retire(page, stack);
  return {};
}

std::vector<Memory::PhysicalRange> Memory::physical_ranges() const {
  const PhysicalMemory& ram = *parts_->physical;
  std::vector<PhysicalRange> ranges;
  if (const uint64_t low = ram.low_frames())
    ranges.push_back({PhysicalAddress(ram.pfn_of(0) << kPageShift), low << kPageShift});
  if (const uint64_t high = ram.frames() - ram.low_frames())
    ranges.push_back({PhysicalAddress(ram.pfn_of(ram.low_frames()) << kPageShift), high << kPageShift});
  return ranges;
}

}  // namespace portside::memory
