// Locks, timers and work items: WdfSpinLock*, WdfWaitLock*, WdfTimer*, WdfWorkItem*.

#include <cstring>
#include <optional>

#include "kernel/api_scope.h"
#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/services.h"
#include "kernel/spin_locks.h"
#include "kernel/work_queue.h"
#include "wdf/function_table.h"
#include "wdf/wdf.h"

namespace portside::wdf {

// --- The objects' own behaviour ---

void TimerObject::stop() {
  auto& kernel = current<kernel::Kernel>();
  (void)kernel.timers().cancel(&timer);
  (void)kernel.dpcs().remove(&dpc);
}

void WorkItemObject::enqueue() {
  // A second enqueue before the item has begun to run changes nothing (WdfWorkItemEnqueue, Remarks).
  if (__atomic_exchange_n(&queued, true, __ATOMIC_ACQ_REL)) return;
  auto& kernel = current<kernel::Kernel>();
  kernel.dispatcher().reset_event(&idle);
  current<Wdf>().objects().reference(*this);
  kernel.work_queue().queue({.routine =
                                 [](void* context) {
                                   auto* item = static_cast<WorkItemObject*>(context);
                                   __atomic_add_fetch(&item->running, 1, __ATOMIC_ACQ_REL);
                                   __atomic_store_n(&item->queued, false, __ATOMIC_RELEASE);
                                   item->config.EvtWorkItemFunc(reinterpret_cast<WDFWORKITEM>(item->handle()));
                                   if (__atomic_sub_fetch(&item->running, 1, __ATOMIC_ACQ_REL) == 0 && !item->queued)
                                     current<kernel::Kernel>().set_event(&item->idle);
                                   (void)current<Wdf>().objects().dereference(*item);
                                 },
                             .context = this,
                             .item = this,
                             .api = "WdfWorkItemEnqueue"});
}

void WorkItemObject::flush() { (void)current<kernel::Kernel>().wait(&idle); }

// Deleting a work item waits for it to finish (WdfWorkItemEnqueue, Remarks), except from the item itself.
void WorkItemObject::stop() {
  if (!running) flush();
}

namespace {

using kernel::ApiScope;
using kernel::kApcLevel;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;
using Globals = PWDF_DRIVER_GLOBALS;

Wdf& wdf() { return current<Wdf>(); }
kernel::Kernel& machine() { return current<kernel::Kernel>(); }

// Makes an object as a child of the driver, or of what the attributes name.
template <class T, class Handle>
NTSTATUS create(Globals globals, const char* function, std::unique_ptr<T> object, PWDF_OBJECT_ATTRIBUTES attributes,
                Handle* out, kernel::FailureKind kind = kernel::FailureKind::kObject) {
  Binding& binding = wdf().binding(globals, function);
  if (!out) return STATUS_INVALID_PARAMETER;
  *out = nullptr;
  if (kernel::made_to_fail(kind, function)) return STATUS_INSUFFICIENT_RESOURCES;
  auto made = wdf().objects().insert(std::move(object), binding, attributes, binding.driver);
  if (!made) return made.error().nt();
  *out = reinterpret_cast<Handle>((*made)->handle());
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI impl_WdfSpinLockCreate(Globals globals, PWDF_OBJECT_ATTRIBUTES attributes, WDFSPINLOCK* lock) {
  ApiScope scope("WdfSpinLockCreate", kPassiveLevel, kDispatchLevel);
  return create(globals, "WdfSpinLockCreate", std::make_unique<SpinLockObject>(), attributes, lock);
}

VOID NTAPI impl_WdfSpinLockAcquire(Globals, WDFSPINLOCK lock) {
  ApiScope scope("WdfSpinLockAcquire", kPassiveLevel, kDispatchLevel);
  auto& object = wdf().get<SpinLockObject>(lock, "WdfSpinLockAcquire");
  KIRQL old = machine().spin_locks().acquire(&object.word, "WdfSpinLockAcquire");
  object.old_irql = old;
}

VOID NTAPI impl_WdfSpinLockRelease(Globals, WDFSPINLOCK lock) {
  ApiScope scope("WdfSpinLockRelease", kDispatchLevel, kDispatchLevel);
  auto& object = wdf().get<SpinLockObject>(lock, "WdfSpinLockRelease");
  machine().spin_locks().release(&object.word, object.old_irql, "WdfSpinLockRelease");
}

NTSTATUS NTAPI impl_WdfWaitLockCreate(Globals globals, PWDF_OBJECT_ATTRIBUTES attributes, WDFWAITLOCK* lock) {
  ApiScope scope("WdfWaitLockCreate", kPassiveLevel, kDispatchLevel);
  auto object = std::make_unique<WaitLockObject>();
  machine().dispatcher().initialize_event(&object->available, false, true);
  return create(globals, "WdfWaitLockCreate", std::move(object), attributes, lock);
}

NTSTATUS NTAPI impl_WdfWaitLockAcquire(Globals, WDFWAITLOCK lock, PLONGLONG timeout) {
  // WdfWaitLockAcquire: PASSIVE_LEVEL, or DISPATCH_LEVEL when the time-out is zero.
  ApiScope scope("WdfWaitLockAcquire", kPassiveLevel, timeout && *timeout == 0 ? kDispatchLevel : kPassiveLevel);
  auto& object = wdf().get<WaitLockObject>(lock, "WdfWaitLockAcquire");
  std::optional<int64_t> hns;
  if (timeout) hns = *timeout;
  return machine().wait(&object.available, hns);
}

VOID NTAPI impl_WdfWaitLockRelease(Globals, WDFWAITLOCK lock) {
  ApiScope scope("WdfWaitLockRelease", kPassiveLevel, kDispatchLevel);
  auto& object = wdf().get<WaitLockObject>(lock, "WdfWaitLockRelease");
  if (machine().dispatcher().read_state(&object.available))
    wdf().violation("WdfWaitLockRelease", lock, "the lock is not held");
  machine().set_event(&object.available);
}

void NTAPI on_timer(KDPC*, void* context, void*, void*) {
  auto* timer = static_cast<TimerObject*>(context);
  auto handle = reinterpret_cast<WDFTIMER>(timer->handle());
  if (!timer->passive) {
    timer->config.EvtTimerFunc(handle);
    return;
  }
  wdf().objects().reference(*timer);
  machine().work_queue().queue({.routine =
                                    [](void* c) {
                                      auto* t = static_cast<TimerObject*>(c);
                                      t->config.EvtTimerFunc(reinterpret_cast<WDFTIMER>(t->handle()));
                                      (void)current<Wdf>().objects().dereference(*t);
                                    },
                                .context = timer,
                                .item = timer,
                                .api = "WdfTimerStart"});
}

NTSTATUS NTAPI impl_WdfTimerCreate(Globals globals, PWDF_TIMER_CONFIG config, PWDF_OBJECT_ATTRIBUTES attributes,
                                   WDFTIMER* timer) {
  ApiScope scope("WdfTimerCreate", kPassiveLevel, kDispatchLevel);
  if (!config || !config->EvtTimerFunc) return STATUS_INVALID_PARAMETER;
  // The structure grew: sixteen bytes less in versions before 1.13.
  if (config->Size < 24 || config->Size > sizeof(WDF_TIMER_CONFIG)) return STATUS_INFO_LENGTH_MISMATCH;
  // WdfTimerCreate, Attributes: "The ParentObject member must be set."
  if (!attributes || !attributes->ParentObject) return STATUS_INVALID_PARAMETER;
  auto object = std::make_unique<TimerObject>();
  std::memcpy(&object->config, config, config->Size);
  object->passive = attributes->ExecutionLevel == WdfExecutionLevelPassive;
  machine().timers().initialize(&object->timer, false);
  machine().dpcs().initialize(&object->dpc, reinterpret_cast<void*>(&on_timer), object.get(), false);
  return create(globals, "WdfTimerCreate", std::move(object), attributes, timer, kernel::FailureKind::kTimer);
}

BOOLEAN NTAPI impl_WdfTimerStart(Globals, WDFTIMER timer, LONGLONG due) {
  ApiScope scope("WdfTimerStart", kPassiveLevel, kDispatchLevel);
  auto& object = wdf().get<TimerObject>(timer, "WdfTimerStart");
  return machine().timers().set(&object.timer, due, static_cast<int32_t>(object.config.Period), &object.dpc);
}

BOOLEAN NTAPI impl_WdfTimerStop(Globals, WDFTIMER timer, BOOLEAN wait) {
  ApiScope scope("WdfTimerStop", kPassiveLevel, wait ? kPassiveLevel : kDispatchLevel);
  auto& object = wdf().get<TimerObject>(timer, "WdfTimerStop");
  const bool was_set = machine().timers().cancel(&object.timer);
  if (wait) machine().dpcs().flush();
  return was_set;
}

WDFOBJECT NTAPI impl_WdfTimerGetParentObject(Globals, WDFTIMER timer) {
  ApiScope scope("WdfTimerGetParentObject", kPassiveLevel, kDispatchLevel);
  Object* parent = wdf().get<TimerObject>(timer, "WdfTimerGetParentObject").parent();
  return parent ? parent->handle() : nullptr;
}

NTSTATUS NTAPI impl_WdfWorkItemCreate(Globals globals, PWDF_WORKITEM_CONFIG config, PWDF_OBJECT_ATTRIBUTES attributes,
                                      WDFWORKITEM* item) {
  ApiScope scope("WdfWorkItemCreate", kPassiveLevel, kDispatchLevel);
  if (!config || !config->EvtWorkItemFunc) return STATUS_INVALID_PARAMETER;
  if (config->Size != sizeof(WDF_WORKITEM_CONFIG)) return STATUS_INFO_LENGTH_MISMATCH;
  if (!attributes || !attributes->ParentObject) return STATUS_INVALID_PARAMETER;
  auto object = std::make_unique<WorkItemObject>();
  object->config = *config;
  machine().dispatcher().initialize_event(&object->idle, true, true);
  return create(globals, "WdfWorkItemCreate", std::move(object), attributes, item);
}

VOID NTAPI impl_WdfWorkItemEnqueue(Globals, WDFWORKITEM item) {
  ApiScope scope("WdfWorkItemEnqueue", kPassiveLevel, kDispatchLevel);
  wdf().get<WorkItemObject>(item, "WdfWorkItemEnqueue").enqueue();
}

WDFOBJECT NTAPI impl_WdfWorkItemGetParentObject(Globals, WDFWORKITEM item) {
  ApiScope scope("WdfWorkItemGetParentObject", kPassiveLevel, kDispatchLevel);
  Object* parent = wdf().get<WorkItemObject>(item, "WdfWorkItemGetParentObject").parent();
  return parent ? parent->handle() : nullptr;
}

VOID NTAPI impl_WdfWorkItemFlush(Globals, WDFWORKITEM item) {
  ApiScope scope("WdfWorkItemFlush", kPassiveLevel, kPassiveLevel);
  wdf().get<WorkItemObject>(item, "WdfWorkItemFlush").flush();
}

const TableSlot kSlots[] = {
    PORTSIDE_WDF_SLOT(WdfSpinLockCreate, PFN_WDFSPINLOCKCREATE),
    PORTSIDE_WDF_SLOT(WdfSpinLockAcquire, PFN_WDFSPINLOCKACQUIRE),
    PORTSIDE_WDF_SLOT(WdfSpinLockRelease, PFN_WDFSPINLOCKRELEASE),
    PORTSIDE_WDF_SLOT(WdfWaitLockCreate, PFN_WDFWAITLOCKCREATE),
    PORTSIDE_WDF_SLOT(WdfWaitLockAcquire, PFN_WDFWAITLOCKACQUIRE),
    PORTSIDE_WDF_SLOT(WdfWaitLockRelease, PFN_WDFWAITLOCKRELEASE),
    PORTSIDE_WDF_SLOT(WdfTimerCreate, PFN_WDFTIMERCREATE),
    PORTSIDE_WDF_SLOT(WdfTimerStart, PFN_WDFTIMERSTART),
    PORTSIDE_WDF_SLOT(WdfTimerStop, PFN_WDFTIMERSTOP),
    PORTSIDE_WDF_SLOT(WdfTimerGetParentObject, PFN_WDFTIMERGETPARENTOBJECT),
    PORTSIDE_WDF_SLOT(WdfWorkItemCreate, PFN_WDFWORKITEMCREATE),
    PORTSIDE_WDF_SLOT(WdfWorkItemEnqueue, PFN_WDFWORKITEMENQUEUE),
    PORTSIDE_WDF_SLOT(WdfWorkItemGetParentObject, PFN_WDFWORKITEMGETPARENTOBJECT),
    PORTSIDE_WDF_SLOT(WdfWorkItemFlush, PFN_WDFWORKITEMFLUSH),
};

}  // namespace

std::span<const TableSlot> sync_functions() { return kSlots; }

}  // namespace portside::wdf
