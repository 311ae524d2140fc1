// DmaEngine: one stream descriptor of the controller (HDA 1.0a §3.3.34 to §3.3.43, §4.5): the part that fetches samples
// from the cyclic buffer and puts them on the link, or the other way round.
#pragma once

#include "buffer_descriptor_list.h"
#include "register_block.h"
#include "stream_format.h"

class DmaEngine {
 public:
  // Called in the DPC when the engine has completed a piece with an interrupt.
  typedef void (*Listener)(void* context);

  // `index`: which stream descriptor; `number`: the stream number it uses on the link, never 0 (§3.3.35).
  void place(const RegisterBlock& registers, ULONG index, bool capture, UCHAR number, DmaPosition* position);

  bool capture() const { return capture_; }
  UCHAR number() const { return number_; }
  ULONG index() const { return index_; }
  DmaPosition& position() { return *position_; }

  // One stream at a time. Controller::claim() and release() call these under a lock.
  bool claimed() const { return claimed_; }
  void set_claimed(bool claimed) { claimed_ = claimed; }

  void listen(Listener listener, void* context);

  // PASSIVE_LEVEL. Resets the descriptor and tells it of the buffer. The position is then 0.
  NTSTATUS program(const BufferDescriptorList& list, ULONG buffer_bytes, const StreamFormat& format);
  // Still holds what program() told it: a controller that slept may have kept it or not.
  bool keeps(const BufferDescriptorList& list) const;
  // Enables the engine, or stops it where it is. False: it did not obey in time.
  bool run();
  bool pause();
  // Back to the state after a reset; forgets the buffer.
  void reset();

  // Any IRQL. Where in the buffer it is, in bytes: memory is read and no register, the controller writes it there.
  ULONG offset() const { return position_->bytes; }
  ULONG fifo_bytes() const;  // §3.3.40

  // In the interrupt service routine: takes the causes back; true when a piece is complete. Errors are noted alone: the position
  // says what became of the stream.
  bool acknowledge();
  // In the DPC.
  void completed();
  // Which of sd_sts::kFifoError and kDescriptorError there have been since it was asked last.
  UCHAR take_errors() { return static_cast<UCHAR>(InterlockedExchange(&errors_, 0)); }

 private:
  ULONG at(ULONG offset) const { return reg::kStreams + index_ * reg::kStreamBytes + offset; }

  const RegisterBlock* registers_ = nullptr;
  ULONG index_ = 0;
  bool capture_ = false;
  UCHAR number_ = 0;
  DmaPosition* position_ = nullptr;
  bool claimed_ = false;
  volatile LONG errors_ = 0;
  KSPIN_LOCK listener_lock_ = 0;
  Listener listener_ = nullptr;
  void* listener_context_ = nullptr;
};
