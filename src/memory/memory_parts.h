#pragma once
// Memory::Parts: what the facade's methods share, and how a refusal is told. Private to the layer.

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "memory/block_store.h"
#include "memory/client_views.h"
#include "memory/kernel_arena.h"
#include "memory/mdl_memory.h"
#include "memory/mdl_registry.h"
#include "memory/memory.h"
#include "memory/page_allocator.h"
#include "memory/physical_memory.h"
#include "memory/view_cache.h"

namespace portside::memory {

// Why a request is refused; nothing when it is not.
struct Refusal {
  MemoryReason reason = MemoryReason::kNone;
  std::string sentence;
  explicit operator bool() const { return reason != MemoryReason::kNone; }
};

// "MDL 0x20000007afa0 (#2)": what sentences call it.
inline std::string name_of(const MdlRecord& record) {
  return fmt::format("MDL {} (#{})", static_cast<void*>(record.mdl), record.id);
}

struct Memory::Parts {
  Parts(const MemoryOptions& o, std::unique_ptr<PhysicalMemory> p) : options(o), physical(std::move(p)) {}

  const MemoryOptions options;
  const std::unique_ptr<PhysicalMemory> physical;
  SegmentId ram_id = 0;  // of options.ram
  ObserverList<MemoryObserver> observers;

  // Held over the host's mmap, never over an access to memory that a driver could have made inaccessible.
  Mutex mutex;
  struct ViewBeside {
    ClientMapping mapping;
    PMDL mdl = nullptr;
    StackTrace mapped_at;
  };
  std::map<uint64_t, ViewBeside> views_beside GUARDED_BY(mutex);  // by address
  std::unique_ptr<PageAllocator> allocator GUARDED_BY(mutex);
  std::unique_ptr<KernelArena> arena GUARDED_BY(mutex);
  std::unique_ptr<BlockStore> blocks GUARDED_BY(mutex);
  std::unique_ptr<MdlMemory> descriptors GUARDED_BY(mutex);
  std::unique_ptr<MdlRegistry> registry GUARDED_BY(mutex);
  ViewCache cache GUARDED_BY(mutex);
  std::unordered_map<uint64_t, SegmentId> contiguous GUARDED_BY(mutex);     // base: the segment of its own
  std::unordered_map<uint64_t, uint64_t> physical_views GUARDED_BY(mutex);  // page of the view: pages
  uint64_t live_views GUARDED_BY(mutex) = 0;
  uint64_t live_view_bytes GUARDED_BY(mutex) = 0;
  std::shared_ptr<std::atomic<uint32_t>> client_mappings = std::make_shared<std::atomic<uint32_t>>(0);
  std::shared_ptr<ClientViews> client_views = std::make_shared<ClientViews>();
  KernelAddress arena_base;  // constant from creation
  uint64_t arena_bytes = 0;

  // The calling driver's stack, when someone will want it.
  StackTrace stack_when_verifying() const { return options.verify ? capture_stack() : StackTrace{}; }

  // --- memory_views.cpp ---
  // The first of the MDL's views beside its own, with the MDL's record as evidence. Empty: it has none. All of them end when `ended`
  // does, without the lock.
  std::optional<MdlRecord> drop_views_beside_locked(const MdlEntry& entry, std::vector<ClientMapping>& ended)
      REQUIRES(mutex);

  // --- memory_dma.cpp ---
  // Why a device may not touch these bytes, which lie in one page. Tells whose they are, or were, in `mishap`.
  Refusal judge_dma_locked(PhysicalAddress at, uint64_t bytes, MemoryMishap& mishap) REQUIRES(mutex);
  Result<> judge_dma(PhysicalAddress at, uint64_t bytes) EXCLUDES(mutex);
  void tell_dma(const std::string& device, PhysicalAddress at, uint64_t bytes, const Status& status) EXCLUDES(mutex);
  std::string owner_of_frame_locked(uint64_t pfn) REQUIRES(mutex);
  std::string meant_address_locked(PhysicalAddress at) REQUIRES(mutex);
  // RAM that is another's as well (options.ram): frames are empty while nobody has them, so that one that is not was touched.
  void empty_frames_locked(std::span<const uint64_t> pfns) REQUIRES(mutex);
  // Before they are given out: notes which were touched, and empties them.
  void take_frames_locked(std::span<const uint64_t> pfns) REQUIRES(mutex);
  void note_if_touched_locked(uint64_t pfn) REQUIRES(mutex);
  std::optional<uint64_t> changed_tail_locked(const KernelRange& range) REQUIRES(mutex);
  std::vector<MemoryMishap> touched_frames GUARDED_BY(mutex);  // to be told
  // Every change of who has which frame: what was judged before is judged anew.
  std::atomic<uint64_t> ownership{1};

