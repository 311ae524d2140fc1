// Memory: MDLs over memory that exists already: IoAllocateMdl and what may be built with it.
#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "memory/memory_parts.h"

namespace portside::memory {
namespace {

uint64_t pages_spanned(KernelAddress address, uint64_t bytes) { return pages_for(address.offset_in_page() + bytes); }

// Whether the host has memory there that allows the access, and makes it resident. Nothing is written.
bool probe_host_memory(KernelAddress address, uint64_t bytes, ViewAccess access) {
  if (bytes == 0 || address.value < 0x10000) return false;
  return ::madvise(KernelAddress(address.page()).pointer(), pages_spanned(address, bytes) * kPageBytes,
                   access == ViewAccess::kReadOnly ? MADV_POPULATE_READ : MADV_POPULATE_WRITE) == 0;
}

}  // namespace

Result<PMDL> Memory::allocate_mdl(KernelAddress described, uint64_t bytes, const void* owner) {
  Parts& p = *parts_;
  MemoryMishap mishap{.operation = MemoryOperation::kAllocateMdl, .address = described, .bytes = bytes};
  if (bytes > kMostMdlBytes)
    return p.refused(std::move(mishap), Refusal{MemoryReason::kTooManyBytes,
                                                fmt::format("{} bytes are more than an MDL describes", bytes)});
  mishap.stack = p.stack_when_verifying();
  Result<PMDL> mdl = [&]() -> Result<PMDL> {
    MutexLock lock(p.mutex);
    return p.allocate_mdl_locked(described, bytes, owner, mishap.stack);
  }();
  if (!mdl) return p.refused(std::move(mishap), mdl.error());
  return *mdl;
}

Result<PMDL> Memory::Parts::allocate_mdl_locked(KernelAddress described, uint64_t bytes, const void* owner,
                                                const StackTrace& stack) {
  const uint64_t pages = pages_spanned(described, bytes);
  auto entry = std::make_unique<MdlEntry>();
  MdlRecord& record = entry->record;
  record.id = registry->next_id();
  TRY_ASSIGN(record.mdl, descriptors->allocate(pages, record.id, stack));
  record.origin = MdlOrigin::kIoAllocateMdl;
  record.live = true;
  record.owner = owner;
  record.requested_bytes = record.bytes = bytes;
  record.described = described;
  record.allocated_at = stack;
  entry->descriptor_pages = pages;
  MdlMemory::initialize(record.mdl, described, bytes, pages);
  return registry->insert(std::move(entry)).record.mdl;
}

void Memory::Parts::believe_header_locked(MdlEntry& entry) {
  MdlRecord& record = entry.record;
  if (record.origin != MdlOrigin::kIoAllocateMdl || record.pages == MdlPages::kLocked || record.mapped) return;
  const MdlMemory::Claim claim = MdlMemory::read(record.mdl);
  if (pages_spanned(claim.address, claim.bytes) > entry.descriptor_pages) return;
  const bool reinitialized = !(claim.flags & (kMdlSourceIsNonpagedPool | kMdlPartial | kMdlPagesLocked));
  if (!reinitialized && claim.address == record.described && claim.bytes == record.bytes) return;
  describe_nothing_locked(entry);
  record.described = claim.address;
  record.bytes = claim.bytes;
}

void Memory::Parts::describe_nothing_locked(MdlEntry& entry) {
  if (entry.host_memory && entry.segment_id) {
    physical->unbind(entry.record.pfns, entry.record.id);
    physical->remove(entry.segment_id);
    allocator->give_back(entry.record.pfns, PageAllocator::Use::kPool);
  }
  entry.segment_id = 0;
  entry.host_memory = false;
  entry.contents.clear();
  entry.record.pfns.clear();
  entry.record.pages = MdlPages::kNone;
}

Result<> Memory::Parts::describe_memory_locked(MdlEntry& entry, MdlPages as) {
  MdlRecord& record = entry.record;
  if (auto pfns = pfns_at_locked(record.described, record.bytes)) {
    record.pfns = std::move(*pfns);
  } else if (arena->contains(record.described)) {
    return refuse(MemoryReason::kAddressNotValid,
                  fmt::format("{:#x} is {}", record.described.value, describe_locked(record.described).sentence()));
  } else {
    // The host process's own memory: an application's buffer, a driver's image. It gets page frames for as long as it
    // is described, so that a device can reach it.
    const uint64_t pages = pages_spanned(record.described, record.bytes);
    std::vector<uint64_t> frames = allocator->take_scattered(
        FrameRange::within(PhysicalAddress(0), PhysicalAddress(UINT64_MAX)), pages, PageAllocator::Use::kPool);
    if (frames.size() < pages) {
      allocator->give_back(frames, PageAllocator::Use::kPool);
      return refuse(MemoryReason::kExhausted, fmt::format("no {} page frames are free", pages));
    }
    record.pfns = std::move(frames);
    entry.host_memory = true;
    entry.segment_id =
        physical->add(Segment::over_host_memory(KernelAddress(record.described.page()).pointer(), pages * kPageBytes));
    physical->bind(record.pfns, entry.segment_id, 0);
  }
  entry.contents = contents_of(record.pfns);
  record.pages = as;
  return {};
}

Result<> Memory::build_for_nonpaged_pool(PMDL mdl) {
  Parts& p = *parts_;
  Refusal refusal;
  MdlMemory::Claim claim;
  std::optional<std::vector<uint64_t>> foreign_pfns;
  {
    MutexLock lock(p.mutex);
    if (MdlEntry* entry = p.resolve_locked(mdl, refusal)) {
      p.believe_header_locked(*entry);
      if (entry->record.pages != MdlPages::kNone) {
        refusal = {MemoryReason::kAlreadyBuilt, fmt::format("{} describes pages already", name_of(entry->record))};
      } else if (auto built = p.describe_memory_locked(*entry, MdlPages::kNonPagedPool); !built) {
        refusal = {reason_of(built.error()), built.error().sentence()};
      } else {
        MdlMemory::set_pages(mdl, entry->record.pfns);
        MdlMemory::set_flags(mdl, kMdlSourceIsNonpagedPool, kMdlMappedToSystemVa);
        MdlMemory::set_system_address(mdl, entry->record.described);
      }
    }
  }
  if (refusal.reason == MemoryReason::kForeignMdl) {
    // MmInitializeMdl on a driver's own memory. It is read and written outside the lock: it may fault.
    claim = MdlMemory::read(mdl);
    {
      MutexLock lock(p.mutex);
      foreign_pfns = p.pfns_at_locked(claim.address, claim.bytes);
    }
    if (foreign_pfns && claim.bytes > 0) {
      MdlMemory::set_pages(mdl, *foreign_pfns);
      MdlMemory::set_flags(mdl, kMdlSourceIsNonpagedPool, 0);
      MdlMemory::set_system_address(mdl, claim.address);
      return {};
    }
  }
  if (refusal) return p.refused({.operation = MemoryOperation::kBuildMdl, .mdl = mdl}, std::move(refusal));
  return {};
}

Result<> Memory::lock_pages(PMDL mdl, ViewAccess access) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  Refusal refusal;
  KernelAddress described;
  uint64_t bytes = 0;
  bool known = false;
  {
    MutexLock lock(p.mutex);
    if (MdlEntry* entry = p.resolve_locked(mdl, refusal)) {
      p.believe_header_locked(*entry);
      known = true;
      described = entry->record.described;
      bytes = entry->record.bytes;
      // "A second call to MmProbeAndLockPages to lock the same MDL is not allowed until MmUnlockPages"; nor is one
      // for an MDL whose pages are nonpageable.
      if (entry->record.pages != MdlPages::kNone)
        refusal = {MemoryReason::kAlreadyBuilt, fmt::format("{} describes pages already", name_of(entry->record))};
    }
  }
  if (refusal.reason == MemoryReason::kForeignMdl) {  // in the driver's own memory, known from here to MmUnlockPages
    refusal = {};
    const MdlMemory::Claim claim = MdlMemory::read(mdl);
    described = claim.address;
    bytes = claim.bytes;
  }
  if (!refusal && !in_arena(described) && !probe_host_memory(described, bytes, access))
    refusal = {MemoryReason::kAddressNotValid,
               fmt::format("{} bytes at {:#x} do not allow the access", bytes, described.value)};
  std::vector<uint64_t> pfns;
  if (!refusal) {
    MutexLock lock(p.mutex);
    MdlEntry* entry = p.registry->live(mdl);
    if (!entry && !known) {
      auto adopted = std::make_unique<MdlEntry>();
      adopted->record.mdl = mdl;
      adopted->record.id = p.registry->next_id();
      adopted->record.origin = MdlOrigin::kDriverMemory;
      adopted->record.live = true;
      adopted->record.requested_bytes = adopted->record.bytes = bytes;
      adopted->record.described = described;
      adopted->record.allocated_at = stack;
      adopted->descriptor_pages = pages_spanned(described, bytes);
      entry = &p.registry->insert(std::move(adopted));
    }
    if (!entry) {
      refusal = {MemoryReason::kFreedMdl, "the MDL was freed while its pages were being locked"};
    } else if (auto built = p.describe_memory_locked(*entry, MdlPages::kLocked); !built) {
      refusal = {reason_of(built.error()), built.error().sentence()};
      if (!known) p.registry->forget(mdl);
    } else {
      pfns = entry->record.pfns;
    }
  }
  if (refusal)
    return p.refused({.operation = MemoryOperation::kLockPages, .stack = stack, .mdl = mdl, .address = described},
                     std::move(refusal));
  if (!p.observers.empty())
    if (const auto record = find(mdl)) p.observers.notify(&MemoryObserver::on_locked, *record);
  MdlMemory::set_pages(mdl, pfns);
  MdlMemory::set_flags(mdl, kMdlPagesLocked | (access == ViewAccess::kReadWrite ? kMdlWriteOperation : 0), 0);
  return {};
}

