// BusMaster. See bus_master.h. Not pageable: interrupts come through here.
#include "bus_master.h"

#include "faults.h"

#include "spin_lock_guard.h"

void BusMaster::place(const PortBlock& ports, PowerGate& gate, ULONG box, ULONG interrupt_bit) {
  ports_ = &ports;
  gate_ = &gate;
  box_ = box;
  interrupt_bit_ = interrupt_bit;
  KeInitializeSpinLock(&listener_lock_);
}

// The most that a descriptor can name, a sample more, and what rounding up alone brings over the edge.
static_assert(BusMaster::pieces_of(2 * 131068, 2, 4) == 2);
static_assert(BusMaster::pieces_of(2 * 131068 + 2, 2, 4) == 4);
static_assert(BusMaster::pieces_of(2 * 131068 + 1, 2, 4) == 4);
static_assert(BusMaster::pieces_of(32 * 131068, 2, 4) == 32);
static_assert(BusMaster::pieces_of(32 * 131068 + 1, 2, 4) == 0);
static_assert(BusMaster::pieces_of(0xFFFFFFFF, 1, 4) == 0);

void BusMaster::listen(Listener listener, void* context) {
  SpinLockGuard guard(listener_lock_);
  listener_ = listener;
  listener_context_ = context;
}

void BusMaster::reset() {
  ports_->write8(box_ + bus::kControl, 0);
  ports_->write8(box_ + bus::kControl, bus::kResetBox);
  // §16.2.7: the bit falls by itself. A card that is gone shows ones for ever.
  for (ULONG polls = 0; (polls < 1000 || faults::kPollsOn) && (ports_->read8(box_ + bus::kControl) & bus::kResetBox);
       ++polls)
    KeStallExecutionProcessor(1);
  ports_->write16(box_ + bus::kStatus, bus::kCauses);
}

void BusMaster::release() {
  PowerGate::Pass awake(*gate_);
  if (awake) reset();
  piece_bytes_ = 0;
  resting_ = 0;
  told_ = false;
}

void BusMaster::program(PHYSICAL_ADDRESS buffer, ULONG bytes, ULONG pieces) {
  PowerGate::Pass awake(*gate_);
  buffer_ = buffer;
  pieces_ = pieces;
  piece_bytes_ = bytes / pieces;
  resting_ = 0;
  told_ = false;
  if (awake) begin_at(0);
}

void BusMaster::rewind() {
  PowerGate::Pass awake(*gate_);
  resting_ = 0;
  told_ = false;
  if (awake && piece_bytes_ != 0) begin_at(0);
}

void BusMaster::begin_at(ULONG offset) {
  reset();
  first_piece_ = offset / piece_bytes_;
  skipped_ = offset % piece_bytes_;
  auto* list = memory_.as<Descriptor>();
  for (ULONG i = 0; i < kDescriptorCount; ++i) {
    list[i].address = buffer_.LowPart + (first_piece_ + i) % pieces_ * piece_bytes_;
    list[i].samples = static_cast<USHORT>(piece_bytes_ / sizeof(SHORT));
    list[i].flags = kInterruptOnCompletion;
  }
  list[0].address += skipped_;
  list[0].samples = static_cast<USHORT>((piece_bytes_ - skipped_) / sizeof(SHORT));
  KeMemoryBarrier();
  resting_ = offset;
  InterlockedExchange(&started_, 0);
  ports_->write32(box_ + bus::kDescriptors, memory_.logical().LowPart);
  ports_->write8(box_ + bus::kLastIndex, kDescriptorCount - 1);
  told_ = true;
}

void BusMaster::sleep() {
  ports_->write8(box_ + bus::kControl, 0);
  if (piece_bytes_ != 0) resting_ = offset();
  asleep_ = true;
}

void BusMaster::wake() {
  asleep_ = false;
  if (piece_bytes_ == 0) return;
  const bool kept = told_ && ports_->read32(box_ + bus::kDescriptors) == memory_.logical().LowPart;
  if (!kept) begin_at(resting_);
}

NTSTATUS BusMaster::run() {
  PowerGate::Pass awake(*gate_);
  if (!awake || !told_) return STATUS_DEVICE_NOT_READY;
  ports_->write8(box_ + bus::kControl, bus::kRun | bus::kBufferInterrupt);
  return STATUS_SUCCESS;
}

void BusMaster::pause() {
  PowerGate::Pass awake(*gate_);
  if (awake) ports_->write8(box_ + bus::kControl, 0);
}

// Index and rest are two registers: read until the index is the same before and after.
ULONG BusMaster::offset() const {
  if (asleep_) return resting_;
  for (ULONG attempt = 0; attempt < 8; ++attempt) {
    const UCHAR index = ports_->read8(box_ + bus::kCurrentIndex);
    const ULONG left = ports_->read16(box_ + bus::kLeft) * static_cast<ULONG>(sizeof(SHORT));
    if (ports_->read8(box_ + bus::kCurrentIndex) != index) continue;
    if (index >= kDescriptorCount || left > piece_bytes_) return 0;  // ones: it is gone
    // With nothing left it is between two pieces; but before the first descriptor has been fetched, at the start.
    if (left == 0 && !started_) return resting_;
    if (left != 0) InterlockedExchange(&started_, 1);
    return ((first_piece_ + index) % pieces_ * piece_bytes_ + (piece_bytes_ - left)) % (pieces_ * piece_bytes_);
  }
  return 0;
}

bool BusMaster::acknowledge(ULONG global_status) {
  if (!(global_status & interrupt_bit_)) return false;
  ports_->write16(box_ + bus::kStatus, bus::kCauses);
  const UCHAR index = ports_->read8(box_ + bus::kCurrentIndex);
  if (skipped_ != 0 && index != 0 && index < kDescriptorCount) {
    // Its next turn is of the whole piece.
    Descriptor& first = memory_.as<Descriptor>()[0];
    first.address -= skipped_;
    first.samples = static_cast<USHORT>(piece_bytes_ / sizeof(SHORT));
    skipped_ = 0;
  }
  ports_->write8(box_ + bus::kLastIndex, static_cast<UCHAR>((index + kDescriptorCount - 1) % kDescriptorCount));
  return true;
}

void BusMaster::completed() {
  SpinLockGuard guard(listener_lock_);
  if (listener_) listener_(listener_context_);
}
