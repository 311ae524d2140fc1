// BufferDescriptorList. See buffer_descriptor_list.h.
#include "buffer_descriptor_list.h"

#include "faults.h"

#pragma code_seg("PAGE")

ULONG BufferDescriptorList::unit_of(ULONG bytes_per_frame) {
  PAGED_CODE();
  ULONG a = bytes_per_frame, b = kDmaAlignment;
  while (b != 0) {
    const ULONG rest = a % b;
    a = b, b = rest;
  }
  return bytes_per_frame / a * kDmaAlignment;  // the least common multiple
}

NTSTATUS BufferDescriptorList::append(ULONGLONG address, ULONG bytes, bool interrupt, bool may_join) {
  PAGED_CODE();
  auto* entries = memory_.as<BufferDescriptor>();
  if (may_join && count_ > 0) {
    BufferDescriptor& last = entries[count_ - 1];
    // Pages that happen to lie together are one piece, as long as nobody is to be told in between.
    if (!last.flags && last.address + last.bytes == address) {
      last.bytes += bytes;
      last.flags = interrupt ? kInterruptOnCompletion : 0;
      return STATUS_SUCCESS;
    }
  }
  if (count_ == kMaxPieces) return STATUS_BUFFER_OVERFLOW;
  entries[count_++] = {address, bytes, interrupt ? kInterruptOnCompletion : 0};
  return STATUS_SUCCESS;
}

NTSTATUS BufferDescriptorList::fill(IPortWaveRTStream* port, PMDL mdl, ULONG bytes, ULONG packet_bytes) {
  PAGED_CODE();
  count_ = begin_ = 0;
  const ULONG pages = port->GetPhysicalPagesCount(mdl);
  for (ULONG done = 0; done < bytes;) {
    const ULONG page = done / PAGE_SIZE, offset = done % PAGE_SIZE;
    if (page >= pages) return STATUS_INTERNAL_ERROR;
    ULONG piece = PAGE_SIZE - offset;
    if (piece > bytes - done) piece = bytes - done;
    const ULONG to_interrupt = packet_bytes ? packet_bytes - done % packet_bytes : piece + 1;
    if (piece > to_interrupt) piece = to_interrupt;
    ULONGLONG address = static_cast<ULONGLONG>(port->GetPhysicalPageAddress(mdl, page).QuadPart) + offset;
    if constexpr (faults::kWrongDescriptor) {
      if (page + 1 == pages) address += PAGE_SIZE;
    }
    const NTSTATUS status = append(address, piece, piece == to_interrupt, true);
    if (!NT_SUCCESS(status)) return status;
    done += piece;
  }
  if (count_ == 1) split_only_entry();
  return count_ >= 2 ? STATUS_SUCCESS : STATUS_INVALID_BUFFER_SIZE;
}

// "There must be at least two entries" (§3.3.39).
void BufferDescriptorList::split_only_entry() {
  PAGED_CODE();
  auto* entries = memory_.as<BufferDescriptor>();
  const BufferDescriptor whole = entries[0];
  const ULONG first = whole.bytes / 2 / kDmaAlignment * kDmaAlignment;
  if (first == 0) return;
  entries[0] = {whole.address, first, 0};
  entries[1] = {whole.address + first, whole.bytes - first, whole.flags};
  count_ = 2;
}

void BufferDescriptorList::begin_at(ULONG offset) {
  PAGED_CODE();
  begin_ = offset / kDmaAlignment * kDmaAlignment;
  if (begin_ == 0) return;
  const BufferDescriptor* entries = memory_.as<BufferDescriptor>();
  BufferDescriptor* moved = memory_.as<BufferDescriptor>() + kMaxDescriptors;
  ULONG first = 0, skipped = begin_;
  while (skipped >= entries[first].bytes) skipped -= entries[first++].bytes;
  moved_count_ = 0;
  for (ULONG i = 0; i < count_; ++i) moved[moved_count_++] = entries[(first + i) % count_];
  if (skipped == 0) return;
  // The rest of the first piece, and what was skipped of it at the end.
  moved[0].address += skipped;
  moved[0].bytes -= skipped;
  moved[moved_count_++] = {entries[first].address, skipped, 0};
}

#pragma code_seg()
