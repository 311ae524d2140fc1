// Memory: the kernel view and the client mapping of an MDL's pages.
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "memory/dma_state.h"
#include "memory/memory_parts.h"

namespace portside::memory {
namespace {

// MmMaximumCacheType. The port takes the first three alone (MapAllocatedPages, CacheType).
constexpr uint32_t kCacheTypes = 6;
constexpr uint32_t kPortCacheTypes = 3;

Refusal check_map(const MdlEntry& entry, uint32_t cache_type, MapRequester requester) {
  const MdlRecord& record = entry.record;
  // "The MmXxx functions cannot be used in place of" the port's methods; and MapAllocatedPages takes an MDL of the
  // two allocators alone.
  const bool port = record.origin == MdlOrigin::kPortStream;
  if (port != (requester == MapRequester::kPortStream))
    return {MemoryReason::kRequesterMismatch,
            fmt::format("{} comes from {}, and {}'s function maps it", name_of(record), origin_name(record.origin),
                        requester_name(requester))};
  if (cache_type >= (port ? kPortCacheTypes : kCacheTypes))
    return {MemoryReason::kCacheTypeOutOfRange,
            fmt::format("{} is no cache type to map {} with", cache_type, name_of(record))};
  if (record.mapped)
    return {MemoryReason::kAlreadyMapped,
            fmt::format("{} is mapped already, at {:#x}", name_of(record), record.view.value)};
  if (record.pages == MdlPages::kNone)
    return {MemoryReason::kNotLocked, fmt::format("{} describes no locked pages", name_of(record))};
  // MmMapLockedPagesSpecifyCache, Remarks: such an MDL "is already mapped to the system address space".
  if (record.pages == MdlPages::kNonPagedPool)
    return {MemoryReason::kAlreadyMapped, fmt::format("{} describes nonpaged pool, which is mapped already, at {:#x}",
                                                      name_of(record), record.described.value)};
  return {};
}

}  // namespace

Result<KernelAddress> Memory::Parts::map_locked(MdlEntry& entry, uint32_t cache_type, MapRequester requester,
                                                ViewAccess access, const StackTrace& stack) {
  MdlRecord& record = entry.record;
  if (!entry.contents.empty() && contents_of(record.pfns) != entry.contents)
    return refuse(MemoryReason::kSourceGone, fmt::format("the memory that {} describes was freed", name_of(record)));
  KernelAddress base;
  if (entry.host_memory) {
    base = record.described.page();  // a kernel address is a host address: the buffer is its own view
  } else if (!entry.ready_view.is_null()) {
    base = entry.ready_view;
    if (access != entry.view_access) {
      ::mprotect(base.pointer(), record.bytes, access == ViewAccess::kReadOnly ? PROT_READ : PROT_READ | PROT_WRITE);
      entry.view_access = access;
    }
  } else {
    TRY_ASSIGN(base, make_view_locked(entry, access, cache_type, stack));
  }
  // MmGetSystemAddressForMdlSafe, Remarks: "The returned base address has the same offset as the virtual address in
  // the MDL."
  const KernelAddress view = base + record.described.offset_in_page();
  mark_mapped_locked(entry, view, cache_type, requester, stack);
  return view;
}

Result<KernelAddress> Memory::map(PMDL mdl, uint32_t cache_type, MapRequester requester, ViewAccess access) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  Refusal refusal;
  KernelAddress view;
  std::optional<MdlRecord> told;
  bool in_driver_memory = false;
  {
    MutexLock lock(p.mutex);
    if (MdlEntry* entry = p.resolve_locked(mdl, refusal)) {
      in_driver_memory = entry->record.origin == MdlOrigin::kDriverMemory;
      refusal = check_map(*entry, cache_type, requester);
      if (!refusal) {
        Result<KernelAddress> mapped = p.map_locked(*entry, cache_type, requester, access, stack);
        if (!mapped) refusal = {reason_of(mapped.error()), mapped.error().sentence()};
        else view = *mapped;
      }
      if (!refusal && !p.observers.empty()) told = snapshot(*entry);
    }
  }
  if (refusal)
    return p.refused({.operation = MemoryOperation::kMap,
                      .stack = stack,
                      .mdl = mdl,
                      .cache_type = cache_type,
                      .requester = requester},
                     std::move(refusal));
  if (in_driver_memory) MdlMemory::show_view(mdl, view);
  if (told) p.observers.notify(&MemoryObserver::on_mapped, *told);
  return view;
}