Result<> Memory::unlock_pages(PMDL mdl) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  Refusal refusal;
  bool in_driver_memory = false;
  std::optional<MdlRecord> told;
  {
    MutexLock lock(p.mutex);
    if (MdlEntry* entry = p.resolve_locked(mdl, refusal)) {
      if (entry->record.pages != MdlPages::kLocked) {
        refusal = {MemoryReason::kNotLocked, fmt::format("{} has no pages locked", name_of(entry->record))};
      } else {
        in_driver_memory = entry->record.origin == MdlOrigin::kDriverMemory;
        if (!p.observers.empty()) told = snapshot(*entry);
        // MmGetSystemAddressForMdlSafe, Remarks: MmUnlockPages releases the view, if there is one.
        if (entry->record.mapped) (void)p.drop_view_locked(*entry, stack);
        p.describe_nothing_locked(*entry);
        if (in_driver_memory) p.drop_descriptor_locked(*entry, stack);
        else MdlMemory::set_flags(mdl, 0, kMdlPagesLocked | kMdlWriteOperation);
      }
    }
  }
  if (refusal)
    return p.refused({.operation = MemoryOperation::kUnlockPages, .stack = stack, .mdl = mdl}, std::move(refusal));
  if (told) p.observers.notify(&MemoryObserver::on_unlocked, *told);
  if (in_driver_memory) {
    MdlMemory::hide_view(mdl);
    MdlMemory::set_flags(mdl, 0, kMdlPagesLocked | kMdlWriteOperation);
  }
  return {};
}

