// DmaMemory. See dma_memory.h.
#include "dma_memory.h"

#pragma code_seg("PAGE")

NTSTATUS DmaMemory::allocate(PDMA_ADAPTER adapter, ULONG bytes) {
  PAGED_CODE();
  const ULONG whole = static_cast<ULONG>(ROUND_TO_PAGES(bytes));
  // Not cached: the controller is told nothing of the processor's caches (§4.5.1 leaves coherency to the platform).
  PVOID address = adapter->DmaOperations->AllocateCommonBuffer(adapter, whole, &logical_, FALSE);
  if (!address) return STATUS_INSUFFICIENT_RESOURCES;
  RtlZeroMemory(address, whole);
  adapter_ = adapter;
  address_ = address;
  bytes_ = whole;
  return STATUS_SUCCESS;
}

void DmaMemory::free() {
  PAGED_CODE();
  if (!address_) return;
  adapter_->DmaOperations->FreeCommonBuffer(adapter_, bytes_, logical_, address_, FALSE);
  address_ = nullptr;
}

#pragma code_seg()
