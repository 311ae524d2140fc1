#include "engine.h"

Engine::Engine() {
  KeInitializeTimer(&timer_);
  KeInitializeDpc(&dpc_, reinterpret_cast<PKDEFERRED_ROUTINE>(on_timer), this);
  KeInitializeSpinLock(&lock_);
}

Engine::~Engine() {
  KeCancelTimer(&timer_);
  KeFlushQueuedDpcs();
}

void Engine::run() {
  started_ = KeQueryPerformanceCounter(nullptr).QuadPart;
  signalled_ = completed();
  running_ = true;
  LARGE_INTEGER due;
  due.QuadPart = -10000;
  KeSetTimerEx(&timer_, due, 1, &dpc_);
}

void Engine::pause() {
  if (!running_) return;
  before_ = bytes();
  running_ = false;
  if (WRONG(NotifiesInPause)) return;
  KeCancelTimer(&timer_);
  KeFlushQueuedDpcs();
}

void Engine::reset() {
  if (WRONG(NotifiesInPause)) {
    KeCancelTimer(&timer_);
    KeFlushQueuedDpcs();
  }
  before_ = 0;
  signalled_ = 0;
}

LONGLONG Engine::bytes(LONGLONG* counter) const {
  LARGE_INTEGER frequency;
  const LONGLONG now = KeQueryPerformanceCounter(&frequency).QuadPart;
  if (counter) *counter = now;
  LONGLONG passed = before_;
  if (running_) passed += (now - started_) * kBytesPerSecond / frequency.QuadPart;
  return passed / kFrameBytes * kFrameBytes;
}

NTSTATUS Engine::add_event(PKEVENT event) {
  if (event_) return STATUS_INSUFFICIENT_RESOURCES;
  event_ = event;
  return STATUS_SUCCESS;
}

NTSTATUS Engine::remove_event(PKEVENT event) {
  KIRQL old;
  KeAcquireSpinLock(&lock_, &old);
  const bool known = event && event_ == event;
  if (known) {
    former_ = event_;
    event_ = nullptr;
  }
  KeReleaseSpinLock(&lock_, old);
  return known ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

void Engine::signal_former_event() {
  if (former_) was_set_ = KeSetEvent(former_, IO_SOUND_INCREMENT, FALSE);  // breaks NotificationAfterUnregister
}

void Engine::tick() {
  KeAcquireSpinLockAtDpcLevel(&lock_);
  if (WRONG(WritesPastEnd) && view_) RtlFillMemory(view_ + buffer_bytes_, 8, 1);
  const ULONG done = completed();
  if (done != signalled_ || WRONG(NotifiesTwice) || (WRONG(NotifiesInPause) && !running_)) {
    signalled_ = done;
    if (!WRONG(NotifiesNever)) signal();
  }
  KeReleaseSpinLockFromDpcLevel(&lock_);
}

__declspec(noinline) void Engine::signal() {
  if (event_)
    was_set_ = KeSetEvent(event_, IO_SOUND_INCREMENT, FALSE);  // breaks NotificationOutsideRun NotificationTooOften
  if (event_ && WRONG(ClearsEvent)) KeClearEvent(event_);      // breaks NotificationEventCleared
}