Result<> Memory::build_partial(PMDL source, PMDL target, KernelAddress from, uint64_t bytes) {
  Parts& p = *parts_;
  Refusal refusal;
  PMDL blamed = source;
  {
    MutexLock lock(p.mutex);
    MdlEntry* whole = p.resolve_locked(source, refusal);
    MdlEntry* part = nullptr;
    if (whole) part = p.resolve_locked(blamed = target, refusal);
    if (part) refusal = p.build_partial_locked(*whole, *part, from, bytes);
  }
  if (refusal)
    return p.refused({.operation = MemoryOperation::kBuildMdl, .mdl = blamed, .address = from, .bytes = bytes},
                     std::move(refusal));
  return {};
}

Refusal Memory::Parts::build_partial_locked(MdlEntry& whole, MdlEntry& part, KernelAddress from, uint64_t bytes) {
  const MdlRecord& source = whole.record;
  MdlRecord& target = part.record;
  if (source.pfns.empty())
    return {MemoryReason::kNotLocked, fmt::format("{} describes no locked pages", name_of(source))};
  if (target.origin != MdlOrigin::kIoAllocateMdl || target.pages == MdlPages::kLocked)
    return {MemoryReason::kAlreadyBuilt, fmt::format("{} describes pages of its own", name_of(target))};
  if (target.mapped)
    return {MemoryReason::kAlreadyMapped, fmt::format("{} is still mapped: MmPrepareMdlForReuse", name_of(target))};
  const uint64_t offset = from.value - source.described.value;
  if (from < source.described || offset >= source.bytes || bytes > source.bytes - offset)
    return {MemoryReason::kOutsideSource,
            fmt::format("{} bytes at {:#x} are not inside the {} at {:#x} of {}", bytes, from.value, source.bytes,
                        source.described.value, name_of(source))};
  if (bytes == 0) bytes = source.bytes - offset;  // "includes the remaining range"
  const uint64_t pages = pages_spanned(from, bytes);
  if (pages > part.descriptor_pages)
    return {MemoryReason::kOutsideSource,
            fmt::format("{} has room for {} pages, not for {}", name_of(target), part.descriptor_pages, pages)};
  describe_nothing_locked(part);
  const uint64_t first = (source.described.offset_in_page() + offset) >> kPageShift;
  target.pfns.assign(source.pfns.begin() + static_cast<std::ptrdiff_t>(first),
                     source.pfns.begin() + static_cast<std::ptrdiff_t>(first + pages));
  target.described = from;
  target.bytes = bytes;
  target.pages = MdlPages::kPartial;
  part.contents = contents_of(target.pfns);
  part.host_memory = whole.host_memory;
  MdlMemory::initialize(target.mdl, from, bytes, part.descriptor_pages);
  MdlMemory::set_pages(target.mdl, target.pfns);
  uint16_t flags = kMdlPartial;
  // "If the original MDL was already mapped in system space, the partial MDL shares that mapping".
  if (source.pages == MdlPages::kNonPagedPool) {
    flags |= kMdlSourceIsNonpagedPool;
    MdlMemory::set_system_address(target.mdl, from);
  } else if (source.mapped) {
    flags |= kMdlMappedToSystemVa;
    MdlMemory::set_system_address(target.mdl, source.view + offset);
  }
  MdlMemory::set_flags(target.mdl, flags, 0);
  return {};
}

