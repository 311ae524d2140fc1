// ScatterList. See scatter_list.h.
#include "scatter_list.h"

#include "com_object.h"

#pragma code_seg("PAGE")

NTSTATUS ScatterList::create(IPortWaveRTStream* port_stream, PMDL mdl, PVOID view) {
  PAGED_CODE();
  const ULONG count = port_stream->GetPhysicalPagesCount(mdl);
  auto* pages = static_cast<Page*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof(Page), kPoolTag));
  if (!pages) return STATUS_INSUFFICIENT_RESOURCES;
  for (ULONG i = 0; i < count; ++i) {
    pages[i].physical = port_stream->GetPhysicalPageAddress(mdl, i);
    pages[i].address = static_cast<UCHAR*>(view) + static_cast<SIZE_T>(i) * PAGE_SIZE;
    if (MmGetPhysicalAddress(pages[i].address).QuadPart != pages[i].physical.QuadPart) {
      ExFreePoolWithTag(pages, kPoolTag);
      return STATUS_DATA_ERROR;
    }
  }
  pages_ = pages;
  count_ = count;
  return STATUS_SUCCESS;
}

void ScatterList::clear() {
  PAGED_CODE();
  if (pages_) ExFreePoolWithTag(pages_, kPoolTag);
  pages_ = nullptr;
  count_ = 0;
}

#pragma code_seg()

bool ScatterList::contiguous() const {
  for (ULONG i = 1; i < count_; ++i) {
    if (pages_[i].physical.QuadPart != pages_[i - 1].physical.QuadPart + PAGE_SIZE) return false;
  }
  return true;
}

void ScatterList::read(ULONG offset, UCHAR* to, ULONG bytes) const {
  while (bytes != 0) {
    const ULONG inside = offset % PAGE_SIZE;
    const ULONG piece = bytes < PAGE_SIZE - inside ? bytes : PAGE_SIZE - inside;
    RtlCopyMemory(to, pages_[offset / PAGE_SIZE].address + inside, piece);
    offset += piece;
    to += piece;
    bytes -= piece;
  }
}

void ScatterList::write(ULONG offset, const UCHAR* from, ULONG bytes) const {
  while (bytes != 0) {
    const ULONG inside = offset % PAGE_SIZE;
    const ULONG piece = bytes < PAGE_SIZE - inside ? bytes : PAGE_SIZE - inside;
    RtlCopyMemory(pages_[offset / PAGE_SIZE].address + inside, from, piece);
    offset += piece;
    from += piece;
    bytes -= piece;
  }
}
