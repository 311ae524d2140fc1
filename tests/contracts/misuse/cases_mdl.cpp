// MDLs that are not a port's.
#include "case_parts.h"

namespace {

constexpr ULONG kPriority = NormalPagePriority;

PMDL mdl_of(void* bytes, ULONG length = PAGE_SIZE) { return IoAllocateMdl(bytes, length, FALSE, FALSE, nullptr); }
PVOID map(PMDL mdl) { return MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE, kPriority); }
PVOID map_for_program(PMDL mdl) {
  return MmMapLockedPagesSpecifyCache(mdl, UserMode, MmCached, nullptr, FALSE, kPriority);
}
PMDL with_pages() { return MmAllocatePagesForMdlEx({}, kAnywhere, {}, 4 * PAGE_SIZE, MmCached, 0); }
void free_pages(PMDL mdl) {
  MmFreePagesFromMdl(mdl);
  ExFreePool(mdl);
}

}  // namespace

void MapNoMdl(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  if (wrong)
    MmMapLockedPagesSpecifyCache(static_cast<PMDL>(bytes), KernelMode, MmCached, nullptr, FALSE,  // breaks NotAnMdl
                                 kPriority);
  give_back(bytes);
}

void FreeMdlTwice(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  IoFreeMdl(mdl);
  if (wrong) IoFreeMdl(mdl);  // breaks MdlUsedAfterFree
  give_back(bytes);
}

void FreeMdlThatAProgramSees(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmBuildMdlForNonPagedPool(mdl);
  PVOID view = map_for_program(mdl);
  if (!wrong) MmUnmapLockedPages(view, mdl);
  IoFreeMdl(mdl);  // breaks MdlFreedMapped
  give_back(bytes);
}

void UnmapAnotherMdlsUserView(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL one = mdl_of(bytes), other = mdl_of(bytes);
  MmBuildMdlForNonPagedPool(one);
  MmBuildMdlForNonPagedPool(other);
  PVOID view = map_for_program(one);
  if (wrong) MmUnmapLockedPages(view, other);  // breaks MdlUnmappedWrongBase
  MmUnmapLockedPages(view, one);
  IoFreeMdl(other);
  IoFreeMdl(one);
  give_back(bytes);
}

void MapMdlOfFreedMemory(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  if (wrong) give_back(bytes);
  MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE, kPriority);  // breaks MdlOfFreedMemory
  MmUnlockPages(mdl);
  IoFreeMdl(mdl);
  if (!wrong) give_back(bytes);
}

void MapMdlTwice(IPortWaveRTStream*, bool wrong) {
  PMDL mdl = with_pages();
  PVOID view = map(mdl);
  if (wrong)
    MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE, kPriority);  // breaks MdlMappedTwice
  MmUnmapLockedPages(view, mdl);
  free_pages(mdl);
}

void MapUnlockedMdl(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  if (!wrong) MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE, kPriority);  // breaks MdlMappedUnlocked
  if (!wrong) MmUnlockPages(mdl);
  IoFreeMdl(mdl);
  give_back(bytes);
}

void UnmapMdlTwice(IPortWaveRTStream*, bool wrong) {
  PMDL mdl = with_pages();
  PVOID view = map(mdl);
  MmUnmapLockedPages(view, mdl);
  if (wrong) MmUnmapLockedPages(view, mdl);  // breaks MdlUnmappedNotMapped
  free_pages(mdl);
}

void UnmapMdlWrongBase(IPortWaveRTStream*, bool wrong) {
  PMDL mdl = with_pages();
  auto* view = static_cast<UCHAR*>(map(mdl));
  if (wrong) MmUnmapLockedPages(view + PAGE_SIZE, mdl);  // breaks MdlUnmappedWrongBase
  MmUnmapLockedPages(view, mdl);
  free_pages(mdl);
}

