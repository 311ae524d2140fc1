// Threads, critical and guarded regions, and work items, over kernel/kernel.h and kernel/work_queue.h.

#include <fmt/format.h>

#include "exports/api.h"
#include "kernel/kernel.h"
#include "kernel/processors.h"
#include "kernel/work_queue.h"

using namespace portside;
using namespace portside::exports;
using kernel::Kernel;
using kernel::ThreadObject;

// Opaque to drivers; IoSizeofWorkItem tells its size, IoInitializeWorkItem makes one in the driver's own memory.
struct _IO_WORKITEM {
  WORK_QUEUE_ITEM item;
  PVOID object;  // DEVICE_OBJECT or DRIVER_OBJECT
  PIO_WORKITEM_ROUTINE routine;
  PIO_WORKITEM_ROUTINE_EX routine_ex;
  PVOID context;
  bool referenced;
};

namespace {

constexpr uint32_t kWorkItemTag = 0x20696F49;  // "Ioi "

Kernel& machine() { return current<Kernel>(); }
ThreadObject* ours(PKTHREAD thread) { return reinterpret_cast<ThreadObject*>(thread); }

void leave_region(const char* api) {
  ThreadObject* thread = machine().current_thread();
  if (thread->apc_disable-- > 0) return;
  thread->apc_disable = 0;
  machine().report_misuse(kernel::MisuseKind::kRegionNotEntered, api, thread,
                          fmt::format("{}: thread \"{}\" is in no such region", api, thread->name()));
}

// `calls`: the driver's routine.
void queue(const void* item, uint64_t bytes, void (*routine)(void*), uint64_t calls, const char* api) {
  if (machine().work_queue().is_pending(item))
    // WORKER_INVALID, parameter 1 = 1: "a work item was queued that is already queued".
    machine().bug_check({0xE4,
                         {1, reinterpret_cast<uint64_t>(item), 1, 0},
                         fmt::format("{} was given a work item that is queued already", api),
                         {}});
  StackTrace stack;
  if (!machine().live_object_observers().empty()) stack = capture_stack();
  machine().work_queue().queue({.routine = routine,
                                .context = const_cast<void*>(item),
                                .item = item,
                                .api = api,
                                .driver_routine = calls,
                                .item_bytes = bytes,
                                .queued_at = stack});
}

// What runs on the worker: reads the driver's item first, because the routine may free it.
void run_work_item(void* context) {
  auto* item = static_cast<PWORK_QUEUE_ITEM>(context);
  PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine;
  PVOID parameter = item->Parameter;
  item->List.Flink = nullptr;
  routine(parameter);
}
void run_io_work_item(void* context) {
  auto* item = static_cast<PIO_WORKITEM>(context);
  const _IO_WORKITEM copy = *item;
  if (copy.routine) copy.routine(static_cast<PDEVICE_OBJECT>(copy.object), copy.context);
  else copy.routine_ex(copy.object, copy.context, item);
  if (copy.referenced) (void)services().objects().dereference(copy.object, "IoQueueWorkItem");
}
void queue_io(PIO_WORKITEM item, const char* api) {
  // IoQueueWorkItem, Remarks: the device object is referenced until the routine has returned.
  item->referenced = services().objects().contains(item->object);
  if (item->referenced) (void)services().objects().reference(item->object, api);
  const uint64_t calls =
      item->routine ? reinterpret_cast<uint64_t>(item->routine) : reinterpret_cast<uint64_t>(item->routine_ex);
  queue(item, sizeof(*item), &run_io_work_item, calls, api);
}
void initialize(PIO_WORKITEM item, PVOID object) {
  *item = {};
  item->object = object;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                                    HANDLE, PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine, PVOID StartContext) {
  ApiScope scope("PsCreateSystemThread", kPassiveLevel, kPassiveLevel);
  if (!ThreadHandle || !StartRoutine) return STATUS_INVALID_PARAMETER;
  *ThreadHandle = nullptr;
  if (made_to_fail(FailureKind::kObject, "PsCreateSystemThread")) return STATUS_INSUFFICIENT_RESOURCES;
  Kernel& k = machine();
  kernel::ObjectDirectory& objects = services().objects();
  // The thread waits to begin until its object and handle are known: it may ask for them at once.
  ThreadObject* thread = k.create_thread("system", [StartRoutine, StartContext] { StartRoutine(StartContext); });
  thread->driver_routine = reinterpret_cast<uint64_t>(StartRoutine);
  if (!k.live_object_observers().empty()) thread->started_at = capture_stack();
  auto inserted =
      objects.insert({.type = &kernel::object_types::kThread, .body = thread, .on_delete = [&k](void* body) {
                        k.release_thread(static_cast<ThreadObject*>(body));
                      }});
  if (!inserted) {
    k.discard_thread(thread);
    return inserted.error().nt();
  }
  // PsCreateSystemThread, ObjectAttributes: since Windows Vista it is a kernel handle in any case.
  auto handle = objects.open_handle(thread, DesiredAccess, kernel::HandleKind::kKernel, "PsCreateSystemThread");
  if (!handle) {
    (void)objects.dereference(thread, "PsCreateSystemThread");
    return handle.error().nt();
  }
  // The directory's first reference is the running thread's own.
  thread->on_end = [&objects, thread] { (void)objects.dereference(thread, "PsTerminateSystemThread"); };
  *ThreadHandle = *handle;
  if (ClientId) *ClientId = {reinterpret_cast<HANDLE>(4), reinterpret_cast<HANDLE>(thread->id())};
  k.start_thread(thread);
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS ExitStatus) {
  ApiScope scope("PsTerminateSystemThread", kPassiveLevel, kPassiveLevel);
  machine().exit_thread(ExitStatus);
}

PKTHREAD NTAPI KeGetCurrentThread(VOID) {
  ApiScope scope("KeGetCurrentThread");
  return reinterpret_cast<PKTHREAD>(machine().current_thread());
}
PETHREAD NTAPI PsGetCurrentThread(VOID) {
  ApiScope scope("PsGetCurrentThread");
  return reinterpret_cast<PETHREAD>(machine().current_thread());
}

KPRIORITY NTAPI KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority) {
  ApiScope scope("KeSetPriorityThread", kPassiveLevel, kPassiveLevel);
  return ours(Thread)->set_priority(Priority);
}
LONG NTAPI KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment) {
  ApiScope scope("KeSetBasePriorityThread", kPassiveLevel, kPassiveLevel);
  constexpr LONG kBase = 8;
  return ours(Thread)->set_priority(kBase + Increment) - kBase;
}
KPRIORITY NTAPI KeQueryPriorityThread(PKTHREAD Thread) {
  ApiScope scope("KeQueryPriorityThread", kPassiveLevel, kPassiveLevel);
  return ours(Thread)->priority();
}

