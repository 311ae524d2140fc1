#pragma once
// OrderObserver: what puts one holder's doings after another's, beside locks (lock_observer.h): events, queues, timers, threads.
// A holder gives through an object; who takes from that object later comes after all that its givers did until then.
//
// A holder is a thread, or the DPCs of one processor, or its interrupts: each of these does one thing after the other, and
// a DPC is not ordered with the thread on whose stack it runs.

#include <cstdint>

namespace portside::kernel {

class OrderObserver {
 public:
  virtual ~OrderObserver() = default;
  // `through` names an object and is never followed: a KEVENT, a KDPC, a thread; see end_of().
  virtual void on_given(const void* /*through*/, uint64_t /*holder*/) {}
  virtual void on_taken(const void* /*through*/, uint64_t /*holder*/) {}
  // A thread has ended, and given through itself: it does nothing any more.
  virtual void on_ended(uint64_t /*holder*/) {}
};

// What a DPC or a callback gives when it has run; the object itself stands for what its queueing gives.
inline const void* end_of(const void* object) { return static_cast<const char*>(object) + 1; }

}  // namespace portside::kernel
