// Events, mutexes, semaphores and waits, over kernel/dispatcher.h.

#include <vector>

#include "exports/api.h"
#include "exports/raise.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"

using namespace portside;
using namespace portside::exports;
using kernel::Dispatcher;
using kernel::Irql;
using kernel::Kernel;

namespace {
Kernel& machine() { return current<Kernel>(); }
Dispatcher& dispatcher() { return machine().dispatcher(); }
// KeSetEvent and its kin, Remarks: with Wait the caller is at PASSIVE_LEVEL or APC_LEVEL.
Irql highest_when(bool wait) { return wait ? kApcLevel : kDispatchLevel; }
// "Callers must be at IRQL <= APC_LEVEL; with Timeout != NULL and *Timeout = 0, at <= DISPATCH_LEVEL."
Irql highest_for(const LARGE_INTEGER* timeout) {
  return timeout && timeout->QuadPart == 0 ? kDispatchLevel : kApcLevel;
}
std::optional<int64_t> hns_of(const char* api, const LARGE_INTEGER* timeout) {
  if (timeout) machine().judge_due_time(api, timeout->QuadPart);
  return timeout ? std::optional<int64_t>(timeout->QuadPart) : std::nullopt;
}
// Whoever follows a client's events wants to know before the wait that this call may end.
void tell_set(PRKEVENT event) {
  kernel::Kernel& kernel = current<kernel::Kernel>();
  if (!kernel.event_observers().empty())
    kernel.event_observers().notify(&kernel::EventObserver::on_event_set, event, kernel.clock().now());
}
void tell_cleared(PRKEVENT event, const char* api) {
  kernel::Kernel& kernel = current<kernel::Kernel>();
  if (!kernel.event_observers().empty())
    kernel.event_observers().notify(&kernel::EventObserver::on_event_cleared, event, api);
}
}  // namespace

extern "C" {

VOID NTAPI KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State) {
  ApiScope scope("KeInitializeEvent");
  dispatcher().initialize_event(Event, Type == NotificationEvent, State);
  current<kernel::Kernel>().event_observers().notify(&kernel::EventObserver::on_event_initialized, Event);
}

VOID NTAPI KeClearEvent(PRKEVENT Event) {
  ApiScope scope("KeClearEvent", kPassiveLevel, kDispatchLevel);
  tell_cleared(Event, "KeClearEvent");
  dispatcher().reset_event(Event);
}

LONG NTAPI KeResetEvent(PRKEVENT Event) {
  ApiScope scope("KeResetEvent", kPassiveLevel, kDispatchLevel);
  tell_cleared(Event, "KeResetEvent");
  return dispatcher().reset_event(Event);
}

LONG NTAPI KeSetEvent(PRKEVENT Event, KPRIORITY, BOOLEAN Wait) {
  ApiScope scope("KeSetEvent", kPassiveLevel, highest_when(Wait));
  tell_set(Event);
  const LONG old = dispatcher().set_event(Event);
  if (Wait) machine().promise_wait("KeSetEvent");
  return old;
}

LONG NTAPI KePulseEvent(PRKEVENT Event, KPRIORITY, BOOLEAN Wait) {
  ApiScope scope("KePulseEvent", kPassiveLevel, highest_when(Wait));
  tell_set(Event);
  tell_cleared(Event, "KePulseEvent");
  const LONG old = dispatcher().pulse_event(Event);
  if (Wait) machine().promise_wait("KePulseEvent");
  return old;
}

LONG NTAPI KeReadStateEvent(PRKEVENT Event) {
  ApiScope scope("KeReadStateEvent", kPassiveLevel, kDispatchLevel);
  return dispatcher().read_state(Event);
}

VOID NTAPI KeInitializeMutex(PRKMUTEX Mutex, ULONG) {
  ApiScope scope("KeInitializeMutex");
  dispatcher().initialize_mutex(Mutex);
}

LONG NTAPI KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait) {
  ApiScope scope("KeReleaseMutex", kPassiveLevel, highest_when(Wait));
  bool success = false;
  const LONG old = dispatcher().release_mutex(Mutex, success);
  // KeReleaseMutex, Remarks: STATUS_MUTANT_NOT_OWNED is raised in a thread that does not own it.
  if (!success) raise_status(STATUS_MUTANT_NOT_OWNED);
  if (Wait) machine().promise_wait("KeReleaseMutex");
  return old;
}

LONG NTAPI KeReadStateMutex(PRKMUTEX Mutex) {
  ApiScope scope("KeReadStateMutex", kPassiveLevel, kDispatchLevel);
  return dispatcher().read_state(Mutex);
}

VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit) {
  ApiScope scope("KeInitializeSemaphore", kPassiveLevel, kPassiveLevel);
  dispatcher().initialize_semaphore(Semaphore, Count, Limit);
}

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY, LONG Adjustment, BOOLEAN Wait) {
  ApiScope scope("KeReleaseSemaphore", kPassiveLevel, highest_when(Wait));
  bool success = false;
  const LONG old = dispatcher().release_semaphore(Semaphore, Adjustment, success);
  // KeReleaseSemaphore, Remarks: beyond the limit STATUS_SEMAPHORE_LIMIT_EXCEEDED is raised.
  if (!success) raise_status(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
  if (Wait) machine().promise_wait("KeReleaseSemaphore");
  return old;
}

LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE Semaphore) {
  ApiScope scope("KeReadStateSemaphore");
  return dispatcher().read_state(Semaphore);
}

NTSTATUS NTAPI KeWaitForSingleObject(PVOID Object, KWAIT_REASON, KPROCESSOR_MODE, BOOLEAN Alertable,
                                     PLARGE_INTEGER Timeout) {
  ApiScope scope("KeWaitForSingleObject", kPassiveLevel, highest_for(Timeout));
  void* objects[] = {Object};
  return dispatcher().wait(
      {.objects = objects, .alertable = Alertable != 0, .timeout_hns = hns_of("KeWaitForSingleObject", Timeout)});
}

NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType, KWAIT_REASON, KPROCESSOR_MODE,
                                        BOOLEAN Alertable, PLARGE_INTEGER Timeout, PKWAIT_BLOCK) {
  ApiScope scope("KeWaitForMultipleObjects", kPassiveLevel, highest_for(Timeout));
  return dispatcher().wait({.objects = {Object, Count},
                            .all = WaitType == WaitAll,
                            .alertable = Alertable != 0,
                            .timeout_hns = hns_of("KeWaitForMultipleObjects", Timeout),
                            .api = "KeWaitForMultipleObjects"});
}

// KeWaitForMutexObject is a macro over KeWaitForSingleObject in headers, and an export as well.
static NTSTATUS NTAPI wait_for_mutex_object(PVOID Mutex, KWAIT_REASON, KPROCESSOR_MODE, BOOLEAN Alertable,
                                            PLARGE_INTEGER Timeout) {
  ApiScope scope("KeWaitForMutexObject", kPassiveLevel, highest_for(Timeout));
  void* objects[] = {Mutex};
  return dispatcher().wait({.objects = objects,
                            .alertable = Alertable != 0,
                            .timeout_hns = hns_of("KeWaitForMutexObject", Timeout),
                            .api = "KeWaitForMutexObject"});
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER Interval) {
  ApiScope scope("KeDelayExecutionThread", kPassiveLevel, kApcLevel);
  machine().judge_due_time("KeDelayExecutionThread", Interval->QuadPart);
  return dispatcher().delay(Interval->QuadPart, false, "KeDelayExecutionThread");
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kKeObjectRows[] = {
    EXPORT(NtosKrnl, KeInitializeEvent),
    EXPORT(NtosKrnl, KeClearEvent),
    EXPORT(NtosKrnl, KeResetEvent),
    EXPORT(NtosKrnl, KeSetEvent),
    EXPORT(NtosKrnl, KePulseEvent),
    EXPORT(NtosKrnl, KeReadStateEvent),
    EXPORT(NtosKrnl, KeInitializeMutex),
    EXPORT(NtosKrnl, KeReleaseMutex),
    EXPORT(NtosKrnl, KeReadStateMutex),
    EXPORT(NtosKrnl, KeInitializeSemaphore),
    EXPORT(NtosKrnl, KeReleaseSemaphore),
    EXPORT(NtosKrnl, KeReadStateSemaphore),
    EXPORT_PARTIAL(NtosKrnl, KeWaitForSingleObject, "no APCs: an alertable wait is never alerted"),
    EXPORT_PARTIAL(NtosKrnl, KeWaitForMultipleObjects, "no APCs: an alertable wait is never alerted"),
    EXPORT_AS_PARTIAL(NtosKrnl, "KeWaitForMutexObject", wait_for_mutex_object,
                      "no APCs: an alertable wait is never alerted"),
    EXPORT_PARTIAL(NtosKrnl, KeDelayExecutionThread, "no APCs: an alertable wait is never alerted"),
};
}  // namespace
const ExportSet kKeObjectExports{kKeObjectRows};
}  // namespace portside::exports
