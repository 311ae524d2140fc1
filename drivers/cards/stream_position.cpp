// StreamPosition. See stream_position.h.
#include "stream_position.h"

#include "spin_lock_guard.h"

StreamPosition::StreamPosition() {
  KeInitializeSpinLock(&lock_);
  packets_.reset();
}

StreamPosition::~StreamPosition() {
  // A client that died may have left events.
  while (NotificationEvents::Entry* entry = events_.remove_locked(nullptr)) NotificationEvents::free(entry);
}

void StreamPosition::attach(Offset offset, void* device, UCHAR* view, const Layout& layout) {
  SpinLockGuard guard(lock_);
  offset_ = offset;
  device_ = device;
  view_ = view;
  bytes_ = layout.bytes;
  frame_bytes_ = layout.frame_bytes;
  rate_ = layout.rate;
  packet_bytes_ = layout.packets ? bytes_ / layout.packets : 0;
  turns_.reset(bytes_, rate_ * frame_bytes_);
  packets_.set_layout(layout.packets, packet_bytes_ / frame_bytes_);
  packets_.reset();
}

void StreamPosition::detach() {
  SpinLockGuard guard(lock_);
  view_ = nullptr;
  bytes_ = 0;
  turns_.reset(0, 0);
  packets_.set_layout(0, 0);
}

void StreamPosition::reset() {
  SpinLockGuard guard(lock_);
  turns_.reset(bytes_, rate_ * frame_bytes_);
  packets_.reset();
}

void StreamPosition::start() {
  SpinLockGuard guard(lock_);
  turns_.start(clock_.hundred_ns(clock_.now()));
  running_ = true;
}

void StreamPosition::halt() {
  SpinLockGuard guard(lock_);
  LONGLONG ticks;
  look_locked(&ticks);
  running_ = false;
}

// Bytes since STOP, and when that was true.
LONGLONG StreamPosition::look_locked(LONGLONG* ticks) {
  *ticks = clock_.now();
  if (running_) turns_.look(offset_(device_), clock_.hundred_ns(*ticks));
  return turns_.total();
}

LONGLONG StreamPosition::frames_locked(LONGLONG* ticks) { return look_locked(ticks) / frame_bytes_; }

ULONG StreamPosition::offset_bytes() {
  SpinLockGuard guard(lock_);
  LONGLONG ticks;
  look_locked(&ticks);
  return turns_.offset();
}

ULONGLONG StreamPosition::frames(ULONGLONG* counter) {
  SpinLockGuard guard(lock_);
  LONGLONG ticks;
  const LONGLONG frames = frames_locked(&ticks);
  *counter = static_cast<ULONGLONG>(clock_.counter_at(ticks));
  return static_cast<ULONGLONG>(frames);
}

void StreamPosition::packet_completed() {
  SpinLockGuard guard(lock_);
  if (!running_ || packets_.count() == 0) return;
  silence_behind_end_locked();
  events_.signal_locked();
}

// The engine goes round and round, and behind the last packet of a stream lies what the client wrote a turn ago. A
// packet that is through is overwritten here before its turn comes again.
void StreamPosition::silence_behind_end_locked() {
  LONGLONG ticks;
  const ULONG done = packets_.completed(frames_locked(&ticks));
  if (packets_.end_frame() >= 0 && done > 0) RtlZeroMemory(packet_locked(done - 1), packet_bytes_);
}

NTSTATUS StreamPosition::write_packet(ULONG number, ULONG flags, ULONG end_bytes) {
  SpinLockGuard guard(lock_);
  // "If KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM is not specified in Flags, this parameter is ignored."
  if (!(flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM)) end_bytes = 0;
  if (end_bytes % frame_bytes_ != 0) return STATUS_INVALID_PARAMETER;
  LONGLONG ticks;
  const NTSTATUS status = packets_.write(number, flags, end_bytes / frame_bytes_, frames_locked(&ticks), running_);
  // What the last packet does not fill is silence.
  if (NT_SUCCESS(status) && packets_.end_frame() >= 0)
    RtlZeroMemory(packet_locked(number) + end_bytes, packet_bytes_ - end_bytes);
  return status;
}

NTSTATUS StreamPosition::read_packet(ULONG* number, ULONG64* counter, BOOL* more) {
  SpinLockGuard guard(lock_);
  LONGLONG ticks;
  const LONGLONG frames = frames_locked(&ticks);
  const NTSTATUS status = packets_.read(frames, number, more);
  if (!NT_SUCCESS(status)) return status;
  // "the performance counter of the first sample" of the packet: so many frames ago.
  const LONGLONG ago = frames - static_cast<LONGLONG>(*number) * packets_.frames();
  *counter = static_cast<ULONG64>(clock_.counter_at(ticks - clock_.ticks_of(ago, rate_)));
  return STATUS_SUCCESS;
}

ULONG StreamPosition::packets_completed() {
  SpinLockGuard guard(lock_);
  LONGLONG ticks;
  return packets_.completed(frames_locked(&ticks));
}

void StreamPosition::add_event(NotificationEvents::Entry& entry) {
  SpinLockGuard guard(lock_);
  events_.add_locked(entry);
}

NotificationEvents::Entry* StreamPosition::remove_event(PKEVENT event) {
  SpinLockGuard guard(lock_);
  return events_.remove_locked(event);
}
