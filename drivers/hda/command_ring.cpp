// CommandRing. See command_ring.h. Not pageable, as collect() runs in a DPC.
#include "command_ring.h"

#include "registers.h"
#include "short_wait.h"
#include "spin_lock_guard.h"
#include "verbs.h"

namespace {

constexpr ULONG kRingMicroseconds = 1000;  // for a ring's DMA engine to start or stop, which takes some link frames
// A codec answers in the frame after the one that asked, 21 µs (§4.4); one that wakes up is given much more.
constexpr ULONG kQuickPolls = 200;
constexpr ULONG kQuickMicroseconds = 5;
constexpr ULONG kSlowPolls = 30;  // of a millisecond each

}  // namespace

CommandRing::CommandRing(const RegisterBlock& registers) : registers_(registers) {
  ExInitializeFastMutex(&one_at_a_time_);
  KeInitializeSpinLock(&lock_);
}

NTSTATUS CommandRing::create(PDMA_ADAPTER adapter, Listener listener, void* context) {
  listener_ = listener;
  listener_context_ = context;
  return memory_.allocate(adapter, kRirbOffset + kEntries * sizeof(Response));
}

void CommandRing::destroy() { memory_.free(); }

// The largest size that the controller can do.
NTSTATUS CommandRing::choose_size(const RegisterBlock& registers, ULONG offset, ULONG* entries) {
  const UCHAR size = registers.read8(offset);
  UCHAR choice;
  if (size & ring::kCan256) {
    choice = 2, *entries = 256;
  } else if (size & ring::kCan16) {
    choice = 1, *entries = 16;
  } else if (size & ring::kCan2) {
    choice = 0, *entries = 2;
  } else {
    return STATUS_DEVICE_CONFIGURATION_ERROR;
  }
  registers.write8(offset, choice);
  return STATUS_SUCCESS;
}

NTSTATUS CommandRing::start() {
  ExAcquireFastMutex(&one_at_a_time_);
  const NTSTATUS status = start_engines();
  ExReleaseFastMutex(&one_at_a_time_);
  return status;
}

void CommandRing::stop() {
  ExAcquireFastMutex(&one_at_a_time_);
  stop_engines();
  ExReleaseFastMutex(&one_at_a_time_);
}

NTSTATUS CommandRing::start_engines() {
  stop_engines();
  ULONG rirb_entries = 0;
  NTSTATUS status = choose_size(registers_, reg::kCorbSize, &corb_entries_);
  if (NT_SUCCESS(status)) status = choose_size(registers_, reg::kRirbSize, &rirb_entries);
  if (!NT_SUCCESS(status)) return status;

  // §4.4.1.3: base, then both pointers to zero. The read pointer is reset by hand: 1, seen, 0, seen.
  registers_.write_address(reg::kCorbLbase, memory_.logical());
  registers_.write16(reg::kCorbWp, 0);
  registers_.write16(reg::kCorbRp, corb::kPointerReset);
  // Controllers are known that do not show the 1: what counts is that it reads 0 in the end.
  registers_.wait16(reg::kCorbRp, corb::kPointerReset, corb::kPointerReset, 100);
  registers_.write16(reg::kCorbRp, 0);
  if (!registers_.wait16(reg::kCorbRp, corb::kPointerReset, 0, kRingMicroseconds)) return STATUS_IO_DEVICE_ERROR;

  // §4.4.2: an interrupt for each response, so that nobody has to look for the unsolicited ones.
  PHYSICAL_ADDRESS rirb_address = memory_.logical();
  rirb_address.QuadPart += kRirbOffset;
  registers_.write_address(reg::kRirbLbase, rirb_address);
  registers_.write16(reg::kRirbWp, rirb::kPointerReset);
  registers_.write16(reg::kRintCnt, 1);
  {
    SpinLockGuard guard(lock_);
    rirb_entries_ = rirb_entries;
    rirb_read_ = 0;
  }
  registers_.write8(reg::kRirbSts, rirb::kResponse | rirb::kOverrun);
  registers_.write8(reg::kRirbCtl, rirb::kRun | rirb::kInterrupt | rirb::kOverrunInterrupt);
  registers_.write8(reg::kCorbCtl, corb::kRun);
  if (!registers_.wait8(reg::kCorbCtl, corb::kRun, corb::kRun, kRingMicroseconds) ||
      !registers_.wait8(reg::kRirbCtl, rirb::kRun, rirb::kRun, kRingMicroseconds)) {
    return STATUS_IO_DEVICE_ERROR;
  }
  running_ = true;
  return STATUS_SUCCESS;
}

