// Memory: MDLs, pages, contiguous and I/O memory, over src/memory. The layer below keeps the evidence of a mistake.

#include "exports/api.h"
#include "exports/driver_memory.h"
#include "exports/raise.h"
#include "kernel/kernel.h"
#include "kernel/unicode.h"
#include "memory/memory.h"

using namespace portside;
using namespace portside::exports;
using memory::MapRequester;
using memory::MdlOrigin;

namespace {

memory::Memory& memory_() { return current<memory::Memory>(); }

void lock_section(void* inside) {
  const auto address = reinterpret_cast<uint64_t>(inside);
  current<kernel::Kernel>().pageable().lock(address, address + 1);
}

PMDL allocate_pages(const char* api, PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, PHYSICAL_ADDRESS skip, SIZE_T bytes,
                    bool all) {
  // MmAllocatePagesForMdlEx, Remarks: callers "are allowed to be at DISPATCH_LEVEL".
  ApiScope scope(api, kPassiveLevel, kDispatchLevel);
  memory::PageRequest request;
  request.low = PhysicalAddress(static_cast<uint64_t>(low.QuadPart));
  request.high = PhysicalAddress(static_cast<uint64_t>(high.QuadPart));
  request.skip_bytes = static_cast<uint64_t>(skip.QuadPart);
  request.bytes = bytes;
  request.may_be_short = !all;
  request.origin = MdlOrigin::kMmAllocatePages;
  if (made_to_fail(FailureKind::kPages, api)) return nullptr;
  // MmAllocatePagesForMdl, Remarks: it may give less than was asked for; MM_ALLOCATE_FULLY_REQUIRED: all or nothing.
  if (!all && request.bytes > kPageBytes && made_to_fail(FailureKind::kShortPages, api))
    request.bytes = memory::shortened(request.bytes);
  return memory_().allocate_pages(request).value_or(nullptr);
}

PVOID map_pages(const char* api, PMDL mdl, KPROCESSOR_MODE mode, ULONG cache_type, bool raise_or_stop, bool read_only) {
  ApiScope scope(api, kPassiveLevel, mode == KernelMode ? kDispatchLevel : kApcLevel);
  // A kernel-mode mapping that stops the system when it fails is no failure to recover from.
  if (!(raise_or_stop && mode == KernelMode) && made_to_fail(FailureKind::kMap, api)) {
    if (raise_or_stop) raise_status(STATUS_INSUFFICIENT_RESOURCES);
    return nullptr;
  }
  const auto access = read_only ? memory::ViewAccess::kReadOnly : memory::ViewAccess::kReadWrite;
  // A process may see what the system sees: the MDL has one mapping for the system, and any number beside it.
  const auto known = mode == UserMode ? memory_().find(mdl) : std::nullopt;
  Result<KernelAddress> view = fail(StatusCode::kInvalidParameter, "");
  if (known && known->live && known->origin != MdlOrigin::kPortStream) view = memory_().map_beside(mdl, access);
  // What cannot lie beside the system's view is that view.
  if (!view) view = memory_().map(mdl, cache_type, MapRequester::kMm, access);
  if (view) return view->pointer();
  // MmMapLockedPages: a user-mode mapping that fails raises; a kernel-mode one stops the system if asked to.
  if (raise_or_stop) raise_status(view.error().nt());
  return nullptr;
}

PVOID allocate_contiguous(const char* api, SIZE_T bytes, uint64_t low, uint64_t high, uint64_t boundary,
                          ULONG cache_type) {
  ApiScope scope(api, kPassiveLevel, kDispatchLevel);
  memory::PageRequest request;
  request.low = PhysicalAddress(low);
  request.high = PhysicalAddress(high);
  request.bytes = bytes;
  request.boundary_bytes = boundary;
  request.contiguous = true;
  if (made_to_fail(FailureKind::kPages, api)) return nullptr;
  auto base = memory_().allocate_contiguous(request, cache_type);
  return base ? listed(kernel::LiveKind::kContiguous, base->pointer(), bytes) : nullptr;
}

}  // namespace

