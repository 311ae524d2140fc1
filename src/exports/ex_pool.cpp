// The pool: ExAllocatePool2 and its elders, over kernel/pool.h.

#include <fmt/format.h>

#include "exports/api.h"
#include "exports/raise.h"
#include "memory/memory.h"

using namespace portside;
using namespace portside::exports;
using kernel::PoolContents;
using kernel::PoolFault;
using kernel::PoolKind;
using kernel::PoolRequest;

namespace {

// A caller at DISPATCH_LEVEL asks for non-paged memory (ExAllocatePool2, Remarks).
kernel::Irql highest_irql(bool paged) { return paged ? kApcLevel : kDispatchLevel; }

constexpr ULONG kMustSucceed = 2;  // POOL_TYPE: NonPagedPoolMustSucceed and its cache-aligned kin

PVOID allocate(const PoolRequest& request, bool raise) {
  auto block = services().pool().allocate(request);
  if (block) return *block;
  if (raise) raise_status(STATUS_INSUFFICIENT_RESOURCES);
  return nullptr;
}

PVOID allocate_by_type(const char* api, POOL_TYPE type, SIZE_T bytes, ULONG tag, bool raise, bool quota) {
  const auto bits = static_cast<ULONG>(type);
  const bool paged = bits & PagedPool;
  ApiScope scope(api, kPassiveLevel, highest_irql(paged));
  if (tag == 0) services().pool().report(PoolFault::kZeroTag, api, tag, fmt::format("{} was given no tag", api));
  return allocate({.bytes = bytes,
                   .tag = tag,
                   .kind = paged                   ? PoolKind::kPaged
                           : bits & NonPagedPoolNx ? PoolKind::kNonPaged
                                                   : PoolKind::kNonPagedExecute,
                   .contents = bits & POOL_ZERO_ALLOCATION ? PoolContents::kZeroed : PoolContents::kUninitialized,
                   .quota = quota,
                   .must_succeed = (bits & kMustSucceed) != 0,
                   .api = api},
                  raise || (bits & POOL_RAISE_IF_ALLOCATION_FAILURE));
}

PVOID allocate_by_flags(const char* api, POOL_FLAGS flags, SIZE_T bytes, ULONG tag, const char* bad_parameters) {
  constexpr POOL_FLAGS kKinds = POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
  constexpr POOL_FLAGS kKnown = kKinds | POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED | POOL_FLAG_SESSION |
                                POOL_FLAG_CACHE_ALIGNED | POOL_FLAG_RAISE_ON_FAILURE;
  constexpr POOL_FLAGS kRequired = 0xFFFF'FFFF;  // POOL_FLAG_REQUIRED_START to _END: unknown ones are refused
  const POOL_FLAGS kind = flags & kKinds;
  ApiScope scope(api, kPassiveLevel, highest_irql(kind == POOL_FLAG_PAGED));
  const bool one_kind = kind != 0 && (kind & (kind - 1)) == 0;
  std::string mistake;
  PoolFault fault = PoolFault::kBadFlags;
  if (bad_parameters) mistake = fmt::format("{}: {}", api, bad_parameters);
  if (flags & kRequired & ~kKnown)
    mistake = fmt::format("{}: flags 0x{:x} are unknown", api, flags & kRequired & ~kKnown);
  if (!one_kind)
    mistake = fmt::format("{} was given {} of the kinds of pool, instead of one", api, kind ? "several" : "none");
  if (tag == 0) {
    fault = PoolFault::kZeroTag;
    mistake = fmt::format("{} was given no tag", api);
  }
  if (!mistake.empty()) {
    // ExAllocatePool2, Return value: NULL for a zero tag or invalid flags, or an exception.
    services().pool().report(fault, api, tag, std::move(mistake));
    if (flags & POOL_FLAG_RAISE_ON_FAILURE) raise_status(STATUS_INVALID_PARAMETER);
    return nullptr;
  }
  return allocate({.bytes = bytes,
                   .tag = tag,
                   .kind = kind == POOL_FLAG_PAGED       ? PoolKind::kPaged
                           : kind == POOL_FLAG_NON_PAGED ? PoolKind::kNonPaged
                                                         : PoolKind::kNonPagedExecute,
                   .contents = flags & POOL_FLAG_UNINITIALIZED ? PoolContents::kUninitialized : PoolContents::kZeroed,
                   .quota = (flags & POOL_FLAG_USE_QUOTA) != 0,
                   .api = api},
                  flags & POOL_FLAG_RAISE_ON_FAILURE);
}

void release(const char* api, PVOID block, std::optional<uint32_t> tag) {
  auto& pool = services().pool();
  const auto known = pool.find(KernelAddress(block));
  ApiScope scope(api, kPassiveLevel, highest_irql(known && known->kind == PoolKind::kPaged));
  // The descriptor of MmAllocatePagesForMdl is freed by ExFreePool (MmFreePagesFromMdl, Remarks).
  if (!known && current<memory::Memory>().release_descriptor(block)) return;
  (void)pool.free(block, tag, api);
}

}  // namespace