VOID NTAPI KeEnterCriticalRegion(VOID) {
  ApiScope scope("KeEnterCriticalRegion", kPassiveLevel, kApcLevel);
  ++machine().current_thread()->apc_disable;
}
VOID NTAPI KeLeaveCriticalRegion(VOID) {
  ApiScope scope("KeLeaveCriticalRegion", kPassiveLevel, kApcLevel);
  leave_region("KeLeaveCriticalRegion");
}
VOID NTAPI KeEnterGuardedRegion(VOID) {
  ApiScope scope("KeEnterGuardedRegion", kPassiveLevel, kApcLevel);
  ++machine().current_thread()->apc_disable;
}
VOID NTAPI KeLeaveGuardedRegion(VOID) {
  ApiScope scope("KeLeaveGuardedRegion", kPassiveLevel, kApcLevel);
  leave_region("KeLeaveGuardedRegion");
}
BOOLEAN NTAPI KeAreApcsDisabled(VOID) {
  ApiScope scope("KeAreApcsDisabled", kPassiveLevel, kDispatchLevel);
  return machine().current_thread()->apc_disable != 0;
}
BOOLEAN NTAPI KeAreAllApcsDisabled(VOID) {
  ApiScope scope("KeAreAllApcsDisabled", kPassiveLevel, kDispatchLevel);
  return machine().current_irql() >= kApcLevel;
}

KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY Affinity) {
  ApiScope scope("KeSetSystemAffinityThreadEx", kPassiveLevel, kDispatchLevel);
  return 0;
}
VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity) {
  ApiScope scope("KeSetSystemAffinityThread", kPassiveLevel, kDispatchLevel);
}
VOID NTAPI KeRevertToUserAffinityThread(VOID) {
  ApiScope scope("KeRevertToUserAffinityThread", kPassiveLevel, kDispatchLevel);
}
VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY Affinity) {
  ApiScope scope("KeRevertToUserAffinityThreadEx", kPassiveLevel, kDispatchLevel);
}

// The stacks of simulated threads are larger than Windows' kernel stacks already.
static NTSTATUS NTAPI expand_stack_and_callout(VOID(NTAPI* Callout)(PVOID), PVOID Parameter, SIZE_T Size) {
  ApiScope scope("KeExpandKernelStackAndCallout", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kObject, "KeExpandKernelStackAndCallout")) return STATUS_NO_MEMORY;
  // Remarks: Size is at most MAXIMUM_EXPANSION_SIZE, which leaves room in 64 KiB of stack.
  if (Size > 0x10000) return STATUS_INVALID_PARAMETER;
  Callout(Parameter);
  return STATUS_SUCCESS;
}

VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE) {
  ApiScope scope("ExQueueWorkItem", kPassiveLevel, kDispatchLevel);
  queue(WorkItem, sizeof(*WorkItem), &run_work_item, reinterpret_cast<uint64_t>(WorkItem->WorkerRoutine),
        "ExQueueWorkItem");
}

PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject) {
  ApiScope scope("IoAllocateWorkItem", kPassiveLevel, kDispatchLevel);
  auto block =
      services().pool().allocate({.bytes = sizeof(_IO_WORKITEM), .tag = kWorkItemTag, .api = "IoAllocateWorkItem"});
  if (!block) return nullptr;
  auto* item = static_cast<PIO_WORKITEM>(*block);
  initialize(item, DeviceObject);
  return item;
}
VOID NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem) {
  ApiScope scope("IoFreeWorkItem", kPassiveLevel, kDispatchLevel);
  // A queued item is taken off the queue as its memory goes, and will not give back its reference itself.
  PVOID referenced =
      machine().work_queue().is_pending(IoWorkItem) && IoWorkItem->referenced ? IoWorkItem->object : nullptr;
  (void)services().pool().free(IoWorkItem, kWorkItemTag, "IoFreeWorkItem");
  if (referenced) (void)services().objects().dereference(referenced, "IoFreeWorkItem");
}
ULONG NTAPI IoSizeofWorkItem(VOID) {
  ApiScope scope("IoSizeofWorkItem");
  return sizeof(_IO_WORKITEM);
}
VOID NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem) {
  ApiScope scope("IoInitializeWorkItem");
  initialize(IoWorkItem, IoObject);
}
VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem) {
  ApiScope scope("IoUninitializeWorkItem");
  *IoWorkItem = {};
}
VOID NTAPI IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine, WORK_QUEUE_TYPE,
                           PVOID Context) {
  ApiScope scope("IoQueueWorkItem", kPassiveLevel, kDispatchLevel);
  IoWorkItem->routine = WorkerRoutine;
  IoWorkItem->routine_ex = nullptr;
  IoWorkItem->context = Context;
  queue_io(IoWorkItem, "IoQueueWorkItem");
}
VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine, WORK_QUEUE_TYPE,
                             PVOID Context) {
  ApiScope scope("IoQueueWorkItemEx", kPassiveLevel, kDispatchLevel);
  IoWorkItem->routine = nullptr;
  IoWorkItem->routine_ex = WorkerRoutine;
  IoWorkItem->context = Context;
  queue_io(IoWorkItem, "IoQueueWorkItemEx");
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr const char* kPriority = "the seeded scheduler does not look at priorities";
constexpr const char* kAffinity = "a thread below DISPATCH_LEVEL may run on either processor";
const Export kKeThreadRows[] = {
    EXPORT(NtosKrnl, PsCreateSystemThread),
    EXPORT(NtosKrnl, PsTerminateSystemThread),
    EXPORT(NtosKrnl, KeGetCurrentThread),
    EXPORT(NtosKrnl, PsGetCurrentThread),
    EXPORT_PARTIAL(NtosKrnl, KeSetPriorityThread, kPriority),
    EXPORT_PARTIAL(NtosKrnl, KeSetBasePriorityThread, kPriority),
    EXPORT(NtosKrnl, KeQueryPriorityThread),
    EXPORT(NtosKrnl, KeEnterCriticalRegion),
    EXPORT(NtosKrnl, KeLeaveCriticalRegion),
    EXPORT(NtosKrnl, KeEnterGuardedRegion),
    EXPORT(NtosKrnl, KeLeaveGuardedRegion),
    EXPORT(NtosKrnl, KeAreApcsDisabled),
    EXPORT_PARTIAL(NtosKrnl, KeAreAllApcsDisabled, "a guarded region below APC_LEVEL is not seen"),
    EXPORT_PARTIAL(NtosKrnl, KeSetSystemAffinityThread, kAffinity),
    EXPORT_PARTIAL(NtosKrnl, KeSetSystemAffinityThreadEx, kAffinity),
    EXPORT_PARTIAL(NtosKrnl, KeRevertToUserAffinityThread, kAffinity),
    EXPORT_PARTIAL(NtosKrnl, KeRevertToUserAffinityThreadEx, kAffinity),
    EXPORT_AS_PARTIAL(NtosKrnl, "KeExpandKernelStackAndCallout", expand_stack_and_callout, "called on the same stack"),
    EXPORT_PARTIAL(NtosKrnl, ExQueueWorkItem, "one queue for all types"),
    EXPORT(NtosKrnl, IoAllocateWorkItem),
    EXPORT(NtosKrnl, IoFreeWorkItem),
    EXPORT(NtosKrnl, IoSizeofWorkItem),
    EXPORT(NtosKrnl, IoInitializeWorkItem),
    EXPORT(NtosKrnl, IoUninitializeWorkItem),
    EXPORT_PARTIAL(NtosKrnl, IoQueueWorkItem, "one queue for all types"),
    EXPORT_PARTIAL(NtosKrnl, IoQueueWorkItemEx, "one queue for all types"),
};
}  // namespace
const ExportSet kKeThreadExports{kKeThreadRows};
}  // namespace portside::exports
