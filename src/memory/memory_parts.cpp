#include "memory/memory_parts.h"

#include <utility>

namespace portside::memory {
MdlEntry* Memory::Parts::resolve_locked(PMDL mdl, Refusal& refusal) {
  if (!mdl) {
    refusal = {MemoryReason::kNullMdl, "the MDL is NULL"};
    return nullptr;
  }
  MdlEntry* entry = registry->live(mdl);
  if (!entry) {
    if (const MdlRecord* freed = registry->freed(mdl))
      refusal = {MemoryReason::kFreedMdl, fmt::format("MDL {} (#{}) was freed", static_cast<void*>(mdl), freed->id)};
    else refusal = {MemoryReason::kForeignMdl, fmt::format("{} is no MDL that was given out", static_cast<void*>(mdl))};
    return nullptr;
  }
  if (entry->record.pages == MdlPages::kFreed) {
    refusal = {MemoryReason::kPagesGone,
               fmt::format("the pages of MDL {} (#{}) were freed", static_cast<void*>(mdl), entry->record.id)};
    return nullptr;
  }
  return entry;
}

Result<> Memory::Parts::map_pages_locked(KernelAddress at, const MdlEntry& entry, ViewAccess access) {
  const uint64_t pages = entry.record.page_count();
  const bool populate = pages * kPageBytes <= KernelArena::kPopulateBytes;
  // The usual case: a segment of its own, whose pages lie in the MDL's order.
  if (entry.segment) return KernelArena::map(at, *entry.segment, 0, pages * kPageBytes, access, populate);
  for (uint64_t first = 0; first < pages;) {
    const FrameContent start = entry.contents[first];
    uint64_t run = 1;
    while (first + run < pages && entry.contents[first + run] == FrameContent{start.segment, start.page + run}) ++run;
    const std::shared_ptr<Segment> segment = physical->segment(start.segment);
    if (!segment) return refuse(MemoryReason::kSourceGone, "the memory that the MDL describes was freed");
    TRY(KernelArena::map(at + first * kPageBytes, *segment, start.page << kPageShift, run * kPageBytes, access,
                         populate));
    first += run;
  }
  return {};
}

Result<KernelAddress> Memory::Parts::make_view_locked(MdlEntry& entry, ViewAccess access, uint32_t cache_type,
                                                      const StackTrace& stack) {
  const uint64_t bytes = entry.record.page_count() * kPageBytes;
  TRY_ASSIGN(const KernelAddress base, arena->place(bytes));
  if (auto mapped = map_pages_locked(base, entry, access); !mapped) {
    (void)KernelArena::unmap(base, bytes);
    return fail(mapped.error());
  }
  KernelRange range;
  range.base = base;
  range.bytes = bytes;
  range.kind = AddressKind::kView;
  range.mdl = entry.record.mdl;
  range.mdl_id = entry.record.id;
  range.cache_type = cache_type;
  range.obtained_at = stack;
  arena->ranges().insert(std::move(range));
  return base;
}

void Memory::Parts::mark_mapped_locked(MdlEntry& entry, KernelAddress view, uint32_t cache_type, MapRequester requester,
                                       const StackTrace& stack) {
  MdlRecord& record = entry.record;
  record.mapped = true;
  ++record.times_mapped;
  record.view = view;
  record.view_bytes = record.page_count() * kPageBytes;
  record.cache_type = cache_type;
  record.requester = requester;
  record.mapped_at = stack;
  record.unmapped_at = {};
  ++live_views;
  live_view_bytes += record.view_bytes;
  if (record.origin != MdlOrigin::kDriverMemory) MdlMemory::show_view(record.mdl, view);
}

Result<> Memory::Parts::drop_view_locked(MdlEntry& entry, const StackTrace& stack) {
  MdlRecord& record = entry.record;
  const KernelAddress base = record.view.page();
  if (base == entry.ready_view) {
    // Not verifying: the view stays with its pages until they are freed.
  } else if (!entry.host_memory) {
    TRY(KernelArena::unmap(base, record.view_bytes));
    arena->ranges().retire(base, stack);
  }
  record.mapped = false;
  record.unmapped_at = stack;
  --live_views;
  live_view_bytes -= record.view_bytes;
  if (record.origin != MdlOrigin::kDriverMemory) MdlMemory::hide_view(record.mdl);
  return {};
}

void Memory::Parts::drop_pages_locked(MdlEntry& entry, const StackTrace& stack) {
  MdlRecord& record = entry.record;
  if (options.ram) empty_frames_locked(record.pfns);
  physical->unbind(record.pfns, record.id);
  ++ownership;
  physical->remove(entry.segment_id);
  allocator->give_back(record.pfns, PageAllocator::Use::kPages);
  record.freed_at = stack;
  record.pages = MdlPages::kFreed;
  if (!entry.ready_view.is_null()) {
    const uint64_t bytes = record.page_count() * kPageBytes;
    // Another user of the segment (a client's or a device's mapping) must not see the next stream's sound.
    const bool ours_alone =
        entry.segment.use_count() == 1 && !entry.segment->given_away() && entry.view_access == ViewAccess::kReadWrite;
    if (ours_alone && cache.has_room(bytes)) {
      if (KernelRange* range = arena->ranges().find_base(entry.ready_view)) range->mdl = nullptr;
      cache.put({std::move(entry.segment), entry.ready_view, bytes});
    } else if (KernelArena::unmap(entry.ready_view, bytes)) {
      arena->ranges().retire(entry.ready_view, stack);
    }
    entry.ready_view = {};
  }
  entry.segment.reset();
}

void Memory::Parts::drop_descriptor_locked(MdlEntry& entry, const StackTrace& stack) {
  const PMDL mdl = entry.record.mdl;
  const bool ours = entry.record.origin != MdlOrigin::kDriverMemory;
  const uint64_t pages = entry.descriptor_pages;
  if (entry.record.freed_at.empty()) entry.record.freed_at = stack;
  if (!ours) {
    registry->forget(mdl);
    return;
  }
  registry->retire(mdl);
  ++ownership;
  descriptors->free(mdl, pages, stack);
}

Refusal Memory::Parts::check_unmap_locked(const MdlEntry& entry, KernelAddress base, MapRequester requester) {
  const MdlRecord& record = entry.record;
  const void* mdl = record.mdl;
  const bool port = record.origin == MdlOrigin::kPortStream;
  if (port != (requester == MapRequester::kPortStream))
    return {MemoryReason::kRequesterMismatch,
            fmt::format("MDL {} (#{}) comes from {}, its view is not {}'s to release", mdl, record.id,
                        origin_name(record.origin), requester_name(requester))};
  if (base.is_null())
    return {MemoryReason::kNullBase, fmt::format("the base is NULL, for MDL {} (#{})", mdl, record.id)};
  if (record.mapped && base == record.view) return {};
  if (!record.mapped && record.times_mapped > 0 && base == record.view)
    return {MemoryReason::kUnmappedTwice,
            fmt::format("the view {:#x} of MDL {} (#{}) is unmapped already", base.value, mdl, record.id)};
  if (record.mapped && base.value - record.view.page().value < record.view_bytes)
    return {MemoryReason::kBaseInsideView,
            fmt::format("{:#x} is {} bytes inside the view {:#x} of MDL {} (#{}), not its base", base.value,
                        base.value - record.view.value, record.view.value, mdl, record.id)};
  const AddressInfo info = describe_locked(base);
  if (info.kind == AddressKind::kView && info.place == AddressPlace::kInside) {
    if (info.mdl_id == record.id && !info.live)
      return {MemoryReason::kUnmappedTwice,
              fmt::format("{:#x} is a former view of MDL {} (#{})", base.value, mdl, record.id)};
    if (info.mdl_id != record.id && info.mdl)
      return {MemoryReason::kBaseOfOtherMdl,
              fmt::format("{:#x} is {}, not of MDL {} (#{})", base.value, info.sentence(), mdl, record.id)};
  }
  if (record.times_mapped == 0)
    return {MemoryReason::kNeverMapped, fmt::format("MDL {} (#{}) has had no view", mdl, record.id)};
  return {MemoryReason::kWrongBase,
          fmt::format("{:#x} is {}, not the view of MDL {} (#{})", base.value, info.sentence(), mdl, record.id)};
}

std::optional<MdlRecord> Memory::Parts::find_locked(PMDL mdl) {
  if (!mdl) return std::nullopt;
  if (const MdlEntry* entry = registry->live(mdl)) return snapshot(*entry);
  if (const MdlRecord* freed = registry->freed(mdl)) return *freed;
  return std::nullopt;
}

AddressInfo Memory::Parts::describe_locked(KernelAddress address) {
  AddressInfo info = arena->describe(address);
  if (!info.mdl) return info;
  info.record = find_locked(info.mdl);
  if (info.record && info.record->id != info.mdl_id) info.record.reset();  // the address of the MDL serves another
  if (info.kind == AddressKind::kView && info.live && info.record) info.live = info.record->mapped;
  return info;
}

std::optional<std::vector<uint64_t>> Memory::Parts::pfns_at_locked(KernelAddress address, uint64_t bytes) {
  std::vector<uint64_t> pfns;
  const KernelAddress end = address + bytes;
  for (KernelAddress at = address.page(); at < end; at = at + kPageBytes) {
    const KernelRange* range = arena->contains(at) ? arena->ranges().find(at) : nullptr;
    if (!range || range->kind == AddressKind::kRegisters) return std::nullopt;
    const uint64_t page = (at - range->base) >> kPageShift;
    if (range->kind != AddressKind::kView) {
      pfns.push_back(range->pfns[page]);
      continue;
    }
    const MdlEntry* entry = range->mdl ? registry->live(range->mdl) : nullptr;
    if (!entry || !entry->record.mapped) return std::nullopt;
    pfns.push_back(entry->record.pfns[page]);
  }
  return pfns;
}

std::vector<FrameContent> Memory::Parts::contents_of(std::span<const uint64_t> pfns) const {
  std::vector<FrameContent> contents;
  contents.reserve(pfns.size());
  for (uint64_t pfn : pfns) contents.push_back(physical->content(pfn));
  return contents;
}

void Memory::Parts::tell(MemoryMishap mishap) {
  if (observers.empty()) return;
  {
    MutexLock lock(mutex);
    if (!mishap.record) mishap.record = find_locked(mishap.mdl);
    if (!mishap.at && !mishap.address.is_null()) mishap.at = describe_locked(mishap.address);
  }
  observers.notify(&MemoryObserver::on_mishap, mishap);
}

std::unexpected<Status> Memory::Parts::refused(MemoryMishap mishap, Refusal refusal) {
  // A mistake is rare: its stack is worth having even when not verifying.
  if (mishap.stack.empty()) mishap.stack = capture_stack();
  mishap.reason = refusal.reason;
  mishap.sentence = refusal.sentence;
  tell(std::move(mishap));
  return refuse(refusal.reason, std::move(refusal.sentence));
}

std::unexpected<Status> Memory::Parts::carried_out(MemoryMishap mishap, Refusal mistake) {
  mishap.carried_out = true;
  return refused(std::move(mishap), std::move(mistake));
}

std::unexpected<Status> Memory::Parts::refused(MemoryMishap mishap, const Status& status) {
  return refused(std::move(mishap), Refusal{reason_of(status), status.sentence()});
}

}  // namespace portside::memory
