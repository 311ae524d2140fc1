// Physical addresses as memory (wdm: MmMapIoSpace, MmCopyMemory, MmGetPhysicalMemoryRanges), and the rest of Mm that drivers of
// real devices call.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "exports/api.h"
#include "exports/driver_memory.h"
#include "io/io.h"
#include "memory/memory.h"

using namespace portside;
using namespace portside::exports;

namespace {

memory::Memory& memory_() { return current<memory::Memory>(); }

io::RegisterSpace* registers() {
  io::Io* io = io::Io::find();
  return io ? io->registers() : nullptr;
}

// Why a driver was given NULL: in the log that a report shows.
void tell(const char* api, std::string reason) {
  services().log().print({.component = DPFLTR_DEFAULT_ID,
                          .level = DPFLTR_ERROR_LEVEL,
                          .text = fmt::format("{} gives NULL: {}\n", api, reason)});
  services().refusals().note(fmt::format("{} gave NULL: {}", api, reason));
}

PVOID map(const char* api, PHYSICAL_ADDRESS physical, SIZE_T bytes, ULONG cache_type) {
  ApiScope scope(api, kPassiveLevel, kDispatchLevel);
  if (made_to_fail(FailureKind::kMap, api)) return nullptr;
  const PhysicalAddress first(static_cast<uint64_t>(physical.QuadPart));
  if (io::RegisterSpace* space = registers(); space && bytes && space->owns(first, bytes)) {
    auto view = space->map(first, bytes, cache_type);
    if (view) return listed(kernel::LiveKind::kIoSpace, view->pointer(), bytes);
    tell(api, view.error().sentence());
    return nullptr;
  }
  auto view = memory_().map_physical(first, bytes, cache_type);
  if (view) return listed(kernel::LiveKind::kIoSpace, view->pointer(), bytes);
  tell(api, fmt::format("{}; and no device was given registers there", view.error().sentence()));
  return nullptr;
}

}  // namespace