extern "C" {

PVOID NTAPI ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag) {
  return allocate_by_flags("ExAllocatePool2", Flags, NumberOfBytes, Tag, nullptr);
}
PVOID NTAPI ExAllocatePool3(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag, const void* ExtendedParameters,
                            ULONG ExtendedParametersCount) {
  return allocate_by_flags(
      "ExAllocatePool3", Flags, NumberOfBytes, Tag,
      ExtendedParametersCount && !ExtendedParameters ? "parameters are counted and not given" : nullptr);
}
PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes) {
  constexpr ULONG kNone = 'enoN';  // what Windows writes for a caller that names no tag
  return allocate_by_type("ExAllocatePool", PoolType, NumberOfBytes, kNone, false, false);
}
PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
  return allocate_by_type("ExAllocatePoolWithTag", PoolType, NumberOfBytes, Tag, false, false);
}
PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                          EX_POOL_PRIORITY Priority) {
  return allocate_by_type("ExAllocatePoolWithTagPriority", PoolType, NumberOfBytes, Tag, false, false);
}
PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag) {
  // It raises unless told not to (ExAllocatePoolWithQuotaTag, Return value).
  const bool raise = !(static_cast<ULONG>(PoolType) & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE);
  return allocate_by_type("ExAllocatePoolWithQuotaTag", PoolType, NumberOfBytes, Tag, raise, true);
}
VOID NTAPI ExFreePool(PVOID P) { release("ExFreePool", P, std::nullopt); }
// A zero tag is no tag: nothing is compared.
VOID NTAPI ExFreePoolWithTag(PVOID P, ULONG Tag) {
  release("ExFreePoolWithTag", P, Tag ? std::optional<uint32_t>(Tag) : std::nullopt);
}
VOID NTAPI ExFreePool2(PVOID P, ULONG Tag, PVOID ExtendedParameters, ULONG ExtendedParametersCount) {
  release("ExFreePool2", P, Tag ? std::optional<uint32_t>(Tag) : std::nullopt);
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kExPoolRows[] = {
    EXPORT(NtosKrnl, ExAllocatePool2),
    EXPORT_PARTIAL(NtosKrnl, ExAllocatePool3,
                   "extended parameters (priority, secure pool, node) are accepted and not honoured"),
    EXPORT(NtosKrnl, ExAllocatePool),
    EXPORT(NtosKrnl, ExAllocatePoolWithTag),
    EXPORT_PARTIAL(NtosKrnl, ExAllocatePoolWithTagPriority, "every priority is the same"),
    EXPORT_PARTIAL(NtosKrnl, ExAllocatePoolWithQuotaTag, "no quota is charged"),
    EXPORT(NtosKrnl, ExFreePool),
    EXPORT(NtosKrnl, ExFreePoolWithTag),
    EXPORT(NtosKrnl, ExFreePool2),
};
}  // namespace
const ExportSet kExPoolExports{kExPoolRows};
}  // namespace portside::exports