Result<> Memory::prepare_for_reuse(PMDL mdl) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  Refusal refusal;
  {
    MutexLock lock(p.mutex);
    // "MmPrepareMdlForReuse accepts only partial MDLs"; a mapping of another is not released.
    if (MdlEntry* entry = p.resolve_locked(mdl, refusal);
        entry && entry->record.pages == MdlPages::kPartial && entry->record.mapped)
      (void)p.drop_view_locked(*entry, stack);
  }
  if (refusal) return p.refused({.operation = MemoryOperation::kBuildMdl, .mdl = mdl}, std::move(refusal));
  return {};
}

Result<> Memory::free_mdl(PMDL mdl) {
  Parts& p = *parts_;
  MemoryMishap mishap{.operation = MemoryOperation::kFreeMdl, .stack = p.stack_when_verifying(), .mdl = mdl};
  mishap.origin = MdlOrigin::kIoAllocateMdl;
  Refusal refusal;
  Refusal mistake;
  std::vector<ClientMapping> ended;
  {
    MutexLock lock(p.mutex);
    MdlEntry* entry = p.resolve_locked(mdl, refusal);
    if (!entry) {
      if (refusal.reason == MemoryReason::kFreedMdl) refusal.reason = MemoryReason::kFreedTwice;
      if (refusal.reason == MemoryReason::kPagesGone) {
        // MmFreePagesFromMdl: "the caller must also call ExFreePool". IoFreeMdl comes to the same on Windows: carried out.
        MdlEntry& gone = *p.registry->live(mdl);
        mistake = {
            MemoryReason::kOriginMismatch,
            fmt::format("{} comes from {} and its pages are freed: ExFreePool frees the MDL, and IoFreeMdl was called",
                        name_of(gone.record), origin_name(gone.record.origin))};
        mishap.record = snapshot(gone);
        p.drop_descriptor_locked(gone, mishap.stack);
        refusal = {};
      }
    } else if (entry->record.origin != MdlOrigin::kIoAllocateMdl) {
      refusal = {MemoryReason::kOriginMismatch, fmt::format("{} comes from {}, and IoFreeMdl frees it",
                                                            name_of(entry->record), origin_name(entry->record.origin))};
    } else {
      // "If the MDL is a partial MDL, IoFreeMdl unmaps any pages that have been mapped to the MDL. If the physical
      // pages ... are locked, the driver must unlock the pages before it frees the MDL."
      const MdlRecord& record = entry->record;
      if (record.pages == MdlPages::kLocked) {
        mishap.record = snapshot(*entry);
        mistake = {
            record.mapped ? MemoryReason::kFreedWhileMapped : MemoryReason::kFreedWhileLocked,
            fmt::format("{} was freed while its pages were {}", name_of(record), record.mapped ? "mapped" : "locked")};
      }
      if (auto seen = p.drop_views_beside_locked(*entry, ended)) {
        mistake = {MemoryReason::kFreedWhileMapped,
                   fmt::format("{} was freed while an application's view {:#x} of it was mapped", name_of(record),
                               seen->view.value)};
        mishap.record = std::move(seen);
      }
      if (record.mapped) (void)p.drop_view_locked(*entry, mishap.stack);
      p.describe_nothing_locked(*entry);
      p.drop_descriptor_locked(*entry, mishap.stack);
    }
  }
  if (refusal) return p.refused(std::move(mishap), std::move(refusal));
  if (mistake) return p.carried_out(std::move(mishap), std::move(mistake));
  return {};
}

}  // namespace portside::memory
