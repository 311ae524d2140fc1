#pragma once
// EventObserver: what drivers do to events, by KeSetEvent and its kin. Told on the calling thread, before it is done.

#include "base/clock.h"
#include "base/stack.h"

struct _KEVENT;

namespace portside::kernel {

class EventObserver {
 public:
  virtual ~EventObserver() = default;
  // KeSetEvent or KePulseEvent. The caller's stack may be walked while this runs (capture_stack).
  virtual void on_event_set(const _KEVENT*, Nanoseconds) {}
  // KeClearEvent, KeResetEvent, and KePulseEvent after on_event_set.
  virtual void on_event_cleared(const _KEVENT*, const char* /*api*/) {}
  // KeInitializeEvent: whatever lay at the address before, it is another event now.
  virtual void on_event_initialized(const _KEVENT*) {}
};

}  // namespace portside::kernel
