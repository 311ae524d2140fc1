#pragma once
// DpcQueue: deferred procedure calls. One queued at PASSIVE_LEVEL has run before the call that queued it returns; one
// queued at DISPATCH_LEVEL runs when its processor's IRQL drops.

#include <cstdint>
#include <vector>

#include "kernel/dispatcher_lock.h"

struct _KDPC;

namespace portside::kernel {

class Kernel;
struct LiveObject;

class DpcQueue {
 public:
  explicit DpcQueue(Kernel& kernel) : kernel_(kernel) {}

  void initialize(_KDPC* dpc, void* routine, void* context, bool threaded);
  // False, and told: it was never initialised. A wild pointer faults.
  bool check(_KDPC* dpc, const char* api);
  // False when it is queued already. Runs it at once when the IRQL allows.
  bool insert(_KDPC* dpc, void* argument1, void* argument2);
  // False when it was not queued.
  bool remove(_KDPC* dpc);
  void set_target(_KDPC* dpc, uint32_t processor);
  void set_high_importance(_KDPC* dpc, bool high);
  // KeFlushQueuedDpcs: returns when every DPC queued before has run, on every processor.
  void flush();
  // True while `dpc` is queued or running.
  bool busy(_KDPC* dpc);
  // True from the inside of a DPC on the caller's processor.
  bool in_dpc();

  bool pending(uint32_t processor) const;
  // The caller is at DISPATCH_LEVEL on `processor`: runs what is queued there.
  void drain(uint32_t processor);
  bool insert_locked(_KDPC* dpc, void* argument1, void* argument2, uint32_t current_processor, DispatcherLock& lock)
      REQUIRES(lock);
  // DPC objects that lie in [first, end) and are still queued: memory that must not be freed (bug check 0xC7).
  bool any_in(uint64_t first, uint64_t end);
  // Adds every queued DPC to `found`; takes one off its queue without touching it.
  void list(std::vector<LiveObject>& found);
  void withdraw(uint64_t dpc);

 private:
  Kernel& kernel_;
  uint64_t number_ = 0;
};

}  // namespace portside::kernel
