#include "ks/event.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "kernel/dispatcher.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/work_queue.h"
#include "ks/client_memory.h"
#include "ks/property_request.h"

namespace portside::ks {

Result<EventTarget> EventTarget::create(const KSEVENTDATA& data, KPROCESSOR_MODE mode) {
  EventTarget target;
  target.data_ = data;
  const ULONG type = data.NotificationType;
  if (type == KSEVENTF_EVENT_HANDLE || type == KSEVENTF_SEMAPHORE_HANDLE) {
    const bool event = type == KSEVENTF_EVENT_HANDLE;
    kernel::ObjectDirectory& objects = current<kernel::Services>().objects();
    TRY_ASSIGN(target.object_,
               objects.reference_by_handle(event ? data.EventHandle.Event : data.SemaphoreHandle.Semaphore,
                                           event ? &kernel::object_types::kEvent : &kernel::object_types::kSemaphore,
                                           "KsEnableEvent"));
    target.reference_ = kernel::ObjectReference(objects, target.object_);
    return target;
  }
  const auto from_kernel = [&](void* object, const char* what) -> Result<EventTarget> {
    // "This is available only to kernel-mode clients" (KSEVENTDATA, NotificationType).
    if (mode == UserMode) return fail(StatusCode::kInvalidParameter, fmt::format("{} from user mode", what));
    if (!object) return fail(StatusCode::kInvalidParameter, fmt::format("no {}", what));
    target.object_ = object;
    return std::move(target);
  };
  switch (type) {
    case KSEVENTF_EVENT_OBJECT: return from_kernel(data.EventObject.Event, "event object");
    case KSEVENTF_SEMAPHORE_OBJECT: return from_kernel(data.SemaphoreObject.Semaphore, "semaphore object");
    case KSEVENTF_DPC: return from_kernel(data.Dpc.Dpc, "DPC");
    case KSEVENTF_WORKITEM: return from_kernel(data.WorkItem.WorkQueueItem, "work item");
    case KSEVENTF_KSWORKITEM:
      return fail(StatusCode::kNotSupported, "KSEVENTF_KSWORKITEM: there are no kernel streaming workers");
    default: return fail(StatusCode::kInvalidParameter, fmt::format("0x{:X} is no notification type", type));
  }
}

void EventTarget::signal() const {
  switch (data_.NotificationType) {
    case KSEVENTF_EVENT_HANDLE:
    case KSEVENTF_EVENT_OBJECT: current<kernel::Kernel>().set_event(static_cast<PKEVENT>(object_)); break;
    case KSEVENTF_SEMAPHORE_HANDLE:
    case KSEVENTF_SEMAPHORE_OBJECT: {
      const LONG adjustment = data_.NotificationType == KSEVENTF_SEMAPHORE_HANDLE ? data_.SemaphoreHandle.Adjustment
                                                                                  : data_.SemaphoreObject.Adjustment;
      // Beyond the semaphore's limit nothing is released: a client's number must not stop the machine.
      bool released = false;
      current<kernel::Kernel>().dispatcher().release_semaphore(static_cast<PKSEMAPHORE>(object_), adjustment, released);
      break;
    }
    case KSEVENTF_DPC: current<kernel::Kernel>().dpcs().insert(static_cast<PKDPC>(object_), nullptr, nullptr); break;
    case KSEVENTF_WORKITEM:
      if (!current<kernel::Kernel>().work_queue().is_pending(object_))
        ExQueueWorkItem(static_cast<PWORK_QUEUE_ITEM>(object_), data_.WorkItem.WorkQueueType);
      break;
    default: break;
  }
}

Result<EventRequest> EventRequest::begin(PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  const auto& control = location.Parameters.DeviceIoControl;
  EventRequest request;
  request.irp = irp;
  request.mode = irp->RequestorMode;
  request.client_data = irp->UserBuffer;
  if (control.InputBufferLength < sizeof(KSEVENT))
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("the input buffer of {} bytes holds no KSEVENT", control.InputBufferLength));
  KSE_NODE event{};
  static_assert(sizeof(KSE_PIN) == sizeof(KSE_NODE));
  const size_t in_bytes = std::min<size_t>(control.InputBufferLength, sizeof event);
  if (!copy_from_client(&event, control.Type3InputBuffer, in_bytes))
    return fail(StatusCode::kAccessViolation, "the client's KSEVENT is not readable");
  request.set = event.Event.Set;
  request.id = event.Event.Id;
  request.flags = event.Event.Flags & ~static_cast<uint32_t>(KSEVENT_TYPE_TOPOLOGY);
  if (event.Event.Flags & KSEVENT_TYPE_TOPOLOGY) {
    if (in_bytes < sizeof event)
      return fail(StatusCode::kInvalidBufferSize, "KSEVENT_TYPE_TOPOLOGY without a KSE_NODE");
    request.node = event.NodeId;
  } else if (in_bytes == sizeof event) {
    request.pin = reinterpret_cast<const KSE_PIN&>(event).PinId;
  }
  if (request.flags == KSEVENT_TYPE_ENABLE || request.flags == KSEVENT_TYPE_ONESHOT) {
    if (control.OutputBufferLength < sizeof(KSEVENTDATA))
      return fail(StatusCode::kInvalidBufferSize,
                  fmt::format("{} bytes hold no KSEVENTDATA", control.OutputBufferLength));
    if (!copy_from_client(&request.data, irp->UserBuffer, sizeof request.data))
      return fail(StatusCode::kAccessViolation, "the client's KSEVENTDATA is not readable");
  }
  return request;
}

Status answer_event_sets(const EventRequest& request, std::vector<GUID> sets, uint64_t& information) {
  information = 0;
  if (!same_guid(request.set, GUID{}))
    return std::ranges::any_of(sets, [&](const GUID& set) { return same_guid(set, request.set); })
               ? Status::ok()
               : Status(StatusCode::kPropsetNotFound, "no such event set");
  std::vector<GUID> unique;
  for (const GUID& set : sets)
    if (std::ranges::none_of(unique, [&](const GUID& seen) { return same_guid(seen, set); })) unique.push_back(set);
  const uint64_t needed = unique.size() * sizeof(GUID);
  const uint64_t room = IoGetCurrentIrpStackLocation(request.irp)->Parameters.DeviceIoControl.OutputBufferLength;
  if (room == 0 && needed) {
    information = needed;
    return Status(StatusCode::kBufferOverflow);
  }
  if (room < needed)
    return Status(StatusCode::kBufferTooSmall, fmt::format("{} event sets, {} bytes", unique.size(), room));
  if (!copy_to_client(request.irp->UserBuffer, unique.data(), needed))
    return Status(StatusCode::kAccessViolation, "the client's output buffer is not writable");
  information = needed;
  return Status::ok();
}

Result<void*> event_to_disable(PIRP irp) {
  const auto& control = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl;
  // "If the input buffer length is zero, it is assumed that all events on the list are to be disabled" (KsDisableEvent).
  if (control.InputBufferLength == 0) return nullptr;
  if (control.InputBufferLength < sizeof(KSEVENTDATA))
    return fail(StatusCode::kInvalidBufferSize, fmt::format("{} bytes hold no KSEVENTDATA", control.InputBufferLength));
  return control.Type3InputBuffer;
}

}  // namespace portside::ks
