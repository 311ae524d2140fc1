// What both ends of the loopback are: COM objects that count, and the wire between them with its timer.
#pragma once

#include "mingw_ddk.h"

const ULONG kTag = 'rOmC';
const LONG kTickMilliseconds = 1;

template <class Interface>
class Counted : public Interface {
 public:
  ULONG STDMETHODCALLTYPE AddRef() override { return InterlockedIncrement(&references_); }
  ULONG STDMETHODCALLTYPE Release() override {
    LONG left = InterlockedDecrement(&references_);
    if (left == 0) destroy();
    return left;
  }
  void* operator new(size_t bytes) noexcept { return ExAllocatePoolWithTag(NonPagedPool, bytes, kTag); }
  void operator delete(void* p) { ExFreePoolWithTag(p, kTag); }

 protected:
  virtual void destroy() = 0;  // behind the interface's own entries of the vtable
  NTSTATUS give(PVOID* result) {
    *result = this;
    AddRef();
    return STATUS_SUCCESS;
  }

 private:
  LONG references_ = 1;
};

// One end of the wire. Positions are in bytes since STOP.
struct End {
  UCHAR* buffer;
  ULONG bytes, notification_bytes, block, rate;
  PKEVENT event;
  bool running;
  LONGLONG clock_frame, position;
};

class Wire {
 public:
  KSPIN_LOCK lock;
  End* ends[2];  // render, capture
  LONG references;

  static Wire* create() {
    Wire* wire = static_cast<Wire*>(ExAllocatePoolWithTag(NonPagedPool, sizeof(Wire), kTag));
    if (!wire) return nullptr;
    RtlZeroMemory(wire, sizeof(*wire));
    KeInitializeSpinLock(&wire->lock);
    KeInitializeTimerEx(&wire->timer_, NotificationTimer);
    KeInitializeDpc(&wire->dpc_, &Wire::on_dpc, wire);
    wire->epoch_ = KeQueryPerformanceCounter(&wire->frequency_);
    wire->references = 1;
    return wire;
  }
  void release() {
    if (InterlockedDecrement(&references) != 0) return;
    KeCancelTimer(&timer_);
    KeFlushQueuedDpcs();
    ExFreePoolWithTag(this, kTag);
  }
  void start_timer() {
    LARGE_INTEGER due;
    due.QuadPart = -10000LL * kTickMilliseconds;
    KeSetTimerEx(&timer_, due, kTickMilliseconds, &dpc_);
  }
  void stop_timer() { KeCancelTimer(&timer_); }
  LONGLONG ticks() const { return KeQueryPerformanceCounter(nullptr).QuadPart - epoch_.QuadPart; }
  LONGLONG frame(LONGLONG ticks, ULONG rate) const {
    return ticks / frequency_.QuadPart * rate + ticks % frequency_.QuadPart * rate / frequency_.QuadPart;
  }
  void advance_locked() {
    LONGLONG due[2] = {0, 0};
    const LONGLONG time = ticks();  // the same for both, or one end may be a frame ahead of the other
    for (int i = 0; i < 2; ++i) {
      End* end = ends[i];
      if (!end) continue;
      LONGLONG now = frame(time, end->rate);
      due[i] = (now - end->clock_frame) * end->block;
      end->clock_frame = now;
    }
    if (End* to = ends[1]) {
      End* from = ends[0];
      bool connected = from && from->rate == to->rate && from->block == to->block;
      for (LONGLONG i = 0; i < due[1]; ++i) {
        to->buffer[(to->position + i) % to->bytes] = connected ? from->buffer[(from->position + i) % from->bytes] : 0;
      }
    }
    for (int i = 0; i < 2; ++i) {
      End* end = ends[i];
      if (!end) continue;
      LONGLONG before = end->position;
      end->position += due[i];
      if (end->notification_bytes && end->event &&
          before / end->notification_bytes != end->position / end->notification_bytes) {
        KeSetEvent(end->event, IO_NO_INCREMENT, FALSE);
      }
    }
  }

 private:
  static VOID NTAPI on_dpc(PKDPC, PVOID context, PVOID, PVOID) {
    Wire* wire = static_cast<Wire*>(context);
    KeAcquireSpinLockAtDpcLevel(&wire->lock);
    wire->advance_locked();
    KeReleaseSpinLockFromDpcLevel(&wire->lock);
  }

  KTIMER timer_;
  KDPC dpc_;
  LARGE_INTEGER epoch_, frequency_;
};

class Lock {
 public:
  explicit Lock(Wire& wire) : wire_(wire) { KeAcquireSpinLock(&wire_.lock, &irql_); }
  ~Lock() { KeReleaseSpinLock(&wire_.lock, irql_); }

 private:
  Wire& wire_;
  KIRQL irql_;
};
