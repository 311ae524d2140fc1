#pragma once
// KernelTimers: KTIMER and EX_TIMER. Deadlines are kept on our side, so that a timer whose memory was freed while it was
// set is told and not followed.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/stack.h"
#include "kernel/dispatcher_lock.h"
#include "kernel/timer_queue.h"

struct _KDPC;
struct _KTIMER;

namespace portside::kernel {

class Kernel;
struct ExTimer;
struct LiveObject;

// EXT_CALLBACK and EXT_DELETE_CALLBACK (wdm.h), as plain addresses.
using ExTimerCallback = void(__attribute__((ms_abi)) *)(void* timer, void* context);
using ExTimerDeleteCallback = void(__attribute__((ms_abi)) *)(void* context);

class KernelTimers {
 public:
  explicit KernelTimers(Kernel& kernel);
  ~KernelTimers();

  void initialize(_KTIMER* timer, bool synchronization);
  // Each returns whether the timer was set before. `due_hns` as Windows gives it; `period_ms` zero is one-shot.
  bool set(_KTIMER* timer, int64_t due_hns, int32_t period_ms, _KDPC* dpc, const char* api = "KeSetTimer");
  bool cancel(_KTIMER* timer);

  // EX_TIMER. `attributes`: EX_TIMER_HIGH_RESOLUTION 4, EX_TIMER_NO_WAKE 8, EX_TIMER_NOTIFICATION 0x80000000.
  ExTimer* allocate(ExTimerCallback callback, void* context, uint32_t attributes);
  bool set(ExTimer* timer, int64_t due_hns, int64_t period_hns);
  bool cancel(ExTimer* timer);
  // `wait`: returns after the callback has finished; only then may the caller free what it uses. Without `cancel` a timer that is set
  // expires once more, and is deleted then. `callback` is called when it is deleted.
  bool destroy(ExTimer* timer, bool cancel, bool wait, ExTimerDeleteCallback callback, void* context);
  size_t live_ex_timers() const;
  // The timer's callback has returned.
  void end_after_callback(ExTimer* timer);

  TimerQueue& queue() { return queue_; }
  Nanoseconds next_due() const { return queue_.next_due(); }
  // Fires what is due at `now`: threads' time-outs, timers' signals and DPCs (queued to `processor`).
  void expire_locked(Nanoseconds now, uint32_t processor, DispatcherLock& lock) REQUIRES(lock);

  // KTIMERs in [first, end) that are still set: memory that must not be freed (bug check 0xC7).
  bool any_in(uint64_t first, uint64_t end);
  // Adds every timer that is set, and every EX_TIMER that is not deleted, to `found`; disarms one without touching it.
  void list(std::vector<LiveObject>& found);
  void withdraw(uint64_t timer);

 private:
  struct Armed {
    TimerNode node;
    _KTIMER* timer = nullptr;
    Nanoseconds period{};
    uint64_t number = 0;
    uint64_t routine = 0;  // of its DPC
    StackTrace set_at;
  };
  Armed* arm(_KTIMER* timer, Nanoseconds due, Nanoseconds period, _KDPC* dpc, DispatcherLock& lock) REQUIRES(lock);
  bool disarm(_KTIMER* timer, DispatcherLock& lock) REQUIRES(lock);
  bool is_live(ExTimer* timer) const;
  void end(ExTimer* timer);
  void free_deleted();
  // False, and told: `timer` is none.
  bool check_timer(ExTimer* timer, const char* api);

  Kernel& kernel_;
  TimerQueue queue_;
  std::unordered_map<_KTIMER*, std::unique_ptr<Armed>> armed_;
  std::vector<std::unique_ptr<Armed>> spare_;
  std::unordered_map<ExTimer*, std::unique_ptr<ExTimer>> ex_timers_;
  uint64_t number_ = 0;
};

}  // namespace portside::kernel
