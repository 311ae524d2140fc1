#include "kernel/kernel_timers.h"

#include <fmt/format.h>
#include <wdm.h>

#include <algorithm>

#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/executor.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"

namespace portside::kernel {

// What a PEX_TIMER points at. It begins with a KTIMER, so it can be waited for.
struct ExTimer {
  KTIMER timer;
  KDPC dpc;
  Kernel* kernel;
  ExTimerCallback callback;
  void* context;
  uint32_t attributes;
  bool deleting = false;        // ExDeleteTimer was called: it is never set again
  bool deletion_waits = false;  // the caller of ExDeleteTimer ends it, when its callback has returned
  bool deleted = false;         // its memory is kept: a DPC may be on its way out of it
  ExTimerDeleteCallback on_deleted = nullptr;
  void* deleted_context = nullptr;
  StackTrace allocated_at;
};

namespace {
constexpr uint32_t kHighResolution = 4;       // EX_TIMER_HIGH_RESOLUTION
constexpr uint32_t kNotification = 1u << 31;  // EX_TIMER_NOTIFICATION

void NTAPI call_ex_timer(KDPC*, void* context, void*, void*) {
  auto* timer = static_cast<ExTimer*>(context);
  if (timer->deleted) return;
  Kernel& kernel = *timer->kernel;
  const ExTimerCallback callback = timer->callback;
  callback(timer, timer->context);
  kernel.timers().end_after_callback(timer);
  ProcessorBlock* block = this_processor_block();
  if (block->irql == kDispatchLevel) return;
  kernel.report_misuse(MisuseKind::kDpcChangedIrql, "ExSetTimer", timer,
                       fmt::format("the callback of a timer of ExAllocateTimer returned at {}; it was called at "
                                   "DISPATCH_LEVEL",
                                   irql_name(block->irql)),
                       stack_at_entry(reinterpret_cast<uint64_t>(callback)));
  block->irql = kDispatchLevel;
}

// A period on its grid: a machine that was late, or stalled, skips beats and does not drift.
Nanoseconds next_beat(Nanoseconds due, Nanoseconds period, Nanoseconds now) {
  due += period;
  if (due <= now) due += period * ((now - due) / period + 1);
  return due;
}
}  // namespace

KernelTimers::KernelTimers(Kernel& kernel) : kernel_(kernel) {}
KernelTimers::~KernelTimers() = default;

void KernelTimers::initialize(KTIMER* timer, bool synchronization) {
  kernel_.dispatcher().initialize(&timer->Header,
                                  synchronization ? ObjectKind::kSynchronizationTimer : ObjectKind::kNotificationTimer,
                                  0, sizeof(KTIMER) / 4);
  timer->DueTime.QuadPart = 0;
  timer->TimerListEntry.Flink = nullptr;
  timer->TimerListEntry.Blink = nullptr;
  timer->Dpc = nullptr;
  timer->Period = 0;
}

KernelTimers::Armed* KernelTimers::arm(KTIMER* timer, Nanoseconds due, Nanoseconds period, KDPC* dpc,
                                       DispatcherLock& lock) {
  std::unique_ptr<Armed>& slot = armed_[timer];
  if (!slot) {
    if (spare_.empty()) {
      slot = std::make_unique<Armed>();
    } else {
      slot = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  slot->node.kind = TimerNodeKind::kKernelTimer;
  slot->node.owner = slot.get();
  slot->timer = timer;
  slot->period = period;
  slot->number = ++number_;
  timer->Header.SignalState = 0;
  timer->Header.Inserted = 1;
  timer->DueTime.QuadPart = static_cast<ULONGLONG>((due + kernel_.options().up_time_at_start).count() / 100);
  timer->Dpc = dpc;
  timer->Period = static_cast<decltype(timer->Period)>(period.count() / 1'000'000);
  queue_.insert(slot->node, due);
  kernel_.executor().notify_deadline(lock);
  return slot.get();
}

bool KernelTimers::disarm(KTIMER* timer, DispatcherLock&) {
  auto it = armed_.find(timer);
  if (it == armed_.end()) return false;
  queue_.remove(it->second->node);
  spare_.push_back(std::move(it->second));
  armed_.erase(it);
  timer->Header.Inserted = 0;
  return true;
}

bool KernelTimers::set(KTIMER* timer, int64_t due_hns, int32_t period_ms, KDPC* dpc, const char* api) {
  if (!kernel_.dispatcher().check_timer(timer, api)) return false;
  if (dpc && !kernel_.dpcs().check(dpc, api)) return false;
  timer->DueTime.QuadPart = 0;  // a wild pointer faults by here, with no lock held
  const bool keeps_history = !kernel_.live_object_observers().empty();
  const StackTrace stack = keeps_history ? capture_stack() : StackTrace{};
  const uint64_t routine = dpc ? reinterpret_cast<uint64_t>(dpc->DeferredRoutine) : 0;
  // Nobody's doing but the setter's comes before what a timer brings about, whoever's time it expires in.
  kernel_.gives(timer);
  if (dpc) kernel_.gives(dpc);
  DispatcherGuard guard(kernel_.lock());
  const bool was_set = disarm(timer, kernel_.lock());
  const Nanoseconds period = period_ms > 0 ? std::chrono::milliseconds(period_ms) : Nanoseconds(0);
  Armed* armed = arm(timer, kernel_.clock().due(due_hns, false), period, dpc, kernel_.lock());
  armed->routine = routine;
  armed->set_at = stack;
  return was_set;
}

bool KernelTimers::cancel(KTIMER* timer) {
  (void)*const_cast<volatile UCHAR*>(&timer->Header.Type);
  kernel_.takes(timer);
  if (timer->Dpc) kernel_.takes(end_of(timer->Dpc));
  DispatcherGuard guard(kernel_.lock());
  return disarm(timer, kernel_.lock());
}

void KernelTimers::expire_locked(Nanoseconds now, uint32_t processor, DispatcherLock& lock) {
  while (TimerNode* node = queue_.first()) {
    if (node->due > now) break;
    queue_.remove(*node);
    if (node->kind == TimerNodeKind::kThreadWait) {
      kernel_.dispatcher().time_out_locked(static_cast<ThreadObject*>(node->owner), lock);
      continue;
    }
    auto* armed = static_cast<Armed*>(node->owner);
    KTIMER* timer = armed->timer;
    kernel_.trace(TraceKind::kTimerExpiry, "", armed->number);
    KDPC* dpc = timer->Dpc;
    if (armed->period > Nanoseconds(0)) {
      queue_.insert(*node, next_beat(node->due, armed->period, now));
    } else {
      auto it = armed_.find(timer);
      spare_.push_back(std::move(it->second));
      armed_.erase(it);
      timer->Header.Inserted = 0;
    }
    kernel_.dispatcher().signal_locked(&timer->Header, 1, lock);
    // KDEFERRED_ROUTINE: a timer's DPC gets the system time in its arguments; Windows calls their content undefined.
    if (dpc) kernel_.dpcs().insert_locked(dpc, nullptr, nullptr, processor, lock);
  }
}

bool KernelTimers::any_in(uint64_t first, uint64_t end) {
  DispatcherGuard guard(kernel_.lock());
  return std::ranges::any_of(armed_, [&](const auto& entry) {
    const auto address = reinterpret_cast<uint64_t>(entry.first);
    return address < end && address + sizeof(KTIMER) > first;
  });
}

void KernelTimers::list(std::vector<LiveObject>& found) {
  DispatcherGuard guard(kernel_.lock());
  for (const auto& [timer, armed] : armed_)
    found.push_back(
        {LiveKind::kTimer, reinterpret_cast<uint64_t>(timer), sizeof(KTIMER), armed->routine, armed->set_at});
  std::ranges::sort(found, {}, &LiveObject::address);
  for (const auto& [timer, owned] : ex_timers_) {
    if (timer->deleted) continue;
    const auto armed = armed_.find(&timer->timer);
    if (timer->deleting && armed == armed_.end()) continue;
    std::erase_if(found, [&](const LiveObject& o) { return o.address == reinterpret_cast<uint64_t>(&timer->timer); });
    const auto routine = reinterpret_cast<uint64_t>(timer->callback);
    // Deleted without being cancelled: its callback is still to come.
    if (timer->deleting)
      found.push_back({LiveKind::kTimer, reinterpret_cast<uint64_t>(&timer->timer), sizeof(KTIMER), routine,
                       armed->second->set_at});
    else
      found.push_back(
          {LiveKind::kExTimer, reinterpret_cast<uint64_t>(timer), sizeof(ExTimer), routine, timer->allocated_at});
  }
}

void KernelTimers::withdraw(uint64_t address) {
  DispatcherGuard guard(kernel_.lock());
  auto it = armed_.find(reinterpret_cast<KTIMER*>(address));
  if (it == armed_.end()) return;
  queue_.remove(it->second->node);
  spare_.push_back(std::move(it->second));
  armed_.erase(it);
}

bool KernelTimers::is_live(ExTimer* timer) const {
  const auto found = ex_timers_.find(timer);
  return found != ex_timers_.end() && !found->second->deleted;
}

size_t KernelTimers::live_ex_timers() const {
  return static_cast<size_t>(
      std::ranges::count_if(ex_timers_, [](const auto& entry) { return !entry.second->deleted; }));
}

bool KernelTimers::check_timer(ExTimer* timer, const char* api) {
  {
    DispatcherGuard guard(kernel_.lock());
    if (is_live(timer)) return true;
  }
  kernel_.report_misuse(MisuseKind::kNoSuchTimer, api, timer,
                        timer
                            ? fmt::format("{} was given 0x{:X}, which is no timer: never allocated, or deleted already",
                                          api, reinterpret_cast<uintptr_t>(timer))
                            : fmt::format("{} was given no timer but NULL", api));
  return false;
}

void KernelTimers::free_deleted() {
  std::vector<ExTimer*> deleted, over;
  {
    DispatcherGuard guard(kernel_.lock());
    for (const auto& [timer, owned] : ex_timers_) {
      if (timer->deleted) deleted.push_back(timer);
      else if (timer->deleting && !timer->deletion_waits && !armed_.contains(&timer->timer)) over.push_back(timer);
    }
  }
  // Its callback had returned when it was deleted, and its DPC had not ended.
  for (ExTimer* timer : over)
    if (!kernel_.dpcs().busy(&timer->dpc)) end(timer);
  std::erase_if(deleted, [this](ExTimer* timer) { return kernel_.dpcs().busy(&timer->dpc); });
  DispatcherGuard guard(kernel_.lock());
  for (ExTimer* timer : deleted) ex_timers_.erase(timer);
}

ExTimer* KernelTimers::allocate(ExTimerCallback callback, void* context, uint32_t attributes) {
  free_deleted();
  auto owned = std::make_unique<ExTimer>();
  ExTimer* timer = owned.get();
  initialize(&timer->timer, (attributes & kNotification) == 0);
  kernel_.dpcs().initialize(&timer->dpc, reinterpret_cast<void*>(&call_ex_timer), timer, false);
  timer->kernel = &kernel_;
  timer->callback = callback;
  timer->context = context;
  timer->attributes = attributes;
  if (!kernel_.live_object_observers().empty()) timer->allocated_at = capture_stack();
  DispatcherGuard guard(kernel_.lock());
  ex_timers_.emplace(timer, std::move(owned));
  return timer;
}

bool KernelTimers::set(ExTimer* timer, int64_t due_hns, int64_t period_hns) {
  if (!check_timer(timer, "ExSetTimer")) return false;
  kernel_.gives(timer);
  kernel_.gives(&timer->dpc);
  const StackTrace stack = kernel_.live_object_observers().empty() ? StackTrace{} : capture_stack();
  DispatcherGuard guard(kernel_.lock());
  if (!is_live(timer) || timer->deleting) return false;
  const bool was_set = disarm(&timer->timer, kernel_.lock());
  const bool exact = (timer->attributes & kHighResolution) != 0;
  const int64_t period = std::clamp(period_hns, int64_t{0}, int64_t{1} << 50);
  arm(&timer->timer, kernel_.clock().due(due_hns, exact), Nanoseconds(period * 100),
      timer->callback ? &timer->dpc : nullptr, kernel_.lock())
      ->set_at = stack;
  return was_set;
}

bool KernelTimers::cancel(ExTimer* timer) {
  if (!check_timer(timer, "ExCancelTimer")) return false;
  kernel_.takes(timer);
  kernel_.takes(end_of(&timer->dpc));
  DispatcherGuard guard(kernel_.lock());
  return is_live(timer) && disarm(&timer->timer, kernel_.lock());
}

bool KernelTimers::destroy(ExTimer* timer, bool cancel, bool wait, ExTimerDeleteCallback callback, void* context) {
  if (!check_timer(timer, "ExDeleteTimer")) return false;
  if (wait && !cancel)
    kernel_.report_misuse(MisuseKind::kTimerWaitsForSet, "ExDeleteTimer", timer,
                          "ExDeleteTimer was given Wait TRUE and Cancel FALSE");
  bool was_set = false, pending = false;
  {
    DispatcherGuard guard(kernel_.lock());
    if (!is_live(timer) || timer->deleting) return false;
    // A timer that is set and not cancelled expires once more, a periodic one as well, and is deleted after that. One that has no
    // callback has nothing to expire for.
    const auto armed = armed_.find(&timer->timer);
    if (cancel || wait || !timer->callback) was_set = disarm(&timer->timer, kernel_.lock());
    else if (armed != armed_.end()) {
      pending = true;
      armed->second->period = {};
    }
    timer->deleting = true;
    timer->deletion_waits = wait;
    timer->on_deleted = callback;
    timer->deleted_context = context;
  }
  if (wait) kernel_.yield_until([&] { return !kernel_.dpcs().busy(&timer->dpc); }, "ExDeleteTimer");
  // Where the callback is still to come or to return, its end deletes.
  if (wait || (!pending && !kernel_.dpcs().busy(&timer->dpc))) end(timer);
  return cancel && was_set;
}

void KernelTimers::end(ExTimer* timer) {
  kernel_.takes(end_of(&timer->dpc));
  ExTimerDeleteCallback callback = nullptr;
  void* context = nullptr;
  {
    DispatcherGuard guard(kernel_.lock());
    if (!is_live(timer)) return;
    callback = timer->on_deleted;
    context = timer->deleted_context;
    timer->deleted = true;  // from here on it may be freed
  }
  if (!callback) return;
  // EXT_DELETE_CALLBACK: "called at DISPATCH_LEVEL".
  const IrqlScope raised(kernel_, std::max(kernel_.current_irql(), kDispatchLevel));
  callback(context);
}

void KernelTimers::end_after_callback(ExTimer* timer) {
  bool last = false;
  {
    DispatcherGuard guard(kernel_.lock());
    last = timer->deleting && !timer->deletion_waits && !armed_.contains(&timer->timer);
  }
  if (last) end(timer);
}

}  // namespace portside::kernel
