// The objects of the Dispatcher: how each is made, signalled and released. Waiting for them is in dispatcher.cpp.
#include <fmt/format.h>
#include <wdm.h>

#include <vector>

#include "kernel/dispatcher.h"
#include "kernel/kernel.h"

namespace portside::kernel {

void Dispatcher::initialize(DISPATCHER_HEADER* header, ObjectKind kind, int32_t signal_state, uint8_t words) {
  header->Type = static_cast<UCHAR>(kind);
  header->Absolute = 0;
  header->Size = words;
  header->Inserted = 0;
  header->SignalState = signal_state;
  header->WaitListHead.Flink = &header->WaitListHead;
  header->WaitListHead.Blink = &header->WaitListHead;
}

void Dispatcher::initialize_event(KEVENT* event, bool notification, bool signalled) {
  initialize(&event->Header, notification ? ObjectKind::kNotificationEvent : ObjectKind::kSynchronizationEvent,
             signalled, sizeof(KEVENT) / 4);
}

void Dispatcher::initialize_mutex(KMUTANT* mutex) {
  initialize(&mutex->Header, ObjectKind::kMutex, 1, sizeof(KMUTANT) / 4);
  mutex->MutantListEntry.Flink = nullptr;
  mutex->MutantListEntry.Blink = nullptr;
  mutex->OwnerThread = nullptr;
  mutex->Abandoned = 0;
  mutex->ApcDisable = 1;
}

void Dispatcher::initialize_semaphore(KSEMAPHORE* semaphore, int32_t count, int32_t limit) {
  initialize(&semaphore->Header, ObjectKind::kSemaphore, count, sizeof(KSEMAPHORE) / 4);
  semaphore->Limit = limit;
}

int32_t Dispatcher::set_event(KEVENT* event, const char* api) {
  check_header(event, api);
  kernel_.gives(event);
  DispatcherGuard guard(kernel_.lock());
  const int32_t old = event->Header.SignalState;
  signal_locked(&event->Header, 1, kernel_.lock());
  return old;
}

int32_t Dispatcher::pulse_event(KEVENT* event) {
  check_header(event, "KePulseEvent");
  kernel_.gives(event);
  DispatcherGuard guard(kernel_.lock());
  const int32_t old = event->Header.SignalState;
  signal_locked(&event->Header, 1, kernel_.lock());
  event->Header.SignalState = 0;
  return old;
}

int32_t Dispatcher::reset_event(KEVENT* event) {
  check_header(event, "KeResetEvent");
  int32_t old = 0;
  {
    DispatcherGuard guard(kernel_.lock());
    old = std::exchange(event->Header.SignalState, 0);
  }
  if (old > 0) kernel_.takes(event);
  return old;
}

int32_t Dispatcher::read_state(void* object) {
  check_header(object, "KeReadState");
  int32_t state = 0;
  {
    DispatcherGuard guard(kernel_.lock());
    state = static_cast<DISPATCHER_HEADER*>(object)->SignalState;
  }
  if (state > 0) kernel_.takes(object);
  return state;
}

int32_t Dispatcher::release_mutex(KMUTANT* mutex, bool& success) {
  check_header(mutex, "KeReleaseMutex");
  ThreadObject* thread = kernel_.current_thread();
  int32_t old = 0;
  {
    DispatcherGuard guard(kernel_.lock());
    old = mutex->Header.SignalState;
    success = reinterpret_cast<ThreadObject*>(mutex->OwnerThread) == thread && old <= 0;
    if (success && old + 1 == 1) {
      owned_mutexes_ -= static_cast<uint32_t>(std::erase_if(
          thread->owned_mutexes_, [&](const ThreadObject::OwnedMutex& owned) { return owned.mutex == mutex; }));
      mutex->OwnerThread = nullptr;
      if (mutex->ApcDisable) --thread->apc_disable;
      signal_locked(&mutex->Header, 1, kernel_.lock());
    } else if (success) {
      mutex->Header.SignalState = old + 1;
    }
  }
  if (success) kernel_.tell_unlock(LockKind::kMutex, mutex, "KeReleaseMutex");
  if (!success)
    kernel_.report_misuse(MisuseKind::kMutexNotOwned, "KeReleaseMutex", mutex,
                          fmt::format("thread \"{}\" released a mutex that it does not own", thread->name()));
  return old;
}

int32_t Dispatcher::release_semaphore(KSEMAPHORE* semaphore, int32_t adjustment, bool& success) {
  check_header(semaphore, "KeReleaseSemaphore");
  kernel_.gives(semaphore);
  int32_t old = 0, limit = 0;
  {
    DispatcherGuard guard(kernel_.lock());
    old = semaphore->Header.SignalState;
    limit = semaphore->Limit;
    success = adjustment > 0 && int64_t{old} + adjustment <= limit;
    if (success) signal_locked(&semaphore->Header, old + adjustment, kernel_.lock());
  }
  if (!success)
    kernel_.report_misuse(MisuseKind::kSemaphoreLimit, "KeReleaseSemaphore", semaphore,
                          fmt::format("a semaphore at {} of {} was released by {}", old, limit, adjustment));
  return old;
}

void Dispatcher::abandon_mutexes_locked(ThreadObject* thread, DispatcherLock& lock) {
  // The last that was acquired goes first.
  while (!thread->owned_mutexes_.empty()) {
    KMUTANT* mutex = thread->owned_mutexes_.back().mutex;
    thread->owned_mutexes_.pop_back();
    --owned_mutexes_;
    mutex->OwnerThread = nullptr;
    mutex->Abandoned = 1;
    signal_locked(&mutex->Header, 1, lock);
  }
}

void Dispatcher::forget_owned(uint64_t begin, uint64_t end) {
  if (owned_mutexes_ == 0) return;  // asked at each free of a driver's memory
  DispatcherGuard guard(kernel_.lock());
  kernel_.for_each_thread_locked([&](ThreadObject* thread) {
    std::erase_if(thread->owned_mutexes_, [&](const ThreadObject::OwnedMutex& owned) {
      const auto address = reinterpret_cast<uint64_t>(owned.mutex);
      if (address < begin || address >= end) return false;
      if (owned.disables_apcs) --thread->apc_disable;
      --owned_mutexes_;
      return true;
    });
  });
}

}  // namespace portside::kernel