void CommandRing::stop_engines() {
  running_ = false;
  if (registers_.gone()) return;
  registers_.write8(reg::kCorbCtl, 0);
  registers_.write8(reg::kRirbCtl, 0);
  // "Software must read back a 0 from this bit" (§3.3.22, §3.3.29): the engine may be in the middle of something.
  registers_.wait8(reg::kCorbCtl, corb::kRun, 0, kRingMicroseconds);
  registers_.wait8(reg::kRirbCtl, rirb::kRun, 0, kRingMicroseconds);
}

NTSTATUS CommandRing::send(UCHAR codec, UCHAR node, ULONG verb, ULONG payload, ULONG* response) {
  ULONG ignored;
  ExAcquireFastMutex(&one_at_a_time_);
  NTSTATUS status = STATUS_DEVICE_NOT_READY;
  if (running_) {
    status = exchange(verb::encode(codec, node, verb, payload), codec, response ? response : &ignored);
    // An answer that comes after all would be taken for that of the next verb: begin anew.
    if (status == STATUS_IO_TIMEOUT) start_engines();
  }
  ExReleaseFastMutex(&one_at_a_time_);
  return status;
}

NTSTATUS CommandRing::exchange(ULONG command, UCHAR codec, ULONG* response) {
  {
    SpinLockGuard guard(lock_);
    waiting_ = true;
    waiting_for_ = codec;
    have_answer_ = false;
  }
  // §4.4.1.4: the entry after the last one that was written, and only then the pointer to it.
  const ULONG next = (registers_.read16(reg::kCorbWp) + 1u) % corb_entries_;
  memory_.as<volatile ULONG>()[next] = command;
  KeMemoryBarrier();
  registers_.write16(reg::kCorbWp, static_cast<USHORT>(next));

  NTSTATUS status = STATUS_IO_TIMEOUT;
  for (ULONG poll = 0; poll < kQuickPolls + kSlowPolls; ++poll) {
    collect();
    if (answered(response)) {
      status = STATUS_SUCCESS;
      break;
    }
    if (poll < kQuickPolls) {
      KeStallExecutionProcessor(kQuickMicroseconds);
      continue;
    }
    if (registers_.gone()) {
      status = STATUS_DEVICE_REMOVED;
      break;
    }
    sleep_a_millisecond();
  }
  SpinLockGuard guard(lock_);
  waiting_ = false;
  return status;
}

bool CommandRing::answered(ULONG* response) {
  SpinLockGuard guard(lock_);
  if (!have_answer_) return false;
  *response = answer_;
  return true;
}

void CommandRing::collect() {
  bool unasked = false;
  {
    SpinLockGuard guard(lock_);
    if (rirb_entries_ == 0) return;
    // Cleared before looking: a response that comes in between raises the interrupt anew (§3.3.30). There are
    // controllers that take no further verb before it is cleared.
    registers_.write8(reg::kRirbSts, rirb::kResponse | rirb::kOverrun);
    const ULONG write = registers_.read16(reg::kRirbWp) & 0xFF;
    if (write >= rirb_entries_) return;  // ones: it is gone
    while (rirb_read_ != write) {
      rirb_read_ = (rirb_read_ + 1) % rirb_entries_;
      const volatile Response* entry = &responses()[rirb_read_];
      const ULONG extended = entry->extended;
      const UCHAR codec = static_cast<UCHAR>(extended & 0xF);
      if (extended & (1u << 4)) {
        // With no room left the newest is dropped: each says no more than "look again", and all are looked at.
        if (kept_count_ < kKept) kept_[(kept_first_ + kept_count_++) % kKept] = {codec, entry->response};
        unasked = true;
      } else if (waiting_ && codec == waiting_for_) {
        answer_ = entry->response;
        have_answer_ = true;
      }
    }
  }
  if (unasked) listener_(listener_context_);
}

bool CommandRing::take_unsolicited(Unsolicited* result) {
  SpinLockGuard guard(lock_);
  if (kept_count_ == 0) return false;
  *result = kept_[kept_first_];
  kept_first_ = (kept_first_ + 1) % kKept;
  --kept_count_;
  return true;
}