Result<> Memory::unmap(KernelAddress base, PMDL mdl, MapRequester requester) {
  Parts& p = *parts_;
  const StackTrace stack = p.stack_when_verifying();
  Refusal refusal;
  std::optional<MdlRecord> told;
  bool in_driver_memory = false;
  {
    MutexLock lock(p.mutex);
    if (MdlEntry* entry = p.resolve_locked(mdl, refusal)) {
      in_driver_memory = entry->record.origin == MdlOrigin::kDriverMemory;
      refusal = p.check_unmap_locked(*entry, base, requester);
      if (!refusal) {
        if (auto dropped = p.drop_view_locked(*entry, stack); !dropped)
          refusal = {reason_of(dropped.error()), dropped.error().sentence()};
      }
      if (!refusal && !p.observers.empty()) told = snapshot(*entry);
    }
  }
  if (refusal)
    return p.refused(
        {.operation = MemoryOperation::kUnmap, .stack = stack, .mdl = mdl, .address = base, .requester = requester},
        std::move(refusal));
  if (in_driver_memory) MdlMemory::hide_view(mdl);
  if (told) p.observers.notify(&MemoryObserver::on_unmapped, *told);
  return {};
}

Result<ClientMapping> Memory::map_to_client(PMDL mdl, ViewAccess access) {
  Parts& p = *parts_;
  Refusal refusal;
  // What is needed of the entry outlives the lock: segments by reference, counters by reference.
  std::vector<std::pair<std::shared_ptr<Segment>, uint64_t>> pages;  // one a run, with its offset
  std::vector<uint64_t> run_pages;
  std::shared_ptr<std::atomic<uint32_t>> clients;
  {
    MutexLock lock(p.mutex);
    if (MdlEntry* entry = p.resolve_locked(mdl, refusal)) {
      const uint64_t count = entry->record.page_count();
      if (!entry->clients) entry->clients = std::make_shared<std::atomic<uint32_t>>(0);
      clients = entry->clients;
      if (count == 0 || entry->host_memory) {
        refusal = {MemoryReason::kNotLocked,
                   fmt::format("{} describes no pages of the machine", name_of(entry->record))};
      } else if (entry->segment) {
        pages.emplace_back(entry->segment, 0);
        run_pages.push_back(count);
      } else if (p.contents_of(entry->record.pfns) != entry->contents) {
        refusal = {MemoryReason::kSourceGone,
                   fmt::format("the memory that {} describes was freed", name_of(entry->record))};
      } else {
        for (const FrameContent& c : entry->contents) {
          pages.emplace_back(p.physical->segment(c.segment), c.page << kPageShift);
          run_pages.push_back(1);
        }
      }
    }
  }
  const auto refused = [&](Refusal why) {
    return p.refused({.operation = MemoryOperation::kMapToClient, .mdl = mdl}, std::move(why));
  };
  if (refusal) return refused(std::move(refusal));

  uint64_t bytes = 0;
  for (uint64_t n : run_pages) bytes += n * kPageBytes;
  void* base = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    return refused(
        {MemoryReason::kNoAddressSpace, fmt::format("the host mapped no {} bytes: {}", bytes, std::strerror(errno))});
  uint64_t offset = 0;
  for (size_t i = 0; i < pages.size(); ++i) {
    const auto mapped =
        KernelArena::map(KernelAddress(reinterpret_cast<uint64_t>(base) + offset), *pages[i].first, pages[i].second,
                         run_pages[i] * kPageBytes, access, bytes <= KernelArena::kPopulateBytes);
    if (!mapped) {
      ::munmap(base, bytes);
      return refused({reason_of(mapped.error()), mapped.error().sentence()});
    }
    offset += run_pages[i] * kPageBytes;
  }
  clients->fetch_add(1, std::memory_order_relaxed);
  p.client_mappings->fetch_add(1, std::memory_order_relaxed);
  ClientMapping mapping;
  mapping.base_ = base;
  mapping.bytes_ = bytes;
  // Pages among others' may not be given away.
  const bool of_its_own = pages.size() == 1 && run_pages[0] * kPageBytes == pages[0].first->bytes();
  if (of_its_own) p.client_views->add(reinterpret_cast<uint64_t>(base), {pages[0].first, bytes, access});
  // Keeps the segments from serving another MDL while an application still sees them.
  mapping.alive_ = std::shared_ptr<void>(
      base, [clients, all = p.client_mappings, views = p.client_views, pages = std::move(pages)](void* at) {
        views->remove(reinterpret_cast<uint64_t>(at));
        clients->fetch_sub(1, std::memory_order_relaxed);
        all->fetch_sub(1, std::memory_order_relaxed);
      });
  return mapping;
}

Result<KernelAddress> Memory::map_beside(PMDL mdl, ViewAccess access) {
  TRY_ASSIGN(ClientMapping view, map_to_client(mdl, access));
  const KernelAddress base(view.address().value + MdlMemory::read(mdl).address.offset_in_page());
  const StackTrace here = parts_->stack_when_verifying();
  MutexLock lock(parts_->mutex);
  parts_->views_beside.emplace(base.value, Parts::ViewBeside{std::move(view), mdl, here});
  return base;
}