  // --- memory_parts.cpp ---
  // The live entry of an MDL, or why there is none.
  MdlEntry* resolve_locked(PMDL mdl, Refusal& refusal) REQUIRES(mutex);
  Result<MdlRecord> allocate_pages_locked(const PageRequest& request, const StackTrace& stack) REQUIRES(mutex);
  // Segment, descriptor and (not verifying) view of an entry whose frames are taken.
  Result<> back_with_memory_locked(MdlEntry& entry, const StackTrace& stack) REQUIRES(mutex);
  // Maps the pages of an entry one after the other at an address of the arena.
  Result<> map_pages_locked(KernelAddress at, const MdlEntry& entry, ViewAccess access) REQUIRES(mutex);
  Result<KernelAddress> make_view_locked(MdlEntry& entry, ViewAccess access, uint32_t cache_type,
                                         const StackTrace& stack) REQUIRES(mutex);
  Result<KernelAddress> map_locked(MdlEntry& entry, uint32_t cache_type, MapRequester requester, ViewAccess access,
                                   const StackTrace& stack) REQUIRES(mutex);
  void mark_mapped_locked(MdlEntry& entry, KernelAddress view, uint32_t cache_type, MapRequester requester,
                          const StackTrace& stack) REQUIRES(mutex);
  // Removes the view of a mapped entry.
  Result<> drop_view_locked(MdlEntry& entry, const StackTrace& stack) REQUIRES(mutex);
  // Frees the physical pages of an owned entry.
  void drop_pages_locked(MdlEntry& entry, const StackTrace& stack) REQUIRES(mutex);
  // Frees the descriptor of an entry and makes it a freed record.
  void drop_descriptor_locked(MdlEntry& entry, const StackTrace& stack) REQUIRES(mutex);
  Result<PMDL> allocate_mdl_locked(KernelAddress described, uint64_t bytes, const void* owner, const StackTrace& stack)
      REQUIRES(mutex);
  // MmInitializeMdl is inlined in drivers: an ordinary MDL may describe something else than it did.
  void believe_header_locked(MdlEntry& entry) REQUIRES(mutex);
  void describe_nothing_locked(MdlEntry& entry) REQUIRES(mutex);
  Result<> describe_memory_locked(MdlEntry& entry, MdlPages as) REQUIRES(mutex);
  Refusal build_partial_locked(MdlEntry& whole, MdlEntry& part, KernelAddress from, uint64_t bytes) REQUIRES(mutex);
  Result<KernelAddress> allocate_contiguous_locked(const PageRequest& request, uint32_t cache_type,
                                                   const StackTrace& stack) REQUIRES(mutex);
  Refusal check_block_locked(KernelAddress base, bool contiguous) REQUIRES(mutex);
  Refusal check_unmap_locked(const MdlEntry& entry, KernelAddress base, MapRequester requester) REQUIRES(mutex);
  std::optional<MdlRecord> find_locked(PMDL mdl) REQUIRES(mutex);
  AddressInfo describe_locked(KernelAddress address) REQUIRES(mutex);
  // PFNs of [address, address + bytes) when all of it is mapped kernel memory.
  std::optional<std::vector<uint64_t>> pfns_at_locked(KernelAddress address, uint64_t bytes) REQUIRES(mutex);
  std::vector<FrameContent> contents_of(std::span<const uint64_t> pfns) const;

  // Tells the observers, with all that is known of what the mishap names.
  void tell(MemoryMishap mishap) EXCLUDES(mutex);
  // Tells the observers of a refused request, and gives the Status to hand back.
  std::unexpected<Status> refused(MemoryMishap mishap, Refusal refusal) EXCLUDES(mutex);
  std::unexpected<Status> refused(MemoryMishap mishap, const Status& status) EXCLUDES(mutex);
  // The same of a mistake that was carried out all the same.
  std::unexpected<Status> carried_out(MemoryMishap mishap, Refusal mistake) EXCLUDES(mutex);
};

}  // namespace portside::memory
