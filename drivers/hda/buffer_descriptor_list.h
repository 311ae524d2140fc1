// BufferDescriptorList: the cyclic buffer as the controller reads it: a list of pieces of physical memory, gone through
// in order and then from the start (HDA 1.0a §3.6.2, §3.6.3). Here the pages of IPortWaveRTStream, which lie anywhere,
// become the one buffer that the client sees.
#pragma once

#include <portcls.h>

#include "dma_memory.h"
#include "registers.h"

class BufferDescriptorList {
 public:
  // One less than LVI can name: a list that begins within a piece has that in two.
  static constexpr ULONG kMaxPieces = kMaxDescriptors - 1;

  // The smallest unit of a buffer of such frames, in bytes: whole frames, and pieces that begin on 128 bytes.
  static ULONG unit_of(ULONG bytes_per_frame);

  // PASSIVE_LEVEL. The list's own memory, for as many pieces as there can be.
  NTSTATUS create(PDMA_ADAPTER adapter) {
    return memory_.allocate(adapter, 2 * kMaxDescriptors * sizeof(BufferDescriptor));
  }

  // Fills the list for `bytes` of the MDL's pages, with an interrupt after each `packet_bytes`, 0 for none.
  // STATUS_BUFFER_OVERFLOW: the pages are too scattered for one list.
  NTSTATUS fill(IPortWaveRTStream* port, PMDL mdl, ULONG bytes, ULONG packet_bytes);

  // Lets the list begin with what lies at `offset`, or with what the 128 bytes begin with that it lies in. No engine
  // may run over it. fill() lets it begin at the buffer's start.
  void begin_at(ULONG offset);
  ULONG begin() const { return begin_; }

  ULONG count() const { return begin_ ? moved_count_ : count_; }
  USHORT last_valid_index() const { return static_cast<USHORT>(count() - 1); }  // §3.3.39
  PHYSICAL_ADDRESS logical() const {
    PHYSICAL_ADDRESS list = memory_.logical();
    if (begin_) list.QuadPart += kMaxDescriptors * sizeof(BufferDescriptor);
    return list;
  }

 private:
  NTSTATUS append(ULONGLONG address, ULONG bytes, bool interrupt, bool may_join);
  void split_only_entry();

  DmaMemory memory_;  // two lists: of the buffer from its start, and from begin_
  ULONG count_ = 0;
  ULONG begin_ = 0;
  ULONG moved_count_ = 0;
};
