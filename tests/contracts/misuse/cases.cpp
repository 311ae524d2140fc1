// The bodies of the mistakes. The line that breaks a rule says so: contracts_test.cpp looks for "breaks <Rule>" and
// expects the report to point there.
#include "case_parts.h"

namespace {

constexpr SIZE_T kBytes = 16 * PAGE_SIZE;

PHYSICAL_ADDRESS address(ULONGLONG value) {
  PHYSICAL_ADDRESS result;
  result.QuadPart = static_cast<LONGLONG>(value);
  return result;
}

PMDL pages(IPortWaveRTStream* port, SIZE_T bytes = kBytes) { return port->AllocatePagesForMdl(kAnywhere, bytes); }

}  // namespace

// ---- Unmapping ----

void UnmapTwice(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  port->UnmapAllocatedPages(base, mdl);
  if (wrong) port->UnmapAllocatedPages(base, mdl);  // breaks UnmappedTwice
  port->FreePagesFromMdl(mdl);
}

void UnmapWrongBase(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  ULONG local = 0;
  if (wrong) port->UnmapAllocatedPages(&local, mdl);  // breaks UnmapWrongBase
  port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
}

void UnmapNextPage(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  UCHAR* base = static_cast<UCHAR*>(port->MapAllocatedPages(mdl, MmCached));
  if (wrong) port->UnmapAllocatedPages(base + PAGE_SIZE, mdl);  // breaks UnmapWrongBase
  port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
}

void UnmapOtherMdlsBase(IPortWaveRTStream* port, bool wrong) {
  PMDL one = pages(port), other = pages(port);
  PVOID base = port->MapAllocatedPages(one, MmCached);
  PVOID other_base = port->MapAllocatedPages(other, MmCached);
  if (wrong) port->UnmapAllocatedPages(other_base, one);  // breaks UnmapWrongBase
  port->UnmapAllocatedPages(other_base, other);
  port->UnmapAllocatedPages(base, one);
  port->FreePagesFromMdl(one);
  port->FreePagesFromMdl(other);
}

void UnmapNull(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  if (wrong) port->UnmapAllocatedPages(nullptr, mdl);  // breaks UnmapNull
  port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
}

void UnmapNeverMapped(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  UCHAR stack_byte = 0;
  if (wrong) port->UnmapAllocatedPages(&stack_byte, mdl);  // breaks UnmappedNeverMapped
  port->FreePagesFromMdl(mdl);
}

void UnmapAfterFree(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
  if (wrong) port->UnmapAllocatedPages(base, mdl);  // breaks UsedAfterFree
}

// ---- Freeing ----

void FreeWhileMapped(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  if (!wrong) port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);  // breaks FreedWhileMapped
}

void FreeTwice(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  port->FreePagesFromMdl(mdl);
  if (wrong) port->FreePagesFromMdl(mdl);  // breaks FreedTwice
}

void ForeignMdl(IPortWaveRTStream* port, bool wrong) {
  PVOID block = ExAllocatePool2(POOL_FLAG_NON_PAGED, PAGE_SIZE, kTag);
  PMDL mdl = IoAllocateMdl(block, PAGE_SIZE, FALSE, FALSE, nullptr);
  MmBuildMdlForNonPagedPool(mdl);
  if (wrong) port->MapAllocatedPages(mdl, MmCached);  // breaks ForeignMdl
  IoFreeMdl(mdl);
  ExFreePoolWithTag(block, kTag);
}

void FreeByMm(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  if (wrong) MmFreePagesFromMdl(mdl);  // breaks MmCallOnPortMdl
  port->FreePagesFromMdl(mdl);
}

void MapByMm(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  if (wrong)
    MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE,  // breaks MmCallOnPortMdl
                                 NormalPagePriority);
  port->FreePagesFromMdl(mdl);
}

// ---- Mapping and allocating ----

void MapTwice(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  if (wrong) port->MapAllocatedPages(mdl, MmCached);  // breaks MappedTwice
  port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
}

void BadCacheType(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  const auto type = wrong ? static_cast<MEMORY_CACHING_TYPE>(17) : MmWriteCombined;
  PVOID base = port->MapAllocatedPages(mdl, type);  // breaks BadCacheType
  if (base) port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
}

