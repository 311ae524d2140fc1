// DmaEngine: one stream descriptor of the controller (HDA 1.0a §3.3.34 to §3.3.43, §4.5): the part that fetches samples
// from the cyclic buffer and puts them on the link, or the other way round.
//
// An engine counts from the start of its list, and its count cannot be set (§3.3.37). So when a controller has
// forgotten in its sleep where it was, a list is made that begins there, as near as 128 bytes; offset() adds what the
// engine does not know of, and does not go back over the few frames that are played twice.
#pragma once

#include "buffer_descriptor_list.h"
#include "dma_positions.h"
#include "power_gate.h"
#include "register_block.h"
#include "stream_format.h"

class DmaEngine {
 public:
  // Called in the DPC when the engine has completed a piece with an interrupt.
  typedef void (*Listener)(void* context);

  // `index`: which stream descriptor; `number`: the stream number it uses on the link, never 0 (§3.3.35).
  void place(const RegisterBlock& registers, PowerGate& gate, DmaPositions& positions, ULONG index, bool capture,
             UCHAR number);

  bool capture() const { return capture_; }
  UCHAR number() const { return number_; }
  ULONG index() const { return index_; }
  bool running() const { return running_; }
  bool begins_elsewhere() const { return begin_ != 0; }
  // What a client may map: the offset, in memory.
  volatile ULONG* position_register() const { return &positions_->shown(index_); }

  // One stream at a time. Controller::claim() and release() call these under a lock.
  bool claimed() const { return claimed_; }
  void set_claimed(bool claimed) { claimed_ = claimed; }

  void listen(Listener listener, void* context);

  // All at PASSIVE_LEVEL, and whenever it may be: while the device sleeps, what is asked for is done when it wakes.
  // Resets the descriptor and tells it of the buffer. The offset is then `offset`, near which the list begins.
  NTSTATUS program(const BufferDescriptorList& list, ULONG buffer_bytes, const StreamFormat& format, ULONG offset = 0);
  // After a sleep: it still holds what program() told it. If not it has to be told again before it runs.
  bool keeps(const BufferDescriptorList& list);
  // STATUS_DEVICE_NOT_READY: it sleeps, or does not know of a buffer.
  NTSTATUS run();
  void pause();
  // Back to the state after a reset; forgets the buffer.
  void reset();
  // The device falls asleep, the gate being held: what the descriptor holds is from then on not known.
  void doze();

  // Up to DISPATCH_LEVEL. Where in the buffer it is, in bytes: memory is read and no register, the controller writes it
  // there.
  ULONG offset() const;
  ULONG fifo_bytes() const { return fifo_bytes_; }  // §3.3.40, of the buffer that it was told of

  // In the interrupt service routine: takes the causes back; true when a piece is complete. Errors are noted alone: the
  // position says what became of the stream.
  bool acknowledge();
  // In the DPC.
  void completed();
  // Which of sd_sts::kFifoError and kDescriptorError there have been since it was asked last.
  UCHAR take_errors() { return static_cast<UCHAR>(InterlockedExchange(&errors_, 0)); }

 private:
  enum class Knows : UCHAR { kNothing, kBuffer, kMaybe };  // kMaybe: it slept since it was told

  ULONG at(ULONG offset) const { return reg::kStreams + index_ * reg::kStreamBytes + offset; }
  // It counts from the start of another list from here on.
  void count_from(ULONG buffer_bytes, ULONG begin, ULONG offset);
  // With the gate held, and open.
  void halt();
  void clear();

  const RegisterBlock* registers_ = nullptr;
  PowerGate* gate_ = nullptr;
  DmaPositions* positions_ = nullptr;
  ULONG index_ = 0;
  bool capture_ = false;
  UCHAR number_ = 0;
  bool claimed_ = false;
  volatile bool running_ = false;
  Knows knows_ = Knows::kNothing;
  ULONG fifo_bytes_ = 0;
  // Told at PASSIVE_LEVEL, asked in DPCs: what an offset is made of goes together.
  mutable KSPIN_LOCK offset_lock_ = 0;
  ULONG buffer_bytes_ = 0;
  ULONG begin_ = 0;            // where in the buffer its list begins
  mutable ULONG repeats_ = 0;  // bytes from there that were played before, until they are again
  volatile LONG errors_ = 0;
  KSPIN_LOCK listener_lock_ = 0;
  Listener listener_ = nullptr;
  void* listener_context_ = nullptr;
};