extern "C" {

PVOID NTAPI MmMapIoSpace(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, MEMORY_CACHING_TYPE CacheType) {
  return map("MmMapIoSpace", PhysicalAddress, NumberOfBytes, static_cast<ULONG>(CacheType));
}
PVOID NTAPI MmMapIoSpaceEx(PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes, ULONG Protect) {
  const ULONG cache_type = Protect & PAGE_NOCACHE        ? MmNonCached
                           : Protect & PAGE_WRITECOMBINE ? MmWriteCombined
                                                         : MmCached;
  return map("MmMapIoSpaceEx", PhysicalAddress, NumberOfBytes, cache_type);
}
VOID NTAPI MmUnmapIoSpace(PVOID BaseAddress, SIZE_T NumberOfBytes) {
  ApiScope scope("MmUnmapIoSpace", kPassiveLevel, kDispatchLevel);
  const KernelAddress base(BaseAddress);
  io::RegisterSpace* space = registers();
  if ((space && space->unmap(base, NumberOfBytes)) || memory_().unmap_physical(base, NumberOfBytes)) {
    unlist(BaseAddress);
    return;
  }
  if (io::Io* io = io::Io::find())
    io->misuse(io::IoMisuse::kBadArgument, "MmUnmapIoSpace", BaseAddress,
               "not the base and length of a view that MmMapIoSpace gave");
}

// An array ended by an entry of zeros, in pool that the caller frees (MmGetPhysicalMemoryRanges, Remarks).
PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRanges(VOID) {
  constexpr const char* kApi = "MmGetPhysicalMemoryRanges";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  const auto ranges = memory_().physical_ranges();
  auto block = services().pool().allocate({.bytes = (ranges.size() + 1) * sizeof(PHYSICAL_MEMORY_RANGE),
                                           .tag = 'pmhP',
                                           .kind = kernel::PoolKind::kNonPaged,
                                           .owner = kernel::PoolOwner::kDriver,
                                           .api = kApi});
  if (!block) return nullptr;
  auto* out = static_cast<PPHYSICAL_MEMORY_RANGE>(*block);
  std::memset(out, 0, (ranges.size() + 1) * sizeof *out);
  for (size_t i = 0; i < ranges.size(); ++i) {
    out[i].BaseAddress.QuadPart = static_cast<LONGLONG>(ranges[i].first.value);
    out[i].NumberOfBytes.QuadPart = static_cast<LONGLONG>(ranges[i].bytes);
  }
  return out;
}
NTSTATUS NTAPI MmCopyMemory(PVOID TargetAddress, MM_COPY_ADDRESS SourceAddress, SIZE_T NumberOfBytes, ULONG Flags,
                            PSIZE_T NumberOfBytesTransferred) {
  ApiScope scope("MmCopyMemory", kPassiveLevel, kApcLevel);
  if (NumberOfBytesTransferred) *NumberOfBytesTransferred = 0;
  if (Flags != MM_COPY_MEMORY_PHYSICAL && Flags != MM_COPY_MEMORY_VIRTUAL) return STATUS_INVALID_PARAMETER;
  if (!NumberOfBytesTransferred || !TargetAddress) return STATUS_INVALID_PARAMETER;
  auto* to = static_cast<std::byte*>(TargetAddress);
  // Page by page: what can be read is copied, and its length told (Return value: a partial copy is an error).
  SIZE_T done = 0;
  while (done < NumberOfBytes) {
    const uint64_t at =
        (Flags == MM_COPY_MEMORY_PHYSICAL ? static_cast<uint64_t>(SourceAddress.PhysicalAddress.QuadPart)
                                          : reinterpret_cast<uint64_t>(SourceAddress.VirtualAddress)) +
        done;
    const SIZE_T piece = std::min<SIZE_T>(NumberOfBytes - done, kPageBytes - at % kPageBytes);
    if (Flags == MM_COPY_MEMORY_PHYSICAL) {
      auto view = memory_().map_physical(PhysicalAddress(at), piece, MmCached);
      if (!view) break;
      std::memcpy(to + done, view->pointer(), piece);
      (void)memory_().unmap_physical(*view, piece);
    } else {
      if (!memory_().is_valid(KernelAddress(at))) break;
      std::memcpy(to + done, reinterpret_cast<const void*>(at), piece);
    }
    done += piece;
  }
  *NumberOfBytesTransferred = done;
  return done == NumberOfBytes ? STATUS_SUCCESS : STATUS_PARTIAL_COPY;
}

PVOID NTAPI MmAllocateContiguousNodeMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
                                           PHYSICAL_ADDRESS HighestAcceptableAddress,
                                           PHYSICAL_ADDRESS BoundaryAddressMultiple, ULONG Protect,
                                           ULONG PreferredNode) {
  ApiScope scope("MmAllocateContiguousNodeMemory", kPassiveLevel, kDispatchLevel);
  if (made_to_fail(FailureKind::kPages, "MmAllocateContiguousNodeMemory")) return nullptr;
  memory::PageRequest request;
  request.low = PhysicalAddress(static_cast<uint64_t>(LowestAcceptableAddress.QuadPart));
  request.high = PhysicalAddress(static_cast<uint64_t>(HighestAcceptableAddress.QuadPart));
  request.bytes = NumberOfBytes;
  request.boundary_bytes = static_cast<uint64_t>(BoundaryAddressMultiple.QuadPart);
  request.contiguous = true;
  const ULONG cache_type = Protect & PAGE_NOCACHE        ? MmNonCached
                           : Protect & PAGE_WRITECOMBINE ? MmWriteCombined
                                                         : MmCached;
  auto base = memory_().allocate_contiguous(request, cache_type);
  return base ? listed(kernel::LiveKind::kContiguous, base->pointer(), NumberOfBytes) : nullptr;
}
PVOID NTAPI MmAllocateContiguousMemorySpecifyCacheNode(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                       PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                       PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                       MEMORY_CACHING_TYPE CacheType, ULONG PreferredNode) {
  const ULONG protect = PAGE_READWRITE | (CacheType == MmNonCached       ? PAGE_NOCACHE
                                          : CacheType == MmWriteCombined ? PAGE_WRITECOMBINE
                                                                         : 0);
  return MmAllocateContiguousNodeMemory(NumberOfBytes, LowestAcceptableAddress, HighestAcceptableAddress,
                                        BoundaryAddressMultiple, protect, PreferredNode);
}

// No driver here runs under Windows' Driver Verifier: Portside's own rules do not change what a driver is told.
LOGICAL NTAPI MmIsDriverVerifying(struct _DRIVER_OBJECT*) {
  ApiScope scope("MmIsDriverVerifying", kPassiveLevel, kApcLevel);
  return FALSE;
}
LOGICAL NTAPI MmIsDriverVerifyingByAddress(PVOID) {
  ApiScope scope("MmIsDriverVerifyingByAddress", kPassiveLevel, kApcLevel);
  return FALSE;
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kRegisters[] = "RAM, and the registers of PCI devices; NULL for the rest, with the reason in the log";
const Export kMmIoSpaceRows[] = {
    EXPORT_PARTIAL(NtosKrnl, MmMapIoSpace, kRegisters),
    EXPORT_PARTIAL(NtosKrnl, MmMapIoSpaceEx, kRegisters),
    EXPORT(NtosKrnl, MmUnmapIoSpace),
    EXPORT(NtosKrnl, MmGetPhysicalMemoryRanges),
    EXPORT_PARTIAL(NtosKrnl, MmCopyMemory,
                   "virtual sources are pool, views and contiguous memory; not images and stacks"),
    EXPORT_PARTIAL(NtosKrnl, MmAllocateContiguousNodeMemory,
                   "there is one node; the protection sets the cache type alone"),
    EXPORT_PARTIAL(NtosKrnl, MmAllocateContiguousMemorySpecifyCacheNode, "there is one node"),
    EXPORT(NtosKrnl, MmIsDriverVerifying),
    EXPORT(NtosKrnl, MmIsDriverVerifyingByAddress),
};
}  // namespace
const ExportSet kMmIoSpaceExports{kMmIoSpaceRows};
}  // namespace portside::exports
