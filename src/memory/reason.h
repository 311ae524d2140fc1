#pragma once
// MemoryReason: why memory refused or failed a request, one value a mistake, so that a rule can be written on it.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portside::memory {

enum class MemoryReason : uint32_t {
  kNone = 0,
  // About the MDL.
  kNullMdl,
  kForeignMdl,  // never given out by this layer
  kFreedMdl,    // map, unmap or query after free
  kFreedTwice,
  kFreedWhileMapped,   // carried out: the view is unmapped first, so that later touches are caught
  kFreedWhileLocked,   // IoFreeMdl before MmUnlockPages; carried out, the pages are unlocked first
  kOriginMismatch,     // freed by another family of functions than the one that allocated it
  kRequesterMismatch,  // mapped or unmapped by another family than its own
  kNotLocked,          // the MDL describes no locked pages
  kAlreadyBuilt,       // lock or build of an MDL that describes pages already
  kPagesGone,          // the MDL's pages are freed, its descriptor not yet
  kSourceGone,         // the memory that the MDL describes was freed
  // About the view.
  kAlreadyMapped,
  kNullBase,
  kNeverMapped,     // the MDL has had no view
  kUnmappedTwice,   // the base is that of this MDL's former view
  kBaseInsideView,  // inside the MDL's view, but not its base
  kBaseOfOtherMdl,  // base of, or inside, another MDL's view
  kWrongBase,       // an address that is no view at all
  kCacheTypeOutOfRange,
  // About the request.
  kIndexOutOfRange,
  kLowAboveHigh,
  kZeroBytes,
  kTooManyBytes,     // more than an MDL can describe (4 GiB - PAGE_SIZE)
  kNotInRange,       // the range holds no RAM at all
  kBadAlignment,     // skip or boundary is no power of two or no multiple of a page
  kOutsideSource,    // a partial MDL, or a DMA access, reaches outside what it may
  kAddressNotValid,  // nothing is mapped at the address
  kNotAnAllocation,  // arena or contiguous free of an address that is not an allocation's base
  // About a device's access.
  kDmaToFreed,    // a page that was freed
  kDmaToForeign,  // memory that was not given out for a device to reach
  kDmaPastEnd,    // inside the page, past the end of what was allocated
  // About resources.
  kShortMemory,     // carried out with fewer pages than asked
  kExhausted,       // no page, or not all of an all-or-nothing request
  kNoAddressSpace,  // the arena is full
  kHostRefused,     // the host's mmap, memfd_create or ftruncate failed
  kCount
};

// "unmapped-twice"
std::string_view reason_name(MemoryReason reason);

// The reason that a Status of this layer carries; kNone for another layer's.
MemoryReason reason_of(const Status& status);

std::unexpected<Status> refuse(MemoryReason reason, std::string sentence);
// The Windows status that goes with a reason.
StatusCode status_of(MemoryReason reason);

}  // namespace portside::memory
