#include "io/irp_flow.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "io/io.h"
#include "io/irp_names.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/spin_locks.h"
#include "kernel/thread.h"

namespace portside::io {

namespace {

constexpr uint32_t kNoMoreIrpStackLocations = 0x35;
constexpr uint32_t kMultipleIrpCompleteRequests = 0x44;
constexpr uint32_t kCancelStateInCompletedIrp = 0x48;

uint32_t index_of(IRP* irp, const IO_STACK_LOCATION* location) {
  return static_cast<uint32_t>(location - IrpTable::locations(irp));
}

// Completion may run on another host thread than the dispatch routine that is about to return.
UCHAR load(const UCHAR& byte) { return __atomic_load_n(&byte, __ATOMIC_RELAXED); }

}  // namespace

IrpEvent IrpFlow::event_of(const IRP* irp, const IO_STACK_LOCATION* location) const {
  IrpEvent event;
  event.irp = irp;
  if (IrpRecord* record = io_.irps().find(irp)) event.id = record->id;
  if (!location) return event;
  event.device = location->DeviceObject;
  event.major = location->MajorFunction;
  event.minor = location->MinorFunction;
  if (event.major == IRP_MJ_DEVICE_CONTROL || event.major == IRP_MJ_INTERNAL_DEVICE_CONTROL)
    event.control_code = location->Parameters.DeviceIoControl.IoControlCode;
  return event;
}

// The driver's dispatch routine; a layer's own is nobody's to look at.
StackTrace IrpFlow::routine_of(const IrpEvent& event) const {
  const DRIVER_OBJECT* driver = event.device ? io_.devices().driver_of(event.device) : nullptr;
  if (!driver || event.major > IRP_MJ_MAXIMUM_FUNCTION) return {};
  const auto routine = reinterpret_cast<uint64_t>(driver->MajorFunction[event.major]);
  const auto start = reinterpret_cast<uint64_t>(driver->DriverStart);
  return routine - start < driver->DriverSize ? stack_at_entry(routine) : StackTrace{};
}

StackTrace IrpFlow::top_routine(DEVICE_OBJECT* device, uint8_t major) const {
  IrpEvent event;
  event.device = io_.devices().top(device);
  event.major = major;
  return routine_of(event);
}

void IrpFlow::judge(IrpRecord& record, uint32_t level, const IrpEvent& event) {
  bool pending_not_marked = false, marked_not_returned = false;
  {
    MutexLock lock(record.mutex);
    if (!record.returned[level] || !record.passed[level]) return;
    pending_not_marked = record.returned_pending[level] && !record.marked[level];
    marked_not_returned = !record.returned_pending[level] && record.marked[level];
    record.returned[level] = false;
  }
  // IoMarkIrpPending, Remarks: a dispatch routine that calls it must return STATUS_PENDING, and the other way round.
  if (pending_not_marked)
    io_.misuse(IoMisuse::kPendingNotMarked, "IoMarkIrpPending", event.irp,
               fmt::format("STATUS_PENDING was returned for {} without IoMarkIrpPending", major_name(event.major)),
               {.routine = routine_of(event)});
  if (marked_not_returned)
    io_.misuse(IoMisuse::kPendingNotReturned, "IoMarkIrpPending", event.irp,
               fmt::format("the IRP ({}) was marked pending, but the dispatch routine returned {}",
                           major_name(event.major), status_name(static_cast<uint32_t>(event.status))),
               {.routine = routine_of(event)});
}

std::optional<NTSTATUS> IrpFlow::refuse_over(IRP* irp, const char* function) {
  const IrpRecord* record = io_.irps().find(irp);
  if (record && record->state == IrpState::kLive) return std::nullopt;
  // A driver that hooks a dispatch entry completes a request or passes it on, and does not do both.
  io_.misuse(record ? IoMisuse::kFreedIrp : IoMisuse::kUnknownIrp, function, irp,
             record ? "the IRP is completed already" : "a pointer that is no IRP");
  return record && record->state == IrpState::kCompleted ? irp->IoStatus.Status : STATUS_INVALID_PARAMETER;
}

NTSTATUS IrpFlow::call_driver(DEVICE_OBJECT* device, IRP* irp) {
  IrpRecord* record = io_.irps().find(irp);
  if (!record || record->state == IrpState::kFree) {
    io_.misuse(record ? IoMisuse::kFreedIrp : IoMisuse::kUnknownIrp, "IofCallDriver", irp,
               record ? "the IRP was freed before" : "a pointer that is no IRP");
    return STATUS_INVALID_PARAMETER;
  }
  auto& kernel = current<kernel::Kernel>();
  if (irp->CurrentLocation <= 1 || irp->CurrentLocation > irp->StackCount + 1) {
    io_.misuse(IoMisuse::kNoStackLocation, "IofCallDriver", irp, "the IRP has no stack location left for this driver");
    kernel.bug_check({.code = kNoMoreIrpStackLocations,
                      .parameters = {reinterpret_cast<uint64_t>(irp)},
                      .sentence = "IofCallDriver: the IRP has no stack location left for the next driver",
                      .stack = {}});
  }
  irp->CurrentLocation--;
  IO_STACK_LOCATION* location = --irp->Tail.Overlay.CurrentStackLocation;
  uint32_t level = index_of(irp, location);
  if (level != static_cast<uint32_t>(irp->CurrentLocation - 1)) {
    io_.misuse(IoMisuse::kBadArgument, "IofCallDriver", irp, "CurrentLocation and CurrentStackLocation disagree");
    // The location that the driver has filled is the one that its pointer leads to, if that is one of this IRP's.
    if (level < static_cast<uint32_t>(irp->StackCount)) {
      irp->CurrentLocation = static_cast<CHAR>(level + 1);
    } else {
      location = irp->Tail.Overlay.CurrentStackLocation = IrpTable::locations(irp) + (irp->CurrentLocation - 1);
      level = static_cast<uint32_t>(irp->CurrentLocation - 1);
    }
  }
  location->DeviceObject = device;
  {
    MutexLock lock(record->mutex);
    record->returned[level] = record->passed[level] = false;
  }

  DRIVER_OBJECT* driver = io_.devices().driver_of(device);
  if (!driver) {
    io_.misuse(IoMisuse::kUnknownDevice, "IofCallDriver", device,
               fmt::format("{} is no device object (any more)", fmt::ptr(device)));
    irp->IoStatus.Status = STATUS_NO_SUCH_DEVICE;
    irp->IoStatus.Information = 0;
    complete(irp, IO_NO_INCREMENT);
    return STATUS_NO_SUCH_DEVICE;
  }
  IrpEvent event = event_of(irp, location);
  PDRIVER_DISPATCH dispatch = event.major <= IRP_MJ_MAXIMUM_FUNCTION ? driver->MajorFunction[event.major] : nullptr;
  if (!dispatch) {
    irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = 0;
    complete(irp, IO_NO_INCREMENT);
    return STATUS_INVALID_DEVICE_REQUEST;
  }
  io_.observers().notify(&IoObserver::on_irp_dispatched, event);
  kernel::Irql before = kernel.current_irql();
  kernel::ThreadObject& thread = *kernel.current_thread();
  NTSTATUS status;
  {
    // What a driver's own thread or work item passes on is not served in the application's process any more.
    const bool application =
        irp->RequestorMode == UserMode && irp->Tail.Overlay.Thread == reinterpret_cast<PETHREAD>(&thread);
    const kernel::ServingScope serving(thread, {.application = application, .power = event.major == IRP_MJ_POWER});
    status = dispatch(device, irp);
  }
  kernel::Irql after = kernel.current_irql();
  event.status = status;
  if (before != after) {
    io_.misuse(IoMisuse::kDispatchIrqlChanged, "IofCallDriver", device,
               fmt::format("the dispatch routine for {} was called at {} and returned at {}", major_name(event.major),
                           kernel::irql_name(before), kernel::irql_name(after)),
               {.routine = routine_of(event)});
    if (after > before) kernel.lower_irql(before);
  }
  check_return(*record, level, event);
  io_.observers().notify(&IoObserver::on_irp_returned, event);
  return status;
}

// The IRP may be freed and its address used again: only the record is looked at, and only while it is the same IRP's.
void IrpFlow::check_return(IrpRecord& record, uint32_t level, const IrpEvent& event) {
  if (record.id != event.id) return;
  IoMisuse misuse{};
  std::string sentence;
  {
    MutexLock lock(record.mutex);
    record.returned[level] = true;
    record.returned_pending[level] = event.status == STATUS_PENDING;
    if (event.status == STATUS_PENDING) {
      // judged below, or when completion comes by
    } else if (!record.passed[level] && record.state == IrpState::kLive) {
      misuse = IoMisuse::kNeverCompleted;
      sentence = fmt::format("the dispatch routine for {} returned {} and did not complete the IRP",
                             major_name(event.major), status_name(static_cast<uint32_t>(event.status)));
    } else if (record.state != IrpState::kLive && record.final_status != event.status && !record.marked[level]) {
      misuse = IoMisuse::kStatusDiffers;
      sentence = fmt::format("{} was completed with {}, but its dispatch routine returned {}", major_name(event.major),
                             status_name(static_cast<uint32_t>(record.final_status)),
                             status_name(static_cast<uint32_t>(event.status)));
    }
  }
  if (!sentence.empty())
    io_.misuse(misuse, "IofCallDriver", event.irp, std::move(sentence), {.routine = routine_of(event)});
  judge(record, level, event);
}

void IrpFlow::complete(IRP* irp, CCHAR priority_boost) {
  (void)priority_boost;  // no thread of this machine is woken sooner for it
  auto& kernel = current<kernel::Kernel>();
  IrpRecord* record = io_.irps().find(irp);
  bool twice = !record || record->state != IrpState::kLive || irp->CurrentLocation > irp->StackCount + 1;
  if (twice) {
    std::string sentence = "IofCompleteRequest: the pointer is no IRP";
    StackTrace allocated, completed;
    if (record) {
      MutexLock lock(record->mutex);
      allocated = record->allocated;
      completed = record->completed;
      sentence = record->state == IrpState::kFree ? "IofCompleteRequest: the IRP was completed and freed before"
                                                  : "IofCompleteRequest: the IRP was completed before";
    }
    io_.misuse(record ? IoMisuse::kDoubleCompletion : IoMisuse::kUnknownIrp, "IofCompleteRequest", irp, sentence,
               {.made_at = allocated, .ended_at = completed});
    kernel.bug_check({.code = kMultipleIrpCompleteRequests,
                      .parameters = {reinterpret_cast<uint64_t>(irp)},
                      .sentence = sentence,
                      .stack = {}});
  }
  if (irp->IoStatus.Status == STATUS_PENDING)
    io_.misuse(IoMisuse::kCompletedPending, "IofCompleteRequest", irp, "an IRP is never completed with STATUS_PENDING");
  if (irp->CancelRoutine)
    io_.misuse(IoMisuse::kCancelRoutineLeft, "IofCompleteRequest", irp,
               "the IRP still has a cancel routine: IoSetCancelRoutine(Irp, NULL) comes first");
  {
    MutexLock lock(record->mutex);
    if (io_.options().verify && record->origin != IrpOrigin::kManager) record->completed = capture_stack();
  }
  IrpEvent event =
      event_of(irp, irp->CurrentLocation <= irp->StackCount ? irp->Tail.Overlay.CurrentStackLocation : nullptr);
  event.status = irp->IoStatus.Status;
  event.information = irp->IoStatus.Information;
  io_.observers().notify(&IoObserver::on_irp_completed, event);
  walk_up(*record, irp, event);
}

void IrpFlow::walk_up(IrpRecord& record, IRP* irp, IrpEvent event) {
  while (irp->CurrentLocation <= irp->StackCount) {
    IO_STACK_LOCATION* location = irp->Tail.Overlay.CurrentStackLocation;
    uint32_t level = index_of(irp, location);
    UCHAR control = load(location->Control);
    NTSTATUS status = irp->IoStatus.Status;
    event.major = location->MajorFunction;
    irp->PendingReturned = (control & SL_PENDING_RETURNED) != 0;
    {
      MutexLock lock(record.mutex);
      record.passed[level] = true;
      record.marked[level] = irp->PendingReturned;
      record.final_status = status;
    }
    judge(record, level, event);

    PIO_COMPLETION_ROUTINE routine = location->CompletionRoutine;
    PVOID context = location->Context;
    bool invoke = (NT_SUCCESS(status) && (control & SL_INVOKE_ON_SUCCESS)) ||
                  (!NT_SUCCESS(status) && (control & SL_INVOKE_ON_ERROR)) ||
                  (irp->Cancel && (control & SL_INVOKE_ON_CANCEL));
    // The location is used up, whoever looks at it later.
    location->MinorFunction = 0;
    location->Flags = 0;
    __atomic_store_n(&location->Control, UCHAR{0}, __ATOMIC_RELAXED);
    std::memset(&location->Parameters, 0, sizeof location->Parameters);
    location->FileObject = nullptr;
    location->CompletionRoutine = nullptr;
    location->Context = nullptr;

    irp->CurrentLocation++;
    irp->Tail.Overlay.CurrentStackLocation++;
    bool at_top = irp->CurrentLocation > irp->StackCount;
    if (invoke && routine) {
      // IO_COMPLETION_ROUTINE: the device of the driver that set it; NULL when the creator of the IRP did.
      DEVICE_OBJECT* device = at_top ? nullptr : irp->Tail.Overlay.CurrentStackLocation->DeviceObject;
      if (routine(device, irp, context) == STATUS_MORE_PROCESSING_REQUIRED) return;
    } else if (irp->PendingReturned && !at_top) {
      // "If no completion routine is set, the I/O manager propagates the pending flag."
      irp->Tail.Overlay.CurrentStackLocation->Control |= SL_PENDING_RETURNED;
    }
  }
  end(record, irp);
}

void IrpFlow::end(IrpRecord& record, IRP* irp) {
  IrpEvent event;
  event.id = record.id;
  event.irp = irp;
  event.status = irp->IoStatus.Status;
  event.information = irp->IoStatus.Information;
  IrpOrigin origin = record.origin;
  {
    MutexLock lock(record.mutex);
    record.final_status = event.status;
  }
  io_.observers().notify(&IoObserver::on_irp_ended, event);

  if (irp->Flags & IRP_ASSOCIATED_IRP) {
    IRP* master = irp->AssociatedIrp.MasterIrp;
    record.state = IrpState::kCompleted;
    (void)io_.irps().free(irp, "IofCompleteRequest");
    if (master && __atomic_sub_fetch(&master->AssociatedIrp.IrpCount, 1, __ATOMIC_ACQ_REL) == 0)
      complete(master, IO_NO_INCREMENT);
    return;
  }
  switch (origin) {
    case IrpOrigin::kAllocated:
    case IrpOrigin::kInitialized:
      record.state = IrpState::kCompleted;
      // IoAllocateIrp, Remarks: its creator sets a completion routine that returns STATUS_MORE_PROCESSING_REQUIRED.
      io_.misuse(IoMisuse::kCreatedIrpReachedTop, "IofCompleteRequest", irp,
                 "an IRP of IoAllocateIrp was completed and no completion routine of its creator took it back");
      return;
    case IrpOrigin::kThreaded: {
      release_buffers(irp, true);
      KEVENT* event_to_set = irp->UserEvent;
      if (irp->UserIosb) *irp->UserIosb = irp->IoStatus;
      record.state = IrpState::kCompleted;
      (void)io_.irps().free(irp, "IofCompleteRequest");
      if (event_to_set) current<kernel::Kernel>().set_event(event_to_set);
      return;
    }
    case IrpOrigin::kManager: {
      // Whoever waits frees the IRP as soon as the event is set.
      KEVENT* event_to_set = irp->UserEvent;
      if (irp->UserIosb) *irp->UserIosb = irp->IoStatus;
      record.state.store(IrpState::kCompleted, std::memory_order_release);
      if (event_to_set) current<kernel::Kernel>().set_event(event_to_set);
      return;
    }
  }
}

KIRQL IrpFlow::acquire_cancel_lock() {
  return current<kernel::Kernel>().spin_locks().acquire(&cancel_lock_, "IoAcquireCancelSpinLock");
}
void IrpFlow::release_cancel_lock(KIRQL irql) {
  current<kernel::Kernel>().spin_locks().release(&cancel_lock_, irql, "IoReleaseCancelSpinLock");
}

bool IrpFlow::cancel(IRP* irp) {
  IrpRecord* record = io_.irps().find(irp);
  if (!record || record->state == IrpState::kFree) {
    io_.misuse(record ? IoMisuse::kFreedIrp : IoMisuse::kUnknownIrp, "IoCancelIrp", irp, "not a live IRP");
    return false;
  }
  KIRQL irql = acquire_cancel_lock();
  irp->Cancel = TRUE;
  PDRIVER_CANCEL routine = __atomic_exchange_n(&irp->CancelRoutine, nullptr, __ATOMIC_ACQ_REL);
  if (!routine) {
    release_cancel_lock(irql);
    return false;
  }
  if (irp->CurrentLocation > irp->StackCount + 1 || record->state == IrpState::kCompleted) {
    io_.misuse(IoMisuse::kCancelStateCompleted, "IoCancelIrp", irp,
               "the IRP was completed with its cancel routine still set");
    current<kernel::Kernel>().bug_check(
        {.code = kCancelStateInCompletedIrp,
         .parameters = {reinterpret_cast<uint64_t>(irp), reinterpret_cast<uint64_t>(routine)},
         .sentence = "IoCancelIrp: the IRP was completed with its cancel routine still set",
         .stack = {}});
  }
  irp->CancelIrql = irql;
  // DRIVER_CANCEL: the routine releases the cancel spin lock, with Irp->CancelIrql.
  DEVICE_OBJECT* device =
      irp->CurrentLocation <= irp->StackCount ? irp->Tail.Overlay.CurrentStackLocation->DeviceObject : nullptr;
  routine(device, irp);
  return true;
}

NTSTATUS IrpFlow::send_and_wait(DEVICE_OBJECT* device, IRP* irp, ULONG_PTR* information) {
  auto& kernel = current<kernel::Kernel>();
  KEVENT done;
  kernel.dispatcher().initialize_event(&done, true, false);
  IO_STATUS_BLOCK outcome{};
  irp->UserEvent = &done;
  irp->UserIosb = &outcome;
  IrpRecord* record = io_.irps().find(irp);
  NTSTATUS status = call_driver(device, irp);
  if (status != STATUS_PENDING && record && record->state == IrpState::kLive) {
    // Told as kNeverCompleted. Windows takes the returned status for final; nobody may write through the IRP any more.
    irp->UserEvent = nullptr;
    irp->UserIosb = nullptr;
    return status;
  }
  (void)kernel.wait(&done);
  if (information) *information = outcome.Information;
  status = outcome.Status;
  (void)io_.irps().free(irp, "IofCompleteRequest");
  return status;
}

}  // namespace portside::io