extern "C" {

PMDL NTAPI MmAllocatePagesForMdl(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress, PHYSICAL_ADDRESS SkipBytes,
                                 SIZE_T TotalBytes) {
  return allocate_pages("MmAllocatePagesForMdl", LowAddress, HighAddress, SkipBytes, TotalBytes, false);
}
PMDL NTAPI MmAllocatePagesForMdlEx(PHYSICAL_ADDRESS LowAddress, PHYSICAL_ADDRESS HighAddress,
                                   PHYSICAL_ADDRESS SkipBytes, SIZE_T TotalBytes, MEMORY_CACHING_TYPE CacheType,
                                   ULONG Flags) {
  return allocate_pages("MmAllocatePagesForMdlEx", LowAddress, HighAddress, SkipBytes, TotalBytes,
                        Flags & MM_ALLOCATE_FULLY_REQUIRED);
}
VOID NTAPI MmFreePagesFromMdl(PMDL MemoryDescriptorList) {
  ApiScope scope("MmFreePagesFromMdl", kPassiveLevel, kDispatchLevel);
  (void)memory_().free_pages(MemoryDescriptorList, MdlOrigin::kMmAllocatePages);
}
PVOID NTAPI MmMapLockedPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode) {
  return map_pages("MmMapLockedPages", MemoryDescriptorList, AccessMode, MmCached, true, false);
}
PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                         MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress, ULONG BugCheckOnFailure,
                                         ULONG Priority) {
  return map_pages("MmMapLockedPagesSpecifyCache", MemoryDescriptorList, AccessMode, static_cast<ULONG>(CacheType),
                   AccessMode != KernelMode || BugCheckOnFailure, Priority & MdlMappingNoWrite);
}
VOID NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList) {
  ApiScope scope("MmUnmapLockedPages", kPassiveLevel, kDispatchLevel);
  const auto beside = memory_().unmap_beside(KernelAddress(BaseAddress), MemoryDescriptorList);
  if (!beside || *beside) return;
  (void)memory_().unmap(KernelAddress(BaseAddress), MemoryDescriptorList, MapRequester::kMm);
}
VOID NTAPI MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList) {
  ApiScope scope("MmBuildMdlForNonPagedPool", kPassiveLevel, kDispatchLevel);
  (void)memory_().build_for_nonpaged_pool(MemoryDescriptorList);
}
VOID NTAPI MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation) {
  ApiScope scope("MmProbeAndLockPages", kPassiveLevel, kDispatchLevel);
  if (made_to_fail(FailureKind::kMap, "MmProbeAndLockPages")) raise_status(STATUS_INSUFFICIENT_RESOURCES);
  const auto locked = memory_().lock_pages(
      MemoryDescriptorList, Operation == IoReadAccess ? memory::ViewAccess::kReadOnly : memory::ViewAccess::kReadWrite);
  // "If the memory range does not support the specified operation, the routine raises": STATUS_ACCESS_VIOLATION or other.
  const NTSTATUS status = status_of(locked);
  if (!NT_SUCCESS(status)) raise_status(status);
}
VOID NTAPI MmUnlockPages(PMDL MemoryDescriptorList) {
  ApiScope scope("MmUnlockPages", kPassiveLevel, kDispatchLevel);
  (void)memory_().unlock_pages(MemoryDescriptorList);
}
SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length) {
  ApiScope scope("MmSizeOfMdl");
  return sizeof(MDL) + ADDRESS_AND_SIZE_TO_SPAN_PAGES(Base, Length) * sizeof(PFN_NUMBER);
}

