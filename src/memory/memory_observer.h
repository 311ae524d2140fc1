#pragma once
// MemoryObserver: what can be seen happening in memory. Called on the calling thread, after the fact, with no lock held.

#include <optional>
#include <string>
#include <string_view>

#include "base/stack.h"
#include "memory/address_info.h"
#include "memory/mdl_record.h"
#include "memory/page_request.h"
#include "memory/reason.h"

namespace portside::memory {

enum class MemoryOperation : uint8_t {
  kAllocatePages,
  kMap,
  kUnmap,
  kFreePages,
  kQuery,  // page_count, page_address
  kMapToClient,
  kAllocateMdl,
  kBuildMdl,  // build_for_nonpaged_pool, build_partial, prepare_for_reuse
  kLockPages,
  kUnlockPages,
  kFreeMdl,
  kAllocateBlock,  // arena, contiguous, non-cached
  kFreeBlock,
  kDma,
};
std::string_view operation_name(MemoryOperation operation);

// A request that was refused, that failed, or (kFreedWhileMapped, kShortMemory) was carried out all the same.
struct MemoryMishap {
  MemoryOperation operation = MemoryOperation::kAllocatePages;
  MemoryReason reason = MemoryReason::kNone;
  bool carried_out = false;
  std::string sentence;
  StackTrace stack;  // of the request

  // What the request named; defaults where it named nothing.
  PMDL mdl = nullptr;
  KernelAddress address;
  uint64_t bytes = 0;
  uint32_t index = 0;
  std::string device;  // of a device's access
  uint32_t cache_type = 0;
  PageRequest pages;
  MdlOrigin origin = MdlOrigin::kPortStream;           // of a free
  MapRequester requester = MapRequester::kPortStream;  // of a map or unmap

  std::optional<MdlRecord> record;  // the MDL before the request, live or freed, when known
  std::optional<AddressInfo> at;    // what lies at `address`, when one was named
};

class MemoryObserver {
 public:
  virtual ~MemoryObserver() = default;
  virtual void on_pages_allocated(const MdlRecord&) {}
  virtual void on_mapped(const MdlRecord&) {}
  virtual void on_unmapped(const MdlRecord&) {}
  virtual void on_pages_freed(const MdlRecord&) {}
  virtual void on_locked(const MdlRecord&) {}  // MmProbeAndLockPages
  virtual void on_unlocked(const MdlRecord&) {}
  virtual void on_mishap(const MemoryMishap&) {}
};

}  // namespace portside::memory
