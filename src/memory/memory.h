#pragma once
// Memory: the facade of the layer. Physical pages, MDLs over them, and their views.
//
// A stream's buffer is a shared segment of its own. Its page frame numbers are scattered over physical memory, but
// its pages lie in MDL order in the segment, so that a view, a client's mapping and a device's are one mmap each, of the
// same bytes. A kernel address is a host address, inside one huge reservation that is otherwise inaccessible: an
// unmapped view faults, and its address is not given out again until the whole reservation has been gone through.
//
// Thread safe. Observers are called with no lock held. A refused request changes nothing.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/descriptor.h"
#include "base/machine_context.h"
#include "base/observer.h"
#include "base/result.h"
#include "memory/address_info.h"
#include "memory/client_mapping.h"
#include "memory/dma_view.h"
#include "memory/mdl.h"
#include "memory/mdl_record.h"
#include "memory/memory_observer.h"
#include "memory/memory_options.h"
#include "memory/page_request.h"
#include "memory/reason.h"

namespace portside::memory {

struct GivenMemory {
  Descriptor descriptor;
  uint64_t offset = 0;  // of the buffer's, or the register's, first byte in it
};

class Memory {
 public:
  static constexpr LayerSlot kSlot = LayerSlot::kMemory;

  static Result<std::unique_ptr<Memory>> create(const MemoryOptions& options = {});
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // --- Physical pages with an MDL (IPortWaveRTStream's allocators, MmAllocatePagesForMdl) ---
  // Zeroed, locked, unmapped whole pages. Scattered requests that may be short give what there is.
  Result<PMDL> allocate_pages(const PageRequest& request);
  // One contiguous kernel view over the pages. cache_type is a MEMORY_CACHING_TYPE, taken as a number because a driver
  // may pass any.
  Result<KernelAddress> map(PMDL mdl, uint32_t cache_type, MapRequester requester,
                            ViewAccess access = ViewAccess::kReadWrite);
  Result<> unmap(KernelAddress base, PMDL mdl, MapRequester requester);
  // kPortStream frees pages and MDL; kMmAllocatePages frees the pages, and release_descriptor the MDL. A port's MDL that
  // is still mapped is unmapped and freed, and the Status says kFreedWhileMapped: find(mdl)->live tells that it is gone.
  Result<> free_pages(PMDL mdl, MdlOrigin origin);
  Result<uint32_t> page_count(PMDL mdl);
  Result<PhysicalAddress> page_address(PMDL mdl, uint32_t index);

  // --- The other views ---
  // MmMapLockedPagesSpecifyCache for UserMode of an MDL that is mapped already: a view beside that one, and its end. False: `base` is
  // none. An error: it is another MDL's, as has been told. Views that are left when their MDL is freed are told and unmapped.
  Result<KernelAddress> map_beside(PMDL mdl, ViewAccess access);
  Result<bool> unmap_beside(KernelAddress base, PMDL mdl);
  Result<ClientMapping> map_to_client(PMDL mdl, ViewAccess access = ViewAccess::kReadWrite);
  // For a client in another process: the segment that these bytes of a client mapping lie in, when nothing but the mapping's
  // MDL lies in it. kNotLocked where the pages lie among others (RAM that is one file, a buffer in pool).
  Result<GivenMemory> give_to_client(ClientAddress buffer, uint64_t bytes);
  // The same for the bytes of a read-only client mapping, a register: its page, when that is alone in its segment, and for
  // looking alone: whoever has the descriptor can write there in no way, the driver and its devices go on as before. kNotLocked
  // where there is more beside the page, or where another process may write there already.
  Result<GivenMemory> give_to_client_to_read(ClientAddress reg, uint64_t bytes);
  // Another process may write there: what is found changed is not the driver's doing alone.
  bool given_to_client(ClientAddress buffer) const;
  // All of physical memory, as bus master: every access is judged by whose memory it meets. `device`: a name, for people.
  Result<DmaView> dma(std::string device = "a device");
  Result<DmaView> dma(PMDL mdl);  // this MDL's pages and no other

