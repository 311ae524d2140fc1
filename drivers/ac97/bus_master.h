// BusMaster: one of the card's DMA engines: PCM out, or PCM in (ICH7 datasheet, §16.2).
//
// Its list has 32 entries, and it stops after the one that LVI names. A cyclic buffer is made of it so: the buffer's
// pieces are written into the list again and again until it is full, and at each interrupt LVI is moved to just behind
// the entry that is being worked on. As long as one interrupt in 31 comes in time, it never gets there.
//
// A card that was reset in its sleep is given a list that begins where the stream was: its first entry is the rest of a
// piece, until it is through.
#pragma once

#include "dma_memory.h"
#include "port_block.h"
#include "power_gate.h"
#include "registers.h"

class BusMaster {
 public:
  // Called in the DPC when a piece is through.
  typedef void (*Listener)(void* context);

  void place(const PortBlock& ports, PowerGate& gate, ULONG box, ULONG interrupt_bit);
  NTSTATUS create(PDMA_ADAPTER adapter) { return memory_.allocate(adapter, kDescriptorCount * sizeof(Descriptor)); }

  // Into how many pieces of whole frames a buffer is cut that has to tell `packets` times a turn: a divisor of 32. 0:
  // it is too large, rounded up to frames as it is to be.
  static constexpr ULONG pieces_of(ULONG bytes, ULONG packets, ULONG frame_bytes) {
    for (ULONG pieces = packets ? packets : 2; pieces <= kDescriptorCount; pieces *= 2) {
      const ULONG unit = pieces * frame_bytes;
      const ULONG frames = bytes / unit + (bytes % unit != 0);
      if (frames <= kMaxSamples * sizeof(SHORT) / frame_bytes) return pieces;
    }
    return 0;
  }

  void listen(Listener listener, void* context);
  // PASSIVE_LEVEL, and whenever it may be: while the card sleeps, what is asked for is done when it wakes. The buffer
  // lies together in memory.
  void program(PHYSICAL_ADDRESS buffer, ULONG bytes, ULONG pieces);
  void rewind();   // to the start of the same buffer
  NTSTATUS run();  // STATUS_DEVICE_NOT_READY: it sleeps, or does not know of a buffer
  void pause();
  void release();  // the buffer
  void destroy() { memory_.free(); }
  // With the gate held: the card falls asleep, or has woken and may have been reset.
  void sleep();
  void wake();

  // Any IRQL: where in the buffer it is, in bytes.
  ULONG offset() const;

  // In the interrupt service routine: takes the cause back, and moves LVI along.
  bool acknowledge(ULONG global_status);
  // In the DPC.
  void completed();

 private:
  // With the gate held, and the card awake.
  void reset();
  void begin_at(ULONG offset);

  const PortBlock* ports_ = nullptr;
  PowerGate* gate_ = nullptr;
  ULONG box_ = 0;
  ULONG interrupt_bit_ = 0;
  DmaMemory memory_;
  ULONG pieces_ = 1;
  ULONG piece_bytes_ = 0;  // 0: it has no buffer
  PHYSICAL_ADDRESS buffer_ = {};
  ULONG first_piece_ = 0;       // the one that the list begins with
  volatile ULONG skipped_ = 0;  // bytes of it that the first entry leaves out
  bool told_ = false;           // the card knows of the list
  volatile bool asleep_ = false;
  volatile ULONG resting_ = 0;         // where it is while it has not begun, or sleeps
  mutable volatile LONG started_ = 0;  // the first descriptor has been fetched
  KSPIN_LOCK listener_lock_ = 0;
  Listener listener_ = nullptr;
  void* listener_context_ = nullptr;
};
