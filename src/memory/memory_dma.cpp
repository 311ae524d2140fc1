// Memory: whose the memory is that a device reaches, and what becomes of RAM that a device in another process reaches unseen.

#include <algorithm>

#include "memory/memory_parts.h"

namespace portside::memory {

// A page is good when a live MDL describes it, or when it was allocated to be contiguous (common buffers are). Pool that no
// MDL describes was never meant for a device ("Do not use this routine to obtain physical addresses for use with DMA
// operations", MmGetPhysicalAddress); nor are the pages of MDLs themselves.
Refusal Memory::Parts::judge_dma_locked(PhysicalAddress at, uint64_t bytes, MemoryMishap& mishap) {
  const uint64_t pfn = at.value >> kPageShift;
  const MdlEntry* owner = nullptr;
  registry->for_each_live([&](const MdlEntry& entry) {
    if (entry.record.pages != MdlPages::kFreed && std::ranges::find(entry.record.pfns, pfn) != entry.record.pfns.end())
      owner = &entry;
  });
  if (owner) return {};
  bool live = false;
  uint64_t page = 0;
  const KernelRange* range = arena->ranges().find_frame(pfn, live, page);
  const bool allocated = physical->content(pfn).segment != 0;
  if (!allocated) {
    if (const uint64_t id = physical->freed_with(pfn)) {
      if (const MdlRecord* record = registry->freed_by_id(id)) mishap.record = *record;
      return {MemoryReason::kDmaToFreed,
              fmt::format("the page at physical address {:#x} was freed with MDL #{}", at.value, id)};
    }
    if (!range || live) return {};
  }
  if (!range) return {};
  AddressInfo info;
  info.kind = range->kind;
  info.live = live;
  info.base = range->base;
  info.bytes = range->bytes;
  info.offset = static_cast<int64_t>((page << kPageShift) + at.offset_in_page());
  info.mdl = range->mdl;
  info.tag = range->tag;
  info.obtained_at = range->obtained_at;
  info.released_at = range->released_at;
  mishap.at = info;
  if (!allocated || !live)
    return {MemoryReason::kDmaToFreed, fmt::format("physical address {:#x} is {}", at.value, info.sentence())};
  if (range->kind == AddressKind::kDescriptor)
    return {MemoryReason::kOutsideSource,
            fmt::format("physical address {:#x} is {}: the system's own memory", at.value, info.sentence())};
  if (!contiguous.contains(range->base.value))
    return {MemoryReason::kDmaToForeign,
            fmt::format(
                "physical address {:#x} is {}: memory that no MDL describes, and that was not allocated for a device",
                at.value, info.sentence())};
  if (static_cast<uint64_t>(info.offset) + bytes > range->tag)
    return {MemoryReason::kDmaPastEnd,
            fmt::format("physical address {:#x}, {} bytes: past the end of a buffer of {} bytes", at.value, bytes,
                        range->tag)};
  return {};
}

Result<> Memory::Parts::judge_dma(PhysicalAddress at, uint64_t bytes) {
  MemoryMishap ignored;
  MutexLock lock(mutex);
  if (Refusal refusal = judge_dma_locked(at, bytes, ignored))
    return refuse(refusal.reason, std::move(refusal.sentence));
  return {};
}

// Whose a frame is: "of MDL #7". Empty: nobody's.
std::string Memory::Parts::owner_of_frame_locked(uint64_t pfn) {
  if (!physical->content(pfn).segment) return {};
  std::string owner;
  registry->for_each_live([&](const MdlEntry& entry) {
    if (entry.record.pages != MdlPages::kFreed && std::ranges::find(entry.record.pfns, pfn) != entry.record.pfns.end())
      owner = fmt::format("of MDL #{}", entry.record.id);
  });
  if (!owner.empty()) return owner;
  bool live = false;
  uint64_t page = 0;
  const KernelRange* range = arena->ranges().find_frame(pfn, live, page);
  return range && live ? fmt::format("of the block at {:#x}", range->base.value) : std::string("allocated");
}

// Of an address that is nobody's, what it may have been meant to be: a sentence's end. Empty: no idea.
std::string Memory::Parts::meant_address_locked(PhysicalAddress at) {
  const uint64_t low = at.value & 0xFFFF'FFFF;
  for (uint64_t other = low; other == low || physical->index_of(other >> kPageShift); other += 1ull << 32)
    if (other != at.value)
      if (const std::string owner = owner_of_frame_locked(other >> kPageShift); !owner.empty())
        return fmt::format(
            "; the page at {:#x}, with the same lower 32 bits, is {}: were all of the address's bits written?",
            other & ~(kPageBytes - 1), owner);
  if (const std::string owner = owner_of_frame_locked((at.value >> kPageShift) - 1); !owner.empty())
    return fmt::format("; the page before it is {}", owner);
  return {};
}

void Memory::Parts::tell_dma(const std::string& device, PhysicalAddress at, uint64_t bytes, const Status& status) {
  MemoryMishap mishap{.operation = MemoryOperation::kDma, .bytes = bytes};
  mishap.device = device;
  mishap.pages.low = at;
  mishap.carried_out = reason_of(status) == MemoryReason::kDmaToForeign;
  std::string meant;
  {
    MutexLock lock(mutex);
    // Of the bytes that were refused, the first page that is not the device's.
    for (uint64_t done = 0; done < bytes && !mishap.record && !mishap.at;) {
      const PhysicalAddress here = at + done;
      const uint64_t length = std::min(bytes - done, kPageBytes - here.offset_in_page());
      if (judge_dma_locked(here, length, mishap)) break;
      mishap.at.reset();
      mishap.record.reset();
      if (meant.empty() && !physical->content(here.value >> kPageShift).segment) meant = meant_address_locked(here);
      done += length;
    }
    if (mishap.record || mishap.at) meant.clear();
  }
  (void)refused(std::move(mishap), Refusal{reason_of(status), status.sentence() + meant});
}

void Memory::Parts::empty_frames_locked(std::span<const uint64_t> pfns) {
  for (const uint64_t pfn : pfns) options.ram->discard(pfn << kPageShift, kPageBytes);
}

void Memory::Parts::take_frames_locked(std::span<const uint64_t> pfns) {
  for (const uint64_t pfn : pfns) {
    if (options.verify) note_if_touched_locked(pfn);
    options.ram->discard(pfn << kPageShift, kPageBytes);
  }
}

void Memory::Parts::note_if_touched_locked(uint64_t pfn) {
  const uint64_t offset = pfn << kPageShift;
  const auto touched = options.ram->next_touched(offset);
  if (!touched || *touched >= offset + kPageBytes) return;
  std::byte bytes[kPageBytes] = {};
  (void)options.ram->read(offset, bytes);
  const bool written = std::ranges::any_of(bytes, [](std::byte b) { return b != std::byte{0}; });
  MemoryMishap mishap{.operation = MemoryOperation::kDma,
                      .reason = MemoryReason::kDmaToFreed,
                      .carried_out = true,
                      .bytes = kPageBytes};
  mishap.device = "a device";
  mishap.pages.low = PhysicalAddress(offset);
  Refusal refusal = judge_dma_locked(PhysicalAddress(offset), kPageBytes, mishap);
  mishap.sentence =
      refusal ? refusal.sentence : fmt::format("the page at physical address {:#x} is not allocated", offset);
  mishap.sentence +=
      written ? ", and a device has written to it since" : ", and a device has read it since (or has written zeros)";
  if (!refusal) mishap.reason = MemoryReason::kAddressNotValid;
  touched_frames.push_back(std::move(mishap));
}

void Memory::check_freed_pages() {
  Parts& p = *parts_;
  if (!p.options.ram) return;
  std::vector<MemoryMishap> told;
  {
    MutexLock lock(p.mutex);
    uint64_t at = PhysicalMemory::kLowStart;
    while (const auto start = p.options.ram->next_touched(at)) {
      at = p.options.ram->end_of_touched(*start);
      for (uint64_t offset = *start & ~(kPageBytes - 1); offset < at; offset += kPageBytes) {
        const uint64_t pfn = offset >> kPageShift;
        if (p.physical->content(pfn).segment || !p.physical->index_of(pfn)) continue;
        p.note_if_touched_locked(pfn);
        p.options.ram->discard(offset, kPageBytes);
      }
    }
    told.swap(p.touched_frames);
  }
  for (MemoryMishap& mishap : told) p.observers.notify(&MemoryObserver::on_mishap, mishap);
}

}  // namespace portside::memory
