#pragma once
// MdlRecord: what is known of one MDL, live or freed: the evidence of a report.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/stack.h"
#include "memory/mdl.h"

namespace portside::memory {

// Who made the MDL, hence who may free it. "The MmXxx functions cannot be used in place of" the port's methods.
enum class MdlOrigin : uint8_t {
  kPortStream,       // IPortWaveRTStream::AllocatePagesForMdl, AllocateContiguousPagesForMdl
  kMmAllocatePages,  // MmAllocatePagesForMdl(Ex)
  kIoAllocateMdl,    // IoAllocateMdl: freed by IoFreeMdl
  kDriverMemory,  // MmInitializeMdl on memory of the driver's own, known from MmProbeAndLockPages until MmUnlockPages
};
std::string_view origin_name(MdlOrigin origin);

// Which family of functions asks for a view.
enum class MapRequester : uint8_t {
  kPortStream,  // IPortWaveRTStream::MapAllocatedPages, UnmapAllocatedPages
  kMm,          // MmMapLockedPagesSpecifyCache, MmGetSystemAddressForMdlSafe, MmUnmapLockedPages
};
std::string_view requester_name(MapRequester requester);

// What the pages of an MDL are.
enum class MdlPages : uint8_t {
  kNone,          // IoAllocateMdl, nothing described yet
  kOwned,         // allocated with the MDL: physical pages of its own segment
  kNonPagedPool,  // MmBuildMdlForNonPagedPool
  kLocked,        // MmProbeAndLockPages
  kPartial,       // IoBuildPartialMdl: another MDL's pages
  kFreed,         // MmFreePagesFromMdl done, descriptor not yet freed
};

struct MdlRecord {
  PMDL mdl = nullptr;
  uint64_t id = 0;  // counts MDLs from 1; an address may serve twice, an id never does
  MdlOrigin origin = MdlOrigin::kPortStream;
  MdlPages pages = MdlPages::kNone;
  bool live = false;
  bool contiguous = false;
  const void* owner = nullptr;  // the stream, or whoever the allocator named

  uint64_t requested_bytes = 0;
  uint64_t bytes = 0;       // whole pages when the pages are owned
  KernelAddress described;  // IoAllocateMdl's VirtualAddress; null for allocated pages
  std::vector<uint64_t> pfns;

  // The view, when mapped; of the last one otherwise (times_mapped > 0).
  bool mapped = false;
  uint32_t times_mapped = 0;
  KernelAddress view;
  uint64_t view_bytes = 0;
  uint32_t cache_type = 0;  // MEMORY_CACHING_TYPE
  MapRequester requester = MapRequester::kPortStream;
  uint32_t client_mappings = 0;  // live now

  // Empty when not verifying, or when it has not happened. mapped and unmapped tell of the last view.
  StackTrace allocated_at;
  StackTrace mapped_at;
  StackTrace unmapped_at;
  StackTrace freed_at;

  uint64_t page_count() const { return pfns.size(); }
};

}  // namespace portside::memory