void IndexIsCount(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  const ULONG count = port->GetPhysicalPagesCount(mdl);
  for (ULONG i = 0; i < count + (wrong ? 1 : 0); ++i) {
    port->GetPhysicalPageAddress(mdl, i);  // breaks PageIndexOutOfRange
  }
  port->FreePagesFromMdl(mdl);
}

void LowAboveHigh(IPortWaveRTStream* port, bool wrong) {
  const auto low = address(wrong ? 0x8000000 : 0x1000000), high = address(0x4000000);
  PMDL mdl = port->AllocateContiguousPagesForMdl(low, high, kBytes);  // breaks BadPageArguments
  if (mdl) port->FreePagesFromMdl(mdl);
}

void ZeroBytes(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port, wrong ? 0 : 1);  // breaks BadPageArguments
  if (mdl) port->FreePagesFromMdl(mdl);
}

void TerabyteRequest(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port, wrong ? SIZE_T{1} << 40 : PAGE_SIZE);  // breaks ExcessivePageRequest
  if (mdl) port->FreePagesFromMdl(mdl);
}

void NeverFree(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);  // breaks PagesNotFreed
  if (!wrong) port->FreePagesFromMdl(mdl);
}

void NeverFreeMapped(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);  // breaks PagesNotFreed
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  if (wrong) return;
  port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
}

// ---- IRQL: every method belongs to PASSIVE_LEVEL ----

void AllocateAtDispatch(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl;
  {
    AtDispatch level(wrong);
    mdl = port->AllocatePagesForMdl(kAnywhere, kBytes);  // breaks WrongIrqlInPortMethod
  }
  port->FreePagesFromMdl(mdl);
}

void AllocateContiguousAtDispatch(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl;
  {
    AtDispatch level(wrong);
    mdl = port->AllocateContiguousPagesForMdl(address(0), kAnywhere, kBytes);  // breaks WrongIrqlInPortMethod
  }
  port->FreePagesFromMdl(mdl);
}

void MapAtDispatch(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base;
  {
    AtDispatch level(wrong);
    base = port->MapAllocatedPages(mdl, MmCached);  // breaks WrongIrqlInPortMethod
  }
  port->UnmapAllocatedPages(base, mdl);
  port->FreePagesFromMdl(mdl);
}

void UnmapAtDispatch(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  PVOID base = port->MapAllocatedPages(mdl, MmCached);
  {
    AtDispatch level(wrong);
    port->UnmapAllocatedPages(base, mdl);  // breaks WrongIrqlInPortMethod
  }
  port->FreePagesFromMdl(mdl);
}

void FreeAtDispatch(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  AtDispatch level(wrong);
  port->FreePagesFromMdl(mdl);  // breaks WrongIrqlInPortMethod
}

void CountAtDispatch(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  {
    AtDispatch level(wrong);
    port->GetPhysicalPagesCount(mdl);  // breaks WrongIrqlInPortMethod
  }
  port->FreePagesFromMdl(mdl);
}

void AddressAtDispatch(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  {
    AtDispatch level(wrong);
    port->GetPhysicalPageAddress(mdl, 0);  // breaks WrongIrqlInPortMethod
  }
  port->FreePagesFromMdl(mdl);
}

void PcFunctionAtDispatch(IPortWaveRTStream*, bool wrong) {
  AtDispatch level(wrong);
  IPort* port = nullptr;
  if (NT_SUCCESS(PcNewPort(&port, CLSID_PortTopology)))  // breaks WrongIrqlInPcFunction
    port->Release();
}

void OpenKeyAtDispatch(IPortWaveRTStream*, bool wrong) {
  HANDLE key = nullptr;
  UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System");
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &path, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, nullptr, nullptr);
  {
    AtDispatch level(wrong);
    ZwOpenKey(&key, KEY_READ, &attributes);  // breaks WrongIrql
  }
  if (key) ZwClose(key);
}

// ---- A view that is gone ----

static UCHAR* former_view(IPortWaveRTStream* port, PMDL mdl) {
  UCHAR* base = static_cast<UCHAR*>(port->MapAllocatedPages(mdl, MmCached));
  base[0] = 1;
  base[kBytes - 1] = 1;
  port->UnmapAllocatedPages(base, mdl);
  return base;
}

void ReadFirstByteAfterUnmap(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  UCHAR* base = former_view(port, mdl);
  if (wrong) look_at(base[0]);  // breaks TouchedAfterUnmap
  port->FreePagesFromMdl(mdl);
}

