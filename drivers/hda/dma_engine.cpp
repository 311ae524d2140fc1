// DmaEngine. See dma_engine.h. Not pageable: interrupts come through here.
#include "dma_engine.h"

#include "spin_lock_guard.h"

namespace {

// A reset or the end of RUN shows when the engine has finished what it was doing, at most a frame or two (§4.5.4).
constexpr ULONG kEngineMicroseconds = 2000;

}  // namespace

void DmaEngine::place(const RegisterBlock& registers, ULONG index, bool capture, UCHAR number, DmaPosition* position) {
  registers_ = &registers;
  index_ = index;
  capture_ = capture;
  number_ = number;
  position_ = position;
  KeInitializeSpinLock(&listener_lock_);
}

void DmaEngine::listen(Listener listener, void* context) {
  SpinLockGuard guard(listener_lock_);
  listener_ = listener;
  listener_context_ = context;
}

void DmaEngine::reset() {
  // §3.3.35: stop first, then SRST 1, seen, and 0, seen.
  pause();
  registers_->write8(at(reg::kSdCtl), sd_ctl::kReset);
  registers_->wait8(at(reg::kSdCtl), sd_ctl::kReset, sd_ctl::kReset, kEngineMicroseconds);
  registers_->write8(at(reg::kSdCtl), 0);
  registers_->wait8(at(reg::kSdCtl), sd_ctl::kReset, 0, kEngineMicroseconds);
  registers_->write8(at(reg::kSdSts), sd_sts::kAll);
  position_->bytes = 0;
}

NTSTATUS DmaEngine::program(const BufferDescriptorList& list, ULONG buffer_bytes, const StreamFormat& format) {
  reset();
  // §4.5.2: all of it before RUN; none of it may change while the engine runs.
  registers_->write8(at(reg::kSdNumber), static_cast<UCHAR>(number_ << sd_ctl::kNumberShift));
  registers_->write32(at(reg::kSdCbl), buffer_bytes);
  registers_->write16(at(reg::kSdLvi), list.last_valid_index());
  registers_->write16(at(reg::kSdFmt), format.link);
  registers_->write_address(at(reg::kSdBdpl), list.logical());
  return registers_->gone() ? STATUS_DEVICE_REMOVED : STATUS_SUCCESS;
}

bool DmaEngine::keeps(const BufferDescriptorList& list) const {
  return registers_->read32(at(reg::kSdBdpl)) == list.logical().LowPart &&
         registers_->read16(at(reg::kSdLvi)) == list.last_valid_index();
}

bool DmaEngine::run() {
  constexpr UCHAR kOn =
      sd_ctl::kRun | sd_ctl::kCompletionInterrupt | sd_ctl::kFifoErrorInterrupt | sd_ctl::kDescriptorErrorInterrupt;
  registers_->write8(at(reg::kSdCtl), kOn);
  return registers_->wait8(at(reg::kSdCtl), sd_ctl::kRun, sd_ctl::kRun, kEngineMicroseconds);
}

bool DmaEngine::pause() {
  if (registers_->gone()) return false;
  registers_->write8(at(reg::kSdCtl), 0);
  // "Software must read a 0 from this bit before modifying related control registers" (§3.3.35, RUN).
  return registers_->wait8(at(reg::kSdCtl), sd_ctl::kRun, 0, kEngineMicroseconds);
}

ULONG DmaEngine::fifo_bytes() const {
  const USHORT size = registers_->read16(at(reg::kSdFifos));
  return size == 0xFFFF ? 0 : size;
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