PVOID NTAPI MmAllocateContiguousMemory(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS HighestAcceptableAddress) {
  return allocate_contiguous("MmAllocateContiguousMemory", NumberOfBytes, 0,
                             static_cast<uint64_t>(HighestAcceptableAddress.QuadPart), 0, MmCached);
}
PVOID NTAPI MmAllocateContiguousMemorySpecifyCache(SIZE_T NumberOfBytes, PHYSICAL_ADDRESS LowestAcceptableAddress,
                                                   PHYSICAL_ADDRESS HighestAcceptableAddress,
                                                   PHYSICAL_ADDRESS BoundaryAddressMultiple,
                                                   MEMORY_CACHING_TYPE CacheType) {
  return allocate_contiguous("MmAllocateContiguousMemorySpecifyCache", NumberOfBytes,
                             static_cast<uint64_t>(LowestAcceptableAddress.QuadPart),
                             static_cast<uint64_t>(HighestAcceptableAddress.QuadPart),
                             static_cast<uint64_t>(BoundaryAddressMultiple.QuadPart), static_cast<ULONG>(CacheType));
}
VOID NTAPI MmFreeContiguousMemory(PVOID BaseAddress) {
  ApiScope scope("MmFreeContiguousMemory", kPassiveLevel, kDispatchLevel);
  if (memory_().free_contiguous(KernelAddress(BaseAddress))) unlist(BaseAddress);
}
VOID NTAPI MmFreeContiguousMemorySpecifyCache(PVOID BaseAddress, SIZE_T NumberOfBytes, MEMORY_CACHING_TYPE CacheType) {
  ApiScope scope("MmFreeContiguousMemorySpecifyCache", kPassiveLevel, kDispatchLevel);
  if (memory_().free_contiguous(KernelAddress(BaseAddress))) unlist(BaseAddress);
}
PVOID NTAPI MmAllocateNonCachedMemory(SIZE_T NumberOfBytes) {
  ApiScope scope("MmAllocateNonCachedMemory", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kPages, "MmAllocateNonCachedMemory")) return nullptr;
  auto base = memory_().allocate_noncached(NumberOfBytes);
  return base ? listed(kernel::LiveKind::kContiguous, base->pointer(), NumberOfBytes) : nullptr;
}
VOID NTAPI MmFreeNonCachedMemory(PVOID BaseAddress, SIZE_T NumberOfBytes) {
  ApiScope scope("MmFreeNonCachedMemory", kPassiveLevel, kApcLevel);
  if (memory_().free_noncached(KernelAddress(BaseAddress), NumberOfBytes)) unlist(BaseAddress);
}
PHYSICAL_ADDRESS NTAPI MmGetPhysicalAddress(PVOID BaseAddress) {
  ApiScope scope("MmGetPhysicalAddress");
  PHYSICAL_ADDRESS address{};
  if (auto found = memory_().physical_address(KernelAddress(BaseAddress)))
    address.QuadPart = static_cast<LONGLONG>(found->value);
  return address;
}
BOOLEAN NTAPI MmIsAddressValid(PVOID VirtualAddress) {
  ApiScope scope("MmIsAddressValid", kPassiveLevel, kDispatchLevel);
  return memory_().is_valid(KernelAddress(VirtualAddress));
}
MM_SYSTEMSIZE NTAPI MmQuerySystemSize(VOID) {
  ApiScope scope("MmQuerySystemSize");
  return MmLargeSystem;
}
BOOLEAN NTAPI MmIsThisAnNtAsSystem(VOID) {
  ApiScope scope("MmIsThisAnNtAsSystem", kPassiveLevel, kDispatchLevel);
  return FALSE;
}

