// DmaEngine. See dma_engine.h. Not pageable: interrupts come through here.
#include "dma_engine.h"

#include "spin_lock_guard.h"

namespace {

// A reset or the end of RUN shows when the engine has finished what it was doing, at most a frame or two (§4.5.4).
constexpr ULONG kEngineMicroseconds = 2000;

}  // namespace

void DmaEngine::place(const RegisterBlock& registers, PowerGate& gate, DmaPositions& positions, ULONG index,
                      bool capture, UCHAR number) {
  registers_ = &registers;
  gate_ = &gate;
  positions_ = &positions;
  index_ = index;
  capture_ = capture;
  number_ = number;
  KeInitializeSpinLock(&listener_lock_);
  KeInitializeSpinLock(&offset_lock_);
}

void DmaEngine::listen(Listener listener, void* context) {
  SpinLockGuard guard(listener_lock_);
  listener_ = listener;
  listener_context_ = context;
}

void DmaEngine::reset() {
  PowerGate::Pass awake(*gate_);
  if (awake) clear();
  knows_ = Knows::kNothing;
  count_from(0, 0, 0);
  if (awake) positions_->settle();
}

void DmaEngine::count_from(ULONG buffer_bytes, ULONG begin, ULONG offset) {
  SpinLockGuard guard(offset_lock_);
  buffer_bytes_ = buffer_bytes;
  begin_ = begin;
  repeats_ = offset - begin;
  positions_->counted(index_) = 0;
}

void DmaEngine::clear() {
  // §3.3.35: stop first, then SRST 1, seen, and 0, seen.
  halt();
  registers_->write8(at(reg::kSdCtl), sd_ctl::kReset);
  registers_->wait8(at(reg::kSdCtl), sd_ctl::kReset, sd_ctl::kReset, kEngineMicroseconds);
  registers_->write8(at(reg::kSdCtl), 0);
  registers_->wait8(at(reg::kSdCtl), sd_ctl::kReset, 0, kEngineMicroseconds);
  registers_->write8(at(reg::kSdSts), sd_sts::kAll);
}

NTSTATUS DmaEngine::program(const BufferDescriptorList& list, ULONG buffer_bytes, const StreamFormat& format,
                            ULONG offset) {
  PowerGate::Pass awake(*gate_);
  if (awake) clear();
  count_from(buffer_bytes, list.begin(), offset);
  if (!awake) {
    knows_ = Knows::kNothing;
    return STATUS_SUCCESS;
  }
  positions_->settle();
  // §4.5.2: all of it before RUN; none of it may change while the engine runs.
  registers_->write8(at(reg::kSdNumber), static_cast<UCHAR>(number_ << sd_ctl::kNumberShift));
  registers_->write32(at(reg::kSdCbl), buffer_bytes);
  registers_->write16(at(reg::kSdLvi), list.last_valid_index());
  registers_->write16(at(reg::kSdFmt), format.link);
  registers_->write_address(at(reg::kSdBdpl), list.logical());
  const USHORT fifo = registers_->read16(at(reg::kSdFifos));
  if (registers_->gone()) return STATUS_DEVICE_REMOVED;
  fifo_bytes_ = fifo;
  knows_ = Knows::kBuffer;
  return STATUS_SUCCESS;
}

void DmaEngine::doze() {
  if (knows_ == Knows::kBuffer) knows_ = Knows::kMaybe;
}

bool DmaEngine::keeps(const BufferDescriptorList& list) {
  PowerGate::Pass awake(*gate_);
  if (!awake) return true;  // asleep again: the next to wake looks
  if (knows_ == Knows::kMaybe && registers_->read32(at(reg::kSdBdpl)) == list.logical().LowPart &&
      registers_->read16(at(reg::kSdLvi)) == list.last_valid_index()) {
    knows_ = Knows::kBuffer;
  }
  return knows_ == Knows::kBuffer;
}

NTSTATUS DmaEngine::run() {
  PowerGate::Pass awake(*gate_);
  if (!awake || knows_ != Knows::kBuffer) return STATUS_DEVICE_NOT_READY;
  constexpr UCHAR kOn =
      sd_ctl::kRun | sd_ctl::kCompletionInterrupt | sd_ctl::kFifoErrorInterrupt | sd_ctl::kDescriptorErrorInterrupt;
  running_ = true;
  registers_->write8(at(reg::kSdCtl), kOn);
  if (registers_->wait8(at(reg::kSdCtl), sd_ctl::kRun, sd_ctl::kRun, kEngineMicroseconds)) return STATUS_SUCCESS;
  return registers_->gone() ? STATUS_DEVICE_REMOVED : STATUS_IO_DEVICE_ERROR;
}

void DmaEngine::pause() {
  PowerGate::Pass awake(*gate_);
  if (awake) halt();
}

void DmaEngine::halt() {
  running_ = false;
  if (registers_->gone()) return;
  registers_->write8(at(reg::kSdCtl), 0);
  // "Software must read a 0 from this bit before modifying related control registers" (§3.3.35, RUN).
  registers_->wait8(at(reg::kSdCtl), sd_ctl::kRun, 0, kEngineMicroseconds);
}

ULONG DmaEngine::offset() const {
  SpinLockGuard guard(offset_lock_);
  ULONG done = positions_->counted(index_);
  if (done >= repeats_) {
    repeats_ = 0;
  } else {
    done = repeats_;
  }
  return buffer_bytes_ ? (begin_ + done) % buffer_bytes_ : 0;
}

bool DmaEngine::acknowledge() {
  const UCHAR status = registers_->read8(at(reg::kSdSts)) & sd_sts::kAll;
  if (!status) return false;
  registers_->write8(at(reg::kSdSts), status);
  InterlockedOr(&errors_, status & (sd_sts::kFifoError | sd_sts::kDescriptorError));
  return status & sd_sts::kCompletion;
}

void DmaEngine::completed() {
  // The listener goes away under this lock too, so that it is not called after it has gone.
  SpinLockGuard guard(listener_lock_);
  if (listener_) listener_(listener_context_);
}
