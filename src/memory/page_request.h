#pragma once
// PageRequest: which physical pages are wanted.

#include <cstdint>

#include "base/address.h"
#include "memory/mdl_record.h"

namespace portside::memory {

// MmAllocatePagesForMdlEx, Remarks: "The maximum amount of memory ... in a single call is (4 gigabytes - PAGE_SIZE)".
inline constexpr uint64_t kMostMdlBytes = (1ull << 32) - kPageBytes;

struct PageRequest {
  PhysicalAddress low{0};
  PhysicalAddress high{UINT64_MAX};  // inclusive: the highest byte's address that is acceptable
  uint64_t bytes = 0;
  bool contiguous = false;
  bool may_be_short = true;     // scattered only: give what there is when memory is short
  uint64_t skip_bytes = 0;      // MmAllocatePagesForMdl, SkipBytes: the range moves up by this until enough is found
  uint64_t boundary_bytes = 0;  // contiguous: do not cross a multiple of this power of two; 0 = none
  MdlOrigin origin = MdlOrigin::kPortStream;
  const void* owner = nullptr;
};

// What is given of so many bytes when memory is made to be short: half, in whole pages, and less than all of more than a page.
constexpr uint64_t shortened(uint64_t bytes) {
  return bytes / 2 < kPageBytes ? kPageBytes : bytes / 2 / kPageBytes * kPageBytes;
}

}  // namespace portside::memory
