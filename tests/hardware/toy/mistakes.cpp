// What no driver may do to its device, one mistake at a time; the report of each is expected by toy_test.cpp.

#include "toy.h"

namespace {

BOOLEAN OnMistaken(PKINTERRUPT, PVOID context) {
  auto* toy = static_cast<Toy*>(context);
  if (toy->claims_all) return TRUE;
  if (!(Load(toy, kStatus) & 1)) return FALSE;
  if (toy->quiets) Store(toy, kStatus, 1);
  return toy->claims;
}

// A tick, and its interrupt, to a service routine that does half its duty.
NTSTATUS TickOnce(Toy* toy, bool claims, bool quiets) {
  toy->claims = claims;
  toy->quiets = quiets;
  PKINTERRUPT interrupt = nullptr;
  const NTSTATUS status = ConnectInterrupt(toy, OnMistaken, &interrupt);
  if (!NT_SUCCESS(status)) return status;
  Store(toy, kPeriod, 100);
  Store(toy, kControl, 3);
  LARGE_INTEGER a_while;
  a_while.QuadPart = -100'000;
  KeDelayExecutionThread(KernelMode, FALSE, &a_while);
  Store(toy, kControl, 0);
  Store(toy, kStatus, 1);
  IoDisconnectInterrupt(interrupt);
  return STATUS_SUCCESS;
}

void Fill(Toy* toy, PHYSICAL_ADDRESS at, ULONG bytes) {
  Store(toy, kAddress, at.LowPart);
  Store(toy, kAddressHigh, static_cast<ULONG>(at.HighPart));
  Store(toy, kLength, bytes);
  Store(toy, kCommand, 1);
}

PSCATTER_GATHER_LIST the_list;
void KeepList(PDEVICE_OBJECT, PIRP, PSCATTER_GATHER_LIST list, PVOID) { the_list = list; }

NTSTATUS BuildList(Toy* toy, PDMA_ADAPTER adapter, PMDL mdl) {
  KIRQL old;
  KeRaiseIrql(DISPATCH_LEVEL, &old);
  const NTSTATUS status = adapter->DmaOperations->GetScatterGatherList(
      adapter, toy->self, mdl, MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl), KeepList, nullptr, TRUE);
  KeLowerIrql(old);
  return status;
}
void PutList(PDMA_ADAPTER adapter) {
  KIRQL old;
  KeRaiseIrql(DISPATCH_LEVEL, &old);
  adapter->DmaOperations->PutScatterGatherList(adapter, the_list, TRUE);
  KeLowerIrql(old);
}

PMDL Pages(ULONG64 low_address) {
  PHYSICAL_ADDRESS low, high, skip{};
  low.QuadPart = static_cast<LONGLONG>(low_address);
  high.QuadPart = low_address ? -1ll >> 1 : 0xFFFFFFFF;
  return MmAllocatePagesForMdlEx(low, high, skip, 2 * PAGE_SIZE, MmCached, 0);
}
void FreePages(PMDL mdl) {
  MmFreePagesFromMdl(mdl);
  ExFreePool(mdl);
}

NTSTATUS Buffers(Toy* toy, TOY_MISTAKE_KIND kind) {
  PDMA_ADAPTER adapter = GetAdapter(toy, false);
  if (!adapter) return STATUS_UNSUCCESSFUL;
  const PDMA_OPERATIONS dma = adapter->DmaOperations;
  PHYSICAL_ADDRESS logical;
  const ULONG bytes = kind == ToyDmaPastEnd ? 100 : PAGE_SIZE;
  PVOID buffer = dma->AllocateCommonBuffer(adapter, bytes, &logical, TRUE);
  if (!buffer) return STATUS_INSUFFICIENT_RESOURCES;
  if (kind == ToyDmaOutside) Fill(toy, logical, PAGE_SIZE + 64);
  if (kind == ToyDmaPastEnd) Fill(toy, logical, 101);
  if (kind == ToyListRead) Fill(toy, logical, PAGE_SIZE);
  if (kind == ToyBufferLeft) {
    dma->PutDmaAdapter(adapter);
    return STATUS_SUCCESS;
  }
  dma->FreeCommonBuffer(adapter, kind == ToyFreedWrong ? 2 * PAGE_SIZE : bytes, logical, buffer, TRUE);
  if (kind == ToyDmaFreed) Fill(toy, logical, 64);
  dma->PutDmaAdapter(adapter);
  return STATUS_SUCCESS;
}

NTSTATUS Lists(Toy* toy, TOY_MISTAKE_KIND kind) {
  PDMA_ADAPTER adapter = GetAdapter(toy, false);
  PMDL mdl = Pages(kind == ToyOutOfReach ? 0x100000000 : 0);
  if (!adapter || !mdl) return STATUS_UNSUCCESSFUL;
  const NTSTATUS status = BuildList(toy, adapter, mdl);
  if (NT_SUCCESS(status) && kind != ToyListLeft) PutList(adapter);
  adapter->DmaOperations->PutDmaAdapter(adapter);
  FreePages(mdl);
  return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS MakeMistake(Toy* toy, TOY_MISTAKE_KIND kind) {
  switch (kind) {
    case ToyBeyondRange: Load(toy, toy->registers_bytes + 4); return STATUS_SUCCESS;
    case ToyMisaligned: Load(toy, kScratch + 2); return STATUS_SUCCESS;
    case ToyAfterUnmap: {
      UCHAR* gone = toy->registers;
      toy->registers = nullptr;
      MmUnmapIoSpace(gone, toy->registers_bytes);
      return READ_REGISTER_UCHAR(gone);
    }
    case ToyInstruction: return InterlockedExchangeAdd(reinterpret_cast<volatile LONG*>(toy->registers + kScratch), 1);
    case ToyUnclaimed: return TickOnce(toy, false, false);
    case ToyNotQuieted: return TickOnce(toy, true, false);
    case ToyQuietedUnclaimed: return TickOnce(toy, false, true);
    case ToyClaimsAll: {
      toy->claims_all = true;
      const NTSTATUS status = TickOnce(toy, true, true);
      toy->claims_all = false;
      return status;
    }
    case ToyLeftConnected: {
      PKINTERRUPT lost = nullptr;
      toy->claims = toy->quiets = true;
      return ConnectInterrupt(toy, OnMistaken, &lost);
    }
    case ToyDmaFreed:
    case ToyDmaOutside:
    case ToyDmaPastEnd:
    case ToyFreedWrong:
    case ToyBufferLeft: return Buffers(toy, kind);
    case ToyListRead: {
      const NTSTATUS status = Buffers(toy, kind);
      return NT_SUCCESS(status) ? Lists(toy, kind) : status;
    }
    case ToyListLeft:
    case ToyOutOfReach: return Lists(toy, kind);
    case ToyAdapterLeft: return GetAdapter(toy, false) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
    case ToyDmaForeign: {
      auto* own = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, PAGE_SIZE, 'yoT '));
      if (!own) return STATUS_INSUFFICIENT_RESOURCES;
      Fill(toy, MmGetPhysicalAddress(own), 64);
      ExFreePool(own);
      return STATUS_SUCCESS;
    }
    case ToyInD3: {
      Load(toy, kIdentity);
      return STATUS_SUCCESS;
    }
  }
  return STATUS_INVALID_PARAMETER;
}