void ReadLastByteAfterUnmap(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  UCHAR* base = former_view(port, mdl);
  if (wrong) look_at(base[kBytes - 1]);  // breaks TouchedAfterUnmap
  port->FreePagesFromMdl(mdl);
}

void WriteFirstByteAfterUnmap(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  volatile UCHAR* base = former_view(port, mdl);
  if (wrong) base[0] = 2;  // breaks TouchedAfterUnmap
  port->FreePagesFromMdl(mdl);
}

void WriteLastByteAfterUnmap(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  volatile UCHAR* base = former_view(port, mdl);
  if (wrong) base[kBytes - 1] = 2;  // breaks TouchedAfterUnmap
  port->FreePagesFromMdl(mdl);
}

void WritePastView(IPortWaveRTStream* port, bool wrong) {
  PMDL mdl = pages(port);
  volatile UCHAR* base = static_cast<UCHAR*>(port->MapAllocatedPages(mdl, MmCached));
  base[kBytes - 1] = 1;
  if (wrong) base[kBytes] = 1;  // breaks TouchedOutsideView
  port->UnmapAllocatedPages(const_cast<UCHAR*>(base), mdl);
  port->FreePagesFromMdl(mdl);
}

// ---- Pool ----

void PoolLeak(IPortWaveRTStream*, bool wrong) {
  void* leaked = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, kTag);  // breaks PoolLeaked
  if (!wrong) ExFreePoolWithTag(leaked, kTag);
}

void PoolFreeTwice(IPortWaveRTStream*, bool wrong) {
  void* freed = block(100);
  ExFreePoolWithTag(freed, kTag);
  if (wrong) ExFreePoolWithTag(freed, kTag);  // breaks PoolFreedTwice
}

void PoolFreeInterior(IPortWaveRTStream*, bool wrong) {
  UCHAR* whole = static_cast<UCHAR*>(block(100));
  if (wrong) ExFreePoolWithTag(whole + 16, kTag);  // breaks PoolForeignPointer
  ExFreePoolWithTag(whole, kTag);
}

void PoolWrongTag(IPortWaveRTStream*, bool wrong) {
  void* tagged = block(100);
  ExFreePoolWithTag(tagged, wrong ? 'gnrW' : kTag);  // breaks PoolWrongTag
}

void PoolOverrun(IPortWaveRTStream*, bool wrong) {
  // 100 bytes leave a slack of 12 before the guard page: written, they are found when the block is freed.
  volatile UCHAR* bytes = static_cast<UCHAR*>(block(100));
  bytes[wrong ? 100 : 99] = 1;
  ExFreePoolWithTag(const_cast<UCHAR*>(bytes), kTag);  // breaks PoolOverrun
}

void PoolUseAfterFree(IPortWaveRTStream*, bool wrong) {
  volatile UCHAR* bytes = static_cast<UCHAR*>(block(100));
  ExFreePoolWithTag(const_cast<UCHAR*>(bytes), kTag);
  if (wrong) bytes[50] = 1;  // breaks PoolTouchedAfterFree
}

void PoolReadOutside(IPortWaveRTStream*, bool wrong) {
  UCHAR* bytes = static_cast<UCHAR*>(block(96));
  look_at(bytes[wrong ? 96 : 95]);  // breaks PoolTouchedOutside
  ExFreePoolWithTag(bytes, kTag);
}

void PoolZeroBytes(IPortWaveRTStream*, bool wrong) {
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  void* nothing = ExAllocatePoolWithTag(NonPagedPoolNx, wrong ? 0 : 1, kTag);  // breaks PoolBadArguments
  if (nothing) ExFreePoolWithTag(nothing, kTag);
}

// ShortMemory is the stream's own: it reports a buffer as long as it was asked for, whatever it was given.
void ShortMemory(IPortWaveRTStream*, bool) {}

void run_case(const UNICODE_STRING& name, IPortWaveRTStream* port, bool wrong) {
  struct Row {
    UNICODE_STRING name;
    void (*body)(IPortWaveRTStream*, bool);
  };
#define CASE(name) {RTL_CONSTANT_STRING(L## #name), name},
  static const Row kRows[] = {
#include "cases.h"
  };
#undef CASE
  for (const Row& row : kRows)
    if (RtlEqualUnicodeString(&row.name, &name, FALSE)) row.body(port, wrong);
}
