#pragma once
// MdlMemory: where descriptors live, and their Windows layout: a header and a real PFN array that a driver may read.
// What a descriptor says is a mirror of its MdlRecord: drivers can write to it, so nothing is ever decided by it.
// When verifying, each has a page of its own that ends where the array ends (an index too far faults) and becomes
// inaccessible with free. Not thread safe: under Memory's lock.

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "memory/block_store.h"
#include "memory/mdl.h"

namespace portside::memory {

// MdlFlags, as <wdm.h> has them; MdlMemory's source asserts that.
inline constexpr uint16_t kMdlMappedToSystemVa = 0x0001;
inline constexpr uint16_t kMdlPagesLocked = 0x0002;
inline constexpr uint16_t kMdlSourceIsNonpagedPool = 0x0004;
inline constexpr uint16_t kMdlPartial = 0x0010;
inline constexpr uint16_t kMdlPartialHasBeenMapped = 0x0020;
inline constexpr uint16_t kMdlWriteOperation = 0x0080;

class MdlMemory {
 public:
  MdlMemory(BlockStore& blocks, KernelArena& arena, bool verify) : blocks_(blocks), arena_(arena), verify_(verify) {}

  // Room for a header and `pages` PFNs, zeroed.
  Result<PMDL> allocate(uint64_t pages, uint64_t mdl_id, const StackTrace& stack);
  void free(PMDL mdl, uint64_t pages, const StackTrace& stack);

  // The bytes of a descriptor of `pages` PFNs: IoSizeofMdl.
  static uint64_t bytes_for(uint64_t pages);
  // IoAllocateMdl, MmInitializeMdl: describes `bytes` at `address`, no pages yet.
  static void initialize(PMDL mdl, KernelAddress address, uint64_t bytes, uint64_t pages);
  static void set_pages(PMDL mdl, std::span<const uint64_t> pfns);
  static void set_flags(PMDL mdl, uint16_t set, uint16_t clear);
  static void set_system_address(PMDL mdl, KernelAddress view);
  // What MmMapLockedPagesSpecifyCache and MmUnmapLockedPages leave in the header.
  static void show_view(PMDL mdl, KernelAddress view);
  static void hide_view(PMDL mdl);
  // What a descriptor in the driver's own memory claims.
  struct Claim {
    KernelAddress address;
    uint64_t bytes = 0;
    uint16_t flags = 0;
  };
  static Claim read(PMDL mdl);

 private:
  static constexpr uint64_t kSlabBytes = 64 * 1024;
  static unsigned size_class(uint64_t bytes);

  BlockStore& blocks_;
  KernelArena& arena_;
  const bool verify_;
  std::vector<KernelAddress> free_[8];  // not verifying: by size class, 64 bytes and up
};

}  // namespace portside::memory