// Code and data of a driver are always resident here; a locked section may be touched at any IRQL. A handle is an address in it.
PVOID NTAPI MmLockPagableDataSection(PVOID AddressWithinSection) {
  ApiScope scope("MmLockPagableDataSection", kPassiveLevel, kApcLevel);
  lock_section(AddressWithinSection);
  return AddressWithinSection;
}
VOID NTAPI MmLockPagableSectionByHandle(PVOID ImageSectionHandle) {
  ApiScope scope("MmLockPagableSectionByHandle", kPassiveLevel, kApcLevel);
  lock_section(ImageSectionHandle);
}
VOID NTAPI MmUnlockPagableImageSection(PVOID ImageSectionHandle) {
  ApiScope scope("MmUnlockPagableImageSection", kPassiveLevel, kApcLevel);
  const auto address = reinterpret_cast<uint64_t>(ImageSectionHandle);
  current<kernel::Kernel>().pageable().unlock(address, address + 1);
}
PVOID NTAPI MmPageEntireDriver(PVOID AddressWithinSection) {
  ApiScope scope("MmPageEntireDriver", kPassiveLevel, kApcLevel);
  return AddressWithinSection;
}
VOID NTAPI MmResetDriverPaging(PVOID AddressWithinSection) {
  ApiScope scope("MmResetDriverPaging", kPassiveLevel, kApcLevel);
}

PVOID NTAPI MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName) {
  ApiScope scope("MmGetSystemRoutineAddress", kPassiveLevel, kPassiveLevel);
  const std::string name = kernel::to_utf8(copy_of(SystemRoutineName));
  // The host knows what the loader adds, and gives a driver the thunk that its import would have.
  if (const auto& finder = services().routine_finder()) return finder(name);
  const Export* row = find_export(dll::NtosKrnl, name);
  return row ? row->address : nullptr;
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kResident[] = "a driver's sections are always resident";
const Export kMmRows[] = {
    EXPORT(NtosKrnl, MmAllocatePagesForMdl),
    EXPORT_PARTIAL(NtosKrnl, MmAllocatePagesForMdlEx,
                   "of the flags MM_ALLOCATE_FULLY_REQUIRED alone is honoured; pages are always zeroed"),
    EXPORT(NtosKrnl, MmFreePagesFromMdl),
    EXPORT_PARTIAL(NtosKrnl, MmMapLockedPages, "user-mode views lie in this process, too"),
    EXPORT_PARTIAL(NtosKrnl, MmMapLockedPagesSpecifyCache,
                   "user-mode views lie in this process, too; RequestedAddress is ignored"),
    EXPORT(NtosKrnl, MmUnmapLockedPages),
    EXPORT(NtosKrnl, MmBuildMdlForNonPagedPool),
    EXPORT(NtosKrnl, MmProbeAndLockPages),
    EXPORT(NtosKrnl, MmUnlockPages),
    EXPORT(NtosKrnl, MmSizeOfMdl),
    EXPORT(NtosKrnl, MmAllocateContiguousMemory),
    EXPORT(NtosKrnl, MmAllocateContiguousMemorySpecifyCache),
    EXPORT(NtosKrnl, MmFreeContiguousMemory),
    EXPORT(NtosKrnl, MmFreeContiguousMemorySpecifyCache),
    EXPORT(NtosKrnl, MmAllocateNonCachedMemory),
    EXPORT(NtosKrnl, MmFreeNonCachedMemory),
    EXPORT(NtosKrnl, MmGetPhysicalAddress),
    EXPORT_PARTIAL(NtosKrnl, MmIsAddressValid, "knows pool, views and contiguous memory; not images and stacks"),
    EXPORT(NtosKrnl, MmQuerySystemSize),
    EXPORT(NtosKrnl, MmIsThisAnNtAsSystem),
    EXPORT_PARTIAL(NtosKrnl, MmLockPagableDataSection, kResident),
    EXPORT_PARTIAL(NtosKrnl, MmLockPagableSectionByHandle, kResident),
    EXPORT_PARTIAL(NtosKrnl, MmUnlockPagableImageSection, kResident),
    EXPORT_PARTIAL(NtosKrnl, MmPageEntireDriver, kResident),
    EXPORT_PARTIAL(NtosKrnl, MmResetDriverPaging, kResident),
    EXPORT(NtosKrnl, MmGetSystemRoutineAddress),
};
}  // namespace
const ExportSet kMmExports{kMmRows};
}  // namespace portside::exports