void FreeMappedMdl(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  map(mdl);
  if (!wrong) MmUnlockPages(mdl);
  IoFreeMdl(mdl);  // breaks MdlFreedMapped
  give_back(bytes);
}

void FreeLockedMdl(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  if (!wrong) MmUnlockPages(mdl);
  IoFreeMdl(mdl);  // breaks MdlFreedLocked
  give_back(bytes);
}

void FreeMdlByOther(IPortWaveRTStream*, bool wrong) {
  PMDL mdl = with_pages();
  if (wrong) IoFreeMdl(mdl);  // breaks MdlFreedByOther
  free_pages(mdl);
}

void LockMdlTwice(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  __try {
    if (wrong) MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);  // breaks MdlLockedTwice
  } __except (EXCEPTION_EXECUTE_HANDLER) {}
  MmUnlockPages(mdl);
  IoFreeMdl(mdl);
  give_back(bytes);
}

void BuildMdlTwice(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmBuildMdlForNonPagedPool(mdl);
  if (wrong) MmBuildMdlForNonPagedPool(mdl);  // breaks MdlBuiltTwice
  IoFreeMdl(mdl);
  give_back(bytes);
}

void UnlockMdlTwice(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  MmUnlockPages(mdl);
  if (wrong) MmUnlockPages(mdl);  // breaks MdlUnlockedNotLocked
  IoFreeMdl(mdl);
  give_back(bytes);
}

void UnlockMdlOfPool(IPortWaveRTStream*, bool wrong) {
  void* bytes = block(PAGE_SIZE);
  PMDL mdl = mdl_of(bytes);
  MmBuildMdlForNonPagedPool(mdl);
  if (wrong) MmUnlockPages(mdl);  // breaks MdlOfPoolUnlocked
  IoFreeMdl(mdl);
  give_back(bytes);
}

void PartialMdlTooLong(IPortWaveRTStream*, bool wrong) {
  auto* bytes = static_cast<UCHAR*>(block(2 * PAGE_SIZE));
  PMDL whole = mdl_of(bytes, 2 * PAGE_SIZE), part = mdl_of(bytes, 2 * PAGE_SIZE);
  MmBuildMdlForNonPagedPool(whole);
  IoBuildPartialMdl(whole, part, bytes + PAGE_SIZE, wrong ? 2 * PAGE_SIZE : PAGE_SIZE);  // breaks PartialMdlOutside
  IoFreeMdl(part);
  IoFreeMdl(whole);
  give_back(bytes);
}

void FreeContiguousTwice(IPortWaveRTStream*, bool wrong) {
  void* bytes = MmAllocateContiguousMemory(PAGE_SIZE, kAnywhere);
  MmFreeContiguousMemory(bytes);
  if (wrong) MmFreeContiguousMemory(bytes);  // breaks ContiguousFreedWrong
}

void LeaveContiguous(IPortWaveRTStream*, bool wrong) {
  void* bytes = MmAllocateNonCachedMemory(PAGE_SIZE);  // breaks ContiguousLeaked
  if (!wrong) MmFreeNonCachedMemory(bytes, PAGE_SIZE);
}

void LeaveIoSpace(IPortWaveRTStream*, bool wrong) {
  void* bytes = MmAllocateContiguousMemory(PAGE_SIZE, kAnywhere);
  void* view = MmMapIoSpace(MmGetPhysicalAddress(bytes), PAGE_SIZE, MmCached);  // breaks IoSpaceLeft
  if (!wrong) MmUnmapIoSpace(view, PAGE_SIZE);
  MmFreeContiguousMemory(bytes);
}

void FreeContiguousInterior(IPortWaveRTStream*, bool wrong) {
  auto* bytes = static_cast<UCHAR*>(MmAllocateContiguousMemory(2 * PAGE_SIZE, kAnywhere));
  if (wrong) MmFreeContiguousMemory(bytes + PAGE_SIZE);  // breaks ContiguousFreedWrong
  MmFreeContiguousMemory(bytes);
}
