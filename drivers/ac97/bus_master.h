// BusMaster: one of the card's DMA engines: PCM out, or PCM in (ICH7 datasheet, §16.2).
//
// Its list has 32 entries, and it stops after the one that LVI names. A cyclic buffer is made of it so: the buffer's
// pieces are written into the list again and again until it is full, and at each interrupt LVI is moved to just behind
// the entry that is being worked on. As long as one interrupt in 31 comes in time, it never gets there.
#pragma once

#include "dma_memory.h"
#include "port_block.h"
#include "registers.h"

class BusMaster {
 public:
  // Called in the DPC when a piece is through.
  typedef void (*Listener)(void* context);

  void place(const PortBlock& ports, ULONG box, ULONG interrupt_bit);
  NTSTATUS create(PDMA_ADAPTER adapter) { return memory_.allocate(adapter, kDescriptorCount * sizeof(Descriptor)); }

  // Into how many pieces of whole frames a buffer is cut that has to tell `packets` times a turn: a divisor of 32. 0: it is too
  // large, rounded up to frames as it is to be.
  static constexpr ULONG pieces_of(ULONG bytes, ULONG packets, ULONG frame_bytes) {
    for (ULONG pieces = packets ? packets : 2; pieces <= kDescriptorCount; pieces *= 2) {
      const ULONG unit = pieces * frame_bytes;
      const ULONG frames = bytes / unit + (bytes % unit != 0);
      if (frames <= kMaxSamples * sizeof(SHORT) / frame_bytes) return pieces;
    }
    return 0;
  }

  void listen(Listener listener, void* context);
  // PASSIVE_LEVEL. The buffer lies together in memory.
  void program(PHYSICAL_ADDRESS buffer, ULONG bytes, ULONG pieces);
  void rewind();  // to the start of the same buffer
  void run();
  void pause();
  void release();  // the buffer
  void reset();
  void destroy() { memory_.free(); }
  // The card was reset while a stream was paused: it is programmed again, and begins at the buffer's start.
  void wake();
  // True, once, if that has happened.
  bool take_forgotten() { return InterlockedExchange(&forgotten_, 0) != 0; }

  // Any IRQL: where in the buffer it is, in bytes.
  ULONG offset() const;

  // In the interrupt service routine: takes the cause back, and moves LVI along.
  bool acknowledge(ULONG global_status);
  // In the DPC.
  void completed();

 private:
  const PortBlock* ports_ = nullptr;
  ULONG box_ = 0;
  ULONG interrupt_bit_ = 0;
  DmaMemory memory_;
  ULONG pieces_ = 1;
  ULONG piece_bytes_ = 0;  // 0: it has no buffer
  volatile LONG forgotten_ = 0;
  mutable volatile LONG started_ = 0;  // the first descriptor has been fetched
  KSPIN_LOCK listener_lock_ = 0;
  Listener listener_ = nullptr;
  void* listener_context_ = nullptr;
};
