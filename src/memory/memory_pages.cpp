// Memory: physical pages with an MDL.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "memory/memory_parts.h"

namespace portside::memory {
namespace {

Refusal check_request(const PageRequest& r) {
  if (r.bytes == 0) return {MemoryReason::kZeroBytes, "zero bytes were asked for"};
  if (r.low > r.high)
    return {MemoryReason::kLowAboveHigh,
            fmt::format("the lowest address {:#x} is above the highest {:#x}", r.low.value, r.high.value)};
  if (r.bytes > kMostMdlBytes)
    return {MemoryReason::kTooManyBytes,
            fmt::format("{} bytes are more than an MDL describes ({})", r.bytes, kMostMdlBytes)};
  if (r.skip_bytes % kPageBytes != 0)
    return {MemoryReason::kBadAlignment, fmt::format("SkipBytes {:#x} is no multiple of a page", r.skip_bytes)};
  if (r.boundary_bytes != 0 && (!std::has_single_bit(r.boundary_bytes) || r.boundary_bytes < kPageBytes))
    return {MemoryReason::kBadAlignment, fmt::format("the boundary {:#x} is no power of two", r.boundary_bytes)};
  return {};
}

// MmAllocatePagesForMdl, SkipBytes: when the range holds too little, it moves up by SkipBytes, again and again.
std::vector<uint64_t> take_pages(PageAllocator& allocator, const PageRequest& r, uint64_t count, bool& any_ram) {
  std::vector<uint64_t> pfns;
  PhysicalAddress low = r.low, high = r.high;
  while (true) {
    const FrameRange range = FrameRange::within(low, high);
    any_ram |= allocator.frames_in(range) > 0;
    if (r.contiguous) {
      pfns = allocator.take_contiguous(range, count, r.boundary_bytes >> kPageShift);
    } else {
      const auto more = allocator.take_scattered(range, count - pfns.size(), PageAllocator::Use::kPages);
      pfns.insert(pfns.end(), more.begin(), more.end());
    }
    const uint64_t top = PhysicalMemory::kHighStart + (allocator.total() << kPageShift);
    if (pfns.size() == count || r.skip_bytes == 0 || low.value >= top || r.skip_bytes > top - low.value) return pfns;
    low = low + r.skip_bytes;
    high = high.value > UINT64_MAX - r.skip_bytes ? PhysicalAddress(UINT64_MAX) : high + r.skip_bytes;
  }
}

}  // namespace

Result<> Memory::Parts::back_with_memory_locked(MdlEntry& entry, const StackTrace& stack) {
  MdlRecord& record = entry.record;
  std::optional<CachedView> cached = options.verify || options.ram ? std::nullopt : cache.take(record.bytes);
  if (options.ram) {
    take_frames_locked(record.pfns);
  } else if (cached) {
    std::memset(cached->view.pointer(), 0,
                cached->bytes);  // its pages served another MDL: they come zeroed all the same
    entry.segment = cached->segment;
  } else {
    TRY_ASSIGN(entry.segment, Segment::create("portside-pages", record.bytes));
  }
  Result<PMDL> mdl = descriptors->allocate(record.page_count(), record.id, stack);
  if (!mdl) {
    if (cached) cache.put(std::move(*cached));
    return fail(mdl.error());
  }
  record.mdl = *mdl;
  entry.descriptor_pages = record.page_count();
  if (cached) {
    entry.ready_view = cached->view;
    KernelRange* range = arena->ranges().find_base(cached->view);
    range->mdl = record.mdl;
    range->mdl_id = record.id;
  } else if (!options.verify && !options.ram && record.bytes <= KernelArena::kPopulateBytes) {
    Result<KernelAddress> view = make_view_locked(entry, ViewAccess::kReadWrite, 0, {});
    if (view) entry.ready_view = *view;  // else map() will try again, and say so
  }
  if (options.ram) {
    physical->bind_in_place(record.pfns, ram_id);
    entry.contents = contents_of(record.pfns);
  } else {
    entry.segment_id = physical->add(entry.segment);
    physical->bind(record.pfns, entry.segment_id, 0);
  }
  ++ownership;
  MdlMemory::initialize(record.mdl, {}, record.bytes, record.page_count());
  MdlMemory::set_pages(record.mdl, record.pfns);
  MdlMemory::set_flags(record.mdl, kMdlPagesLocked, 0);
  return {};
}

Result<MdlRecord> Memory::Parts::allocate_pages_locked(const PageRequest& request, const StackTrace& stack) {
  auto entry = std::make_unique<MdlEntry>();
  MdlRecord& record = entry->record;
  const uint64_t wanted = pages_for(request.bytes);
  bool any_ram = false;
  record.pfns = take_pages(*allocator, request, wanted, any_ram);
  const uint64_t got = record.pfns.size();
  if (!any_ram)
    return refuse(MemoryReason::kNotInRange,
                  fmt::format("there is no RAM between {:#x} and {:#x}", request.low.value, request.high.value));
  if (got == 0 || (got < wanted && !request.may_be_short)) {
    allocator->give_back(record.pfns, PageAllocator::Use::kPages);
    return refuse(MemoryReason::kExhausted,
                  fmt::format("no {} {}pages are free between {:#x} and {:#x}", wanted,
                              request.contiguous ? "contiguous " : "", request.low.value, request.high.value));
  }
  record.id = registry->next_id();
  record.origin = request.origin;
  record.pages = MdlPages::kOwned;
  record.live = true;
  record.contiguous = request.contiguous;
  record.owner = request.owner;
  record.requested_bytes = request.bytes;
  record.bytes = got * kPageBytes;
  record.allocated_at = stack;
  entry->clients = std::make_shared<std::atomic<uint32_t>>(0);
  if (auto backed = back_with_memory_locked(*entry, stack); !backed) {
    allocator->give_back(record.pfns, PageAllocator::Use::kPages);
    return fail(backed.error());
  }
  return snapshot(registry->insert(std::move(entry)));
}

Result<PMDL> Memory::allocate_pages(const PageRequest& request) {
  Parts& p = *parts_;
  MemoryMishap mishap;
  mishap.operation = MemoryOperation::kAllocatePages;
  mishap.bytes = request.bytes;
  mishap.pages = request;
  mishap.origin = request.origin;
  if (Refusal refusal = check_request(request)) return p.refused(std::move(mishap), std::move(refusal));
  mishap.stack = p.stack_when_verifying();
  Result<MdlRecord> record = [&] {
    MutexLock lock(p.mutex);
    return p.allocate_pages_locked(request, mishap.stack);
  }();
  if (!record) return p.refused(std::move(mishap), record.error());
  if (p.observers.empty()) return record->mdl;

  p.observers.notify(&MemoryObserver::on_pages_allocated, *record);
  const uint64_t wanted = pages_for(request.bytes);
  if (record->page_count() < wanted) {
    mishap.reason = MemoryReason::kShortMemory;
    mishap.carried_out = true;
    mishap.mdl = record->mdl;
    mishap.sentence = fmt::format("{} of {} pages were given: memory is short", record->page_count(), wanted);
    p.tell(std::move(mishap));
  }
  return record->mdl;
}

Result<> Memory::free_pages(PMDL mdl, MdlOrigin origin) {
  Parts& p = *parts_;
  MemoryMishap mishap;
  mishap.operation = MemoryOperation::kFreePages;
  mishap.mdl = mdl;
  mishap.origin = origin;
  mishap.stack = p.stack_when_verifying();
  Refusal refusal;
  std::optional<MdlRecord> before, told;
  std::vector<ClientMapping> ended;
  {
    MutexLock lock(p.mutex);
    MdlEntry* entry = p.resolve_locked(mdl, refusal);
    if (!entry) {
      if (refusal.reason == MemoryReason::kFreedMdl || refusal.reason == MemoryReason::kPagesGone)
        refusal.reason = MemoryReason::kFreedTwice;
    } else if (entry->record.origin != origin) {
      refusal = {MemoryReason::kOriginMismatch,
                 fmt::format("MDL {} (#{}) comes from {}, and {}'s function frees it", static_cast<void*>(mdl),
                             entry->record.id, origin_name(entry->record.origin), origin_name(origin))};
    } else {
      // MmGetSystemAddressForMdlSafe, Remarks: MmFreePagesFromMdl releases the view. FreePagesFromMdl does not: "The
      // driver must release the mapping before" (UnmapAllocatedPages).
      if (entry->record.mapped) {
        if (origin == MdlOrigin::kPortStream) before = snapshot(*entry);
        if (auto dropped = p.drop_view_locked(*entry, mishap.stack); !dropped)
          refusal = {reason_of(dropped.error()), dropped.error().sentence()};
      }
      if (auto seen = refusal ? std::nullopt : p.drop_views_beside_locked(*entry, ended)) before = std::move(seen);
      if (!refusal) {
        p.drop_pages_locked(*entry, mishap.stack);
        if (!p.observers.empty()) told = snapshot(*entry);
        if (origin == MdlOrigin::kPortStream) p.drop_descriptor_locked(*entry, mishap.stack);
      }
    }
  }
  if (refusal) return p.refused(std::move(mishap), std::move(refusal));
  Result<> result;
  if (before) {
    mishap.address = before->view;
    mishap.record = std::move(before);
    Refusal why{MemoryReason::kFreedWhileMapped,
                fmt::format("MDL {} (#{}) was freed while its view {:#x} was mapped", static_cast<void*>(mdl),
                            mishap.record->id, mishap.record->view.value)};
    result = p.carried_out(std::move(mishap), std::move(why));
  }
  if (told) p.observers.notify(&MemoryObserver::on_pages_freed, *told);
  return result;
}

bool Memory::release_descriptor(const void* descriptor) {
  Parts& p = *parts_;
  const PMDL mdl = static_cast<PMDL>(const_cast<void*>(descriptor));
  const StackTrace stack = p.stack_when_verifying();
  MutexLock lock(p.mutex);
  MdlEntry* entry = p.registry->live(mdl);
  // "After calling MmFreePagesFromMdl, the caller must also call ExFreePool".
  if (!entry || entry->record.origin != MdlOrigin::kMmAllocatePages || entry->record.pages != MdlPages::kFreed)
    return false;
  p.drop_descriptor_locked(*entry, stack);
  return true;
}

Result<uint32_t> Memory::page_count(PMDL mdl) {
  Refusal refusal;
  uint32_t count = 0;
  {
    MutexLock lock(parts_->mutex);
    if (const MdlEntry* entry = parts_->resolve_locked(mdl, refusal))
      count = static_cast<uint32_t>(entry->record.page_count());
  }
  if (!refusal) return count;
  return parts_->refused({.operation = MemoryOperation::kQuery, .mdl = mdl}, std::move(refusal));
}

Result<PhysicalAddress> Memory::page_address(PMDL mdl, uint32_t index) {
  Refusal refusal;
  PhysicalAddress address;
  {
    MutexLock lock(parts_->mutex);
    if (const MdlEntry* entry = parts_->resolve_locked(mdl, refusal)) {
      // GetPhysicalPageAddress, Remarks: "from zero to the count"; the count itself names no page.
      if (index < entry->record.page_count()) address = PhysicalAddress(entry->record.pfns[index] << kPageShift);
      else
        refusal = {MemoryReason::kIndexOutOfRange,
                   fmt::format("page {} of MDL {} (#{}), which has {}", index, static_cast<void*>(mdl),
                               entry->record.id, entry->record.page_count())};
    }
  }
  if (!refusal) return address;
  return parts_->refused({.operation = MemoryOperation::kQuery, .mdl = mdl, .index = index}, std::move(refusal));
}

}  // namespace portside::memory
