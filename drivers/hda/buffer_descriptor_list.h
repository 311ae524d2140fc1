// BufferDescriptorList: the cyclic buffer as the controller reads it: a list of pieces of physical memory, gone through
// in order and then from the start (HDA 1.0a §3.6.2, §3.6.3). Here the pages of IPortWaveRTStream, which lie anywhere,
// become the one buffer that the client sees.
#pragma once

#include <portcls.h>

#include "dma_memory.h"
#include "registers.h"

class BufferDescriptorList {
 public:
  // The smallest unit of a buffer of such frames, in bytes: whole frames, and pieces that begin on 128 bytes.
  static ULONG unit_of(ULONG bytes_per_frame);

  // PASSIVE_LEVEL. The list's own memory, for as many pieces as there can be.
  NTSTATUS create(PDMA_ADAPTER adapter) {
    return memory_.allocate(adapter, kMaxDescriptors * sizeof(BufferDescriptor));
  }

  // Fills the list for `bytes` of the MDL's pages, with an interrupt after each `packet_bytes`, 0 for none.
  // STATUS_BUFFER_OVERFLOW: the pages are too scattered for one list.
  NTSTATUS fill(IPortWaveRTStream* port, PMDL mdl, ULONG bytes, ULONG packet_bytes);

  ULONG count() const { return count_; }
  USHORT last_valid_index() const { return static_cast<USHORT>(count_ - 1); }  // §3.3.39
  PHYSICAL_ADDRESS logical() const { return memory_.logical(); }

 private:
  NTSTATUS append(ULONGLONG address, ULONG bytes, bool interrupt, bool may_join);
  void split_only_entry();

  DmaMemory memory_;
  ULONG count_ = 0;
};