Result<bool> Memory::unmap_beside(KernelAddress base, PMDL mdl) {
  Refusal refusal;
  ClientMapping ended;  // without the lock
  {
    MutexLock lock(parts_->mutex);
    const auto view = parts_->views_beside.find(base.value);
    if (view == parts_->views_beside.end()) return false;
    if (view->second.mdl == mdl) {
      ended = std::move(view->second.mapping);
      parts_->views_beside.erase(view);
      return true;
    }
    refusal = {MemoryReason::kBaseOfOtherMdl, fmt::format("{:#x} is an application's view of another MDL", base.value)};
  }
  return parts_->refused({.operation = MemoryOperation::kUnmap,
                          .stack = parts_->stack_when_verifying(),
                          .mdl = mdl,
                          .address = base,
                          .requester = MapRequester::kMm},
                         std::move(refusal));
}

std::optional<MdlRecord> Memory::Parts::drop_views_beside_locked(const MdlEntry& entry,
                                                                 std::vector<ClientMapping>& ended) {
  std::optional<MdlRecord> evidence;
  for (auto known = views_beside.begin(); known != views_beside.end();) {
    ViewBeside& view = known->second;
    if (view.mdl != entry.record.mdl) {
      ++known;
      continue;
    }
    if (!evidence) {
      evidence = snapshot(entry);
      evidence->view = KernelAddress(known->first);
      evidence->mapped_at = view.mapped_at;
    }
    ended.push_back(std::move(view.mapping));
    known = views_beside.erase(known);
  }
  return evidence;
}

Result<GivenMemory> Memory::give_to_client(ClientAddress buffer, uint64_t bytes) {
  uint64_t base = 0;
  const ClientViews::View view = parts_->client_views->find(buffer.value, bytes, ViewAccess::kReadWrite, base);
  if (!view.segment)
    return refuse(MemoryReason::kNotLocked,
                  fmt::format("the {} bytes at {:#x} do not lie in memory of their own", bytes, buffer.value));
  TRY_ASSIGN(Descriptor descriptor, view.segment->give_away());
  return GivenMemory{std::move(descriptor), buffer.value - base};
}

Result<GivenMemory> Memory::give_to_client_to_read(ClientAddress reg, uint64_t bytes) {
  uint64_t base = 0;
  const ClientViews::View view = parts_->client_views->find(reg.value, bytes, ViewAccess::kReadOnly, base);
  if (!view.segment || view.bytes != kPageBytes)
    return refuse(
        MemoryReason::kNotLocked,
        fmt::format("the {} bytes at {:#x} do not lie in a page that is alone in its memory", bytes, reg.value));
  TRY_ASSIGN(Descriptor descriptor, view.segment->give_to_read());
  return GivenMemory{std::move(descriptor), reg.value - base};
}

bool Memory::given_to_client(ClientAddress buffer) const {
  uint64_t base = 0;
  const ClientViews::View view = parts_->client_views->find(buffer.value, 1, ViewAccess::kReadWrite, base);
  return view.segment && view.segment->others_write();
}

Result<DmaView> Memory::dma(std::string device) {
  auto state = std::make_shared<DmaView::State>(*parts_->physical);
  state->report = [p = parts_.get(), device = std::move(device)](PhysicalAddress at, uint64_t bytes,
                                                                 const Status& status) {
    p->tell_dma(device, at, bytes, status);
  };
  state->judge = [p = parts_.get()](PhysicalAddress at, uint64_t bytes) { return p->judge_dma(at, bytes); };
  state->ownership = &parts_->ownership;
  return DmaView(std::move(state));
}

Result<DmaView> Memory::dma(PMDL mdl) {
  Refusal refusal;
  std::vector<uint64_t> pfns;
  {
    MutexLock lock(parts_->mutex);
    if (const MdlEntry* entry = parts_->resolve_locked(mdl, refusal)) pfns = entry->record.pfns;
  }
  if (refusal) return parts_->refused({.operation = MemoryOperation::kDma, .mdl = mdl}, std::move(refusal));
  TRY_ASSIGN(DmaView view, dma());
  std::ranges::sort(pfns);
  view.state_->restricted = true;
  view.state_->pfns = std::move(pfns);
  return view;
}

ClientMapping::ClientMapping(ClientMapping&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)),
      alive_(std::move(other.alive_)) {}

ClientMapping& ClientMapping::operator=(ClientMapping&& other) noexcept {
  if (this != &other) {
    unmap();
    base_ = std::exchange(other.base_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    alive_ = std::move(other.alive_);
  }
  return *this;
}

ClientMapping::~ClientMapping() { unmap(); }

void ClientMapping::unmap() {
  if (base_) ::munmap(base_, bytes_);
  base_ = nullptr;
  bytes_ = 0;
  alive_.reset();
}

}  // namespace portside::memory
