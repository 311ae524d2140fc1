#include "kernel/dispatcher.h"

#include <fmt/format.h>
#include <wdm.h>

#include <vector>

#include "kernel/executor.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"

namespace portside::kernel {
namespace {

constexpr int32_t kStatusWait0 = 0;
constexpr int32_t kStatusAbandonedWait0 = 0x80;
constexpr int32_t kStatusTimeout = 0x102;
constexpr int32_t kStatusInvalidParameterMix = static_cast<int32_t>(0xC0000030);

DISPATCHER_HEADER* header_of(void* object) { return static_cast<DISPATCHER_HEADER*>(object); }
ObjectKind kind_of(const DISPATCHER_HEADER* header) { return static_cast<ObjectKind>(header->Type); }

bool known_kind(uint8_t type) {
  switch (static_cast<ObjectKind>(type)) {
    case ObjectKind::kNotificationEvent:
    case ObjectKind::kSynchronizationEvent:
    case ObjectKind::kMutex:
    case ObjectKind::kSemaphore:
    case ObjectKind::kThread:
    case ObjectKind::kNotificationTimer:
    case ObjectKind::kSynchronizationTimer: return true;
  }
  return false;
}

bool initialised(const DISPATCHER_HEADER* header) { return known_kind(header->Type) && header->WaitListHead.Flink; }

// The header is read before the lock is taken: a wild pointer must fault while nothing is held, so that the driver's
// own exception handler can have it. Another thread may link itself meanwhile, which changes neither answer; so
// ThreadSanitizer is not asked.
[[clang::no_sanitize("thread"), gnu::noinline]] std::pair<uint8_t, bool> type_and_linked(
    const volatile DISPATCHER_HEADER* header) {
  return {header->Type, header->WaitListHead.Flink != nullptr};
}

}  // namespace

bool Dispatcher::check_header(void* object, const char* api) {
  const auto [type, linked] = type_and_linked(header_of(object));
  if (known_kind(type) && linked) return true;
  kernel_.report_misuse(MisuseKind::kNotADispatcherObject, api, object,
                        known_kind(type)
                            ? fmt::format("{} was given an object that was never initialised", api)
                            : fmt::format("{} was given something that is no dispatcher object (type {})", api, type));
  return false;
}

bool Dispatcher::check_timer(void* object, const char* api) {
  if (!check_header(object, api)) return false;
  const ObjectKind kind = kind_of(header_of(object));
  if (kind == ObjectKind::kNotificationTimer || kind == ObjectKind::kSynchronizationTimer) return true;
  kernel_.report_misuse(MisuseKind::kNotADispatcherObject, api, object,
                        fmt::format("{} was given an object that is no timer", api));
  return false;
}

bool Dispatcher::is_signalled(DISPATCHER_HEADER* header, const ThreadObject* thread) const {
  if (kind_of(header) == ObjectKind::kMutex) {
    auto* mutex = reinterpret_cast<KMUTANT*>(header);
    return header->SignalState > 0 || reinterpret_cast<ThreadObject*>(mutex->OwnerThread) == thread;
  }
  return header->SignalState > 0;
}

bool Dispatcher::all_signalled(const ThreadObject* thread) const {
  for (uint32_t i = 0; i < thread->wait_.count; ++i)
    if (!is_signalled(thread->wait_.blocks[i].object, thread)) return false;
  return true;
}

bool Dispatcher::acquire(DISPATCHER_HEADER* header, ThreadObject* thread) {
  switch (kind_of(header)) {
    case ObjectKind::kSynchronizationEvent:
    case ObjectKind::kSynchronizationTimer: header->SignalState = 0; return false;
    case ObjectKind::kSemaphore: --header->SignalState; return false;
    case ObjectKind::kMutex: {
      auto* mutex = reinterpret_cast<KMUTANT*>(header);
      if (--header->SignalState != 0) return false;  // once more by its owner
      mutex->OwnerThread = reinterpret_cast<decltype(mutex->OwnerThread)>(thread);
      thread->owned_mutexes_.push_back({mutex, mutex->ApcDisable != 0});
      ++owned_mutexes_;
      if (mutex->ApcDisable) ++thread->apc_disable;
      const bool abandoned = mutex->Abandoned;
      mutex->Abandoned = 0;
      return abandoned;
    }
    default: return false;
  }
}

// Hands the object over to whom it satisfies, first come first served, as Windows does: a woken thread already owns what
// it waited for.
void Dispatcher::release_waiters(DISPATCHER_HEADER* header, DispatcherLock& lock) {
  LIST_ENTRY* head = &header->WaitListHead;
  if (!head->Flink) return;
  LIST_ENTRY* entry = head->Flink;
  while (entry != head && header->SignalState > 0) {
    if (entry->Flink->Blink != entry || entry->Blink->Flink != entry)
      kernel_.bug_check({kKernelSecurityCheckFailure,
                         {3, 0, 0, 0},
                         "the list of threads that wait for an object is corrupt: the object was overwritten, freed or "
                         "initialised again while a thread waited for it",
                         {}});
    auto* block = reinterpret_cast<WaitBlock*>(entry);
    ThreadObject* thread = block->thread;
    if (thread->wait_.all) {
      if (!all_signalled(thread)) {
        entry = entry->Flink;
        continue;
      }
      bool abandoned = false;
      for (uint32_t i = 0; i < thread->wait_.count; ++i) abandoned |= acquire(thread->wait_.blocks[i].object, thread);
      wake(thread, abandoned ? kStatusAbandonedWait0 : kStatusWait0, lock);
    } else {
      const auto key = static_cast<int32_t>(block->key);
      const bool abandoned = acquire(header, thread);
      wake(thread, (abandoned ? kStatusAbandonedWait0 : kStatusWait0) + key, lock);
    }
    entry = head->Flink;  // waking unlinked the thread from every object
  }
}

void Dispatcher::signal_locked(DISPATCHER_HEADER* header, int32_t state, DispatcherLock& lock) {
  header->SignalState = state;
  if (header->WaitListHead.Flink != &header->WaitListHead) release_waiters(header, lock);
}

void Dispatcher::link(ThreadObject* thread, const WaitRequest& request) {
  WaitRegistration& wait = thread->wait_;
  const auto count = static_cast<uint32_t>(request.objects.size());
  if (wait.blocks.size() < count) wait.blocks.resize(count);
  wait.count = count;
  wait.all = request.all;
  wait.has_timeout = request.timeout_hns.has_value();
  for (uint32_t i = 0; i < count; ++i) {
    WaitBlock& block = wait.blocks[i];
    block.thread = thread;
    block.object = header_of(request.objects[i]);
    block.key = i;
    auto* entry = reinterpret_cast<LIST_ENTRY*>(&block);
    LIST_ENTRY* head = &block.object->WaitListHead;
    entry->Flink = head;
    entry->Blink = head->Blink;
    head->Blink->Flink = entry;
    head->Blink = entry;
  }
  wait.linked = true;
}

void Dispatcher::unlink(ThreadObject* thread) {
  WaitRegistration& wait = thread->wait_;
  if (!wait.linked) return;
  wait.linked = false;
  for (uint32_t i = 0; i < wait.count; ++i) {
    WaitBlock& block = wait.blocks[i];
    block.blink->flink = block.flink;
    block.flink->blink = block.blink;
  }
}

void Dispatcher::forget(void* object) {
  DispatcherGuard guard(kernel_.lock());
  std::vector<ThreadObject*> waiters;
  LIST_ENTRY* head = &header_of(object)->WaitListHead;
  for (LIST_ENTRY* entry = head->Flink; entry && entry != head; entry = entry->Flink)
    waiters.push_back(reinterpret_cast<WaitBlock*>(entry)->thread);
  for (ThreadObject* thread : waiters) {
    unlink(thread);
    thread->wait_.count = 0;
  }
}

void Dispatcher::wake(ThreadObject* thread, int32_t status, DispatcherLock& lock) {
  unlink(thread);
  kernel_.timers().queue().remove(thread->wait_timer_);
  thread->wait_.status = status;
  kernel_.executor().make_ready(thread, lock);
}

void Dispatcher::time_out_locked(ThreadObject* thread, DispatcherLock& lock) { wake(thread, kStatusTimeout, lock); }

// KeWaitForSingleObject: callers wait at <= APC_LEVEL, or at DISPATCH_LEVEL with a zero time-out. Windows only stops
// when it really has to switch.
void Dispatcher::check_wait_irql(const char* api) {
  const Irql irql = kernel_.current_irql();
  if (irql < kDispatchLevel) return;
  const std::string sentence =
      fmt::format("{} would have to wait at {}; it may wait only below DISPATCH_LEVEL", api, irql_name(irql));
  kernel_.report_misuse(MisuseKind::kWaitAtDispatch, api, nullptr, sentence);
  kernel_.bug_check(
      {kAttemptedSwitchFromDpc, {reinterpret_cast<uint64_t>(kernel_.current_thread()), 0, 0, 0}, sentence, {}});
}

int32_t Dispatcher::wait(const WaitRequest& request) {
  const int32_t status = wait_for(request);
  if (kernel_.lock_observers().empty() && kernel_.order_observers().empty()) return status;
  const int32_t key = status & ~kStatusAbandonedWait0;
  if (key < 0 || key >= static_cast<int32_t>(request.objects.size()) || (status & ~0xFF)) return status;
  for (size_t i = 0; i < request.objects.size(); ++i)
    if (request.all || static_cast<int32_t>(i) == key) {
      if (kind_of(header_of(request.objects[i])) == ObjectKind::kMutex)
        kernel_.tell_lock(LockKind::kMutex, request.objects[i], request.timeout_hns == 0, request.api);
      else kernel_.takes(request.objects[i]);
    }
  return status;
}

int32_t Dispatcher::wait_for(const WaitRequest& request) {
  if (request.objects.empty() || request.objects.size() > kMaximumWaitObjects) {
    kernel_.report_misuse(MisuseKind::kTooManyWaitObjects, request.api, nullptr,
                          fmt::format("{} was given {} objects", request.api, request.objects.size()));
    if (request.objects.size() > kMaximumWaitObjects)
      kernel_.bug_check({kMaximumWaitObjectsExceeded, {}, "a wait for more than 64 objects", {}});
    return kStatusInvalidParameterMix;
  }
  for (void* object : request.objects) check_header(object, request.api);

  ThreadObject* thread = kernel_.current_thread();
  const bool polls = request.timeout_hns == 0;
  int32_t status = 0;
  {
    DispatcherGuard guard(kernel_.lock());
    bool satisfied = true;
    int32_t key = 0;
    if (request.all) {
      for (void* object : request.objects) satisfied = satisfied && is_signalled(header_of(object), thread);
    } else {
      const auto count = static_cast<int32_t>(request.objects.size());
      while (key < count && !is_signalled(header_of(request.objects[key]), thread)) ++key;
      satisfied = key < count;
    }
    if (satisfied) {
      bool abandoned = false;
      if (request.all)
        for (void* object : request.objects) abandoned |= acquire(header_of(object), thread);
      else abandoned = acquire(header_of(request.objects[key]), thread);
      return (abandoned ? kStatusAbandonedWait0 : kStatusWait0) + (request.all ? 0 : key);
    }
    if (polls) return kStatusTimeout;
  }

  check_wait_irql(request.api);
  for (void* object : request.objects)
    if (!initialised(header_of(object)))
      kernel_.bug_check({kIrqlNotLessOrEqual,
                         {0, kernel_.current_irql(), 0, 0},
                         fmt::format("{}: a thread was about to wait for an object that was never initialised; Windows "
                                     "would follow its null list head",
                                     request.api),
                         {}});
  kernel_.trace(TraceKind::kWait, request.api, request.objects.size());
  {
    DispatcherGuard guard(kernel_.lock());
    // Real time: the state may have changed since.
    link(thread, request);
    thread->state_ = ThreadState::kWaiting;
    if (request.timeout_hns) {
      kernel_.timers().queue().insert(thread->wait_timer_, kernel_.clock().due(*request.timeout_hns, request.exact));
      kernel_.executor().notify_deadline(kernel_.lock());
    }
    if (!kernel_.is_virtual())
      for (void* object : request.objects)
        if (thread->state_ == ThreadState::kWaiting && header_of(object)->SignalState > 0)
          release_waiters(header_of(object), kernel_.lock());
    if (thread->state_ == ThreadState::kWaiting || kernel_.is_virtual())
      kernel_.executor().block(thread, kernel_.lock());
    thread->state_ = ThreadState::kRunning;
    status = thread->wait_.status;
    thread->wait_.count = 0;
  }
  kernel_.trace(TraceKind::kWake, request.api, static_cast<uint32_t>(status));
  if (kernel_.is_virtual() && kernel_.work_pending()) kernel_.process_pending();
  return status;
}

void Dispatcher::pause_until(Nanoseconds due) {
  ThreadObject* thread = kernel_.current_thread();
  DispatcherGuard guard(kernel_.lock());
  thread->wait_.count = 0;
  thread->wait_.linked = false;
  thread->wait_.has_timeout = true;
  thread->state_ = ThreadState::kWaiting;
  kernel_.timers().queue().insert(thread->wait_timer_, due);
  kernel_.executor().notify_deadline(kernel_.lock());
  kernel_.executor().block(thread, kernel_.lock());
  thread->state_ = ThreadState::kRunning;
}

int32_t Dispatcher::delay(int64_t hns, bool exact, const char* api) {
  if (hns == 0) {
    kernel_.yield();
    return kStatusWait0;
  }
  check_wait_irql(api);
  kernel_.trace(TraceKind::kWait, api, 0);
  pause_until(kernel_.clock().due(hns, exact));
  if (kernel_.is_virtual() && kernel_.work_pending()) kernel_.process_pending();
  return kStatusWait0;
}

}  // namespace portside::kernel