  // --- Ordinary MDLs ---
  Result<PMDL> allocate_mdl(KernelAddress described, uint64_t bytes, const void* owner = nullptr);  // IoAllocateMdl
  Result<> build_for_nonpaged_pool(PMDL mdl);        // MmBuildMdlForNonPagedPool
  Result<> lock_pages(PMDL mdl, ViewAccess access);  // MmProbeAndLockPages
  Result<> unlock_pages(PMDL mdl);                   // MmUnlockPages; releases a view
  Result<> build_partial(PMDL source, PMDL target, KernelAddress from, uint64_t bytes);  // IoBuildPartialMdl; 0 = rest
  Result<> prepare_for_reuse(PMDL mdl);                                                  // MmPrepareMdlForReuse
  // IoFreeMdl. With pages still locked: they are unlocked, the MDL is freed, and the Status says so.
  Result<> free_mdl(PMDL mdl);
  // ExFreePool of an MDL that MmAllocatePagesForMdl gave. False: not one of those, nothing done.
  bool release_descriptor(const void* descriptor);

  // --- Kernel memory by address ---
  // Whole zeroed pages with an inaccessible page before and after; pool places blocks in them. `tag` is told by
  // describe(). Physically scattered.
  Result<KernelAddress> arena_allocate(uint64_t bytes, uint64_t tag = 0, Beside beside = Beside::kOthers);
  // The block becomes inaccessible; later touches are described with the stacks of both.
  Result<> arena_free(KernelAddress base);
  // MmAllocateContiguousMemory(SpecifyCache): the request's contiguous flag is implied.
  Result<KernelAddress> allocate_contiguous(const PageRequest& request, uint32_t cache_type);
  Result<> free_contiguous(KernelAddress base);
  Result<KernelAddress> allocate_noncached(uint64_t bytes);  // MmAllocateNonCachedMemory
  Result<> free_noncached(KernelAddress base, uint64_t bytes);
  // MmMapIoSpace of RAM: another view of page frames that hold something, wherever they lie. kNotInRange for a page that is no
  // RAM or holds nothing; the sentence says which. Not counted against the MDLs that the frames belong to.
  Result<KernelAddress> map_physical(PhysicalAddress first, uint64_t bytes, uint32_t cache_type);
  // Releases exactly the view that map_physical gave. kWrongBase for another base or length.
  Result<> unmap_physical(KernelAddress base, uint64_t bytes);
  // MmMapIoSpace of a device's registers: an address (of the page that `first` lies in) where nothing is mapped, so that each
  // access faults and can be handed to the device.
  Result<KernelAddress> reserve_registers(PhysicalAddress first, uint64_t bytes, uint32_t cache_type);
  Result<> release_registers(KernelAddress page);
  Result<PhysicalAddress> physical_address(KernelAddress address);  // MmGetPhysicalAddress
  struct PhysicalRange {
    PhysicalAddress first;
    uint64_t bytes = 0;
  };
  std::vector<PhysicalRange> physical_ranges() const;  // the RAM there is, in order
  bool is_valid(KernelAddress address);                // MmIsAddressValid, for addresses of the arena

  // --- Evidence ---
  // Live, or freed and still in quarantine.
  std::optional<MdlRecord> find(PMDL mdl);
  std::vector<MdlRecord> live_mdls();
  // Safe in a fault handler, as no lock is held while driver memory is touched.
  AddressInfo describe(KernelAddress address);
  bool in_arena(KernelAddress address) const;
  MemoryStats stats();

  ObserverList<MemoryObserver>& observers();
  bool verifying() const;
  // When RAM is another's as well (MemoryOptions::ram): looks whether freed pages still hold what they were left with, and tells
  // of those that were written to.
  void check_freed_pages();
  // Low resources: the machine behaves as if it had no more than this many pages in use at a time.
  void set_frame_limit(uint64_t frames);

 private:
  struct Parts;
  explicit Memory(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace portside::memory
