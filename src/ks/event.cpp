#include "ks/event.h"

#include <cstring>

#include <fmt/format.h>

#include "kernel/kernel.h"
#include "kernel/services.h"
#include "ks/client_memory.h"

namespace portside::ks {

Result<EventTarget> EventTarget::create(const KSEVENTDATA& data, KPROCESSOR_MODE mode) {
  EventTarget target;
  switch (data.NotificationType) {
    case KSEVENTF_EVENT_HANDLE: {
      kernel::ObjectDirectory& objects = current<kernel::Services>().objects();
      TRY_ASSIGN(void* body, objects.reference_by_handle(data.EventHandle.Event, &kernel::object_types::kEvent, "KsEnableEvent"));
      target.event_ = static_cast<PKEVENT>(body);
      target.reference_ = kernel::ObjectReference(objects, body);
      return target;
    }
    case KSEVENTF_EVENT_OBJECT:
      if (mode == UserMode) return fail(StatusCode::kInvalidParameter, "an event object from user mode");
      if (!data.EventObject.Event) return fail(StatusCode::kInvalidParameter, "no event object");
      target.event_ = static_cast<PKEVENT>(data.EventObject.Event);
      return target;
    case KSEVENTF_SEMAPHORE_HANDLE:
    case KSEVENTF_SEMAPHORE_OBJECT:
    case KSEVENTF_DPC:
    case KSEVENTF_WORKITEM:
    case KSEVENTF_KSWORKITEM:
      return fail(StatusCode::kNotSupported, fmt::format("KSEVENTDATA.NotificationType 0x{:X} is not implemented", data.NotificationType));
    default:
      return fail(StatusCode::kInvalidParameter, fmt::format("0x{:X} is no notification type", data.NotificationType));
  }
}

void EventTarget::signal() const { current<kernel::Kernel>().set_event(event_); }

Result<EventRequest> EventRequest::begin(PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  const auto& control = location.Parameters.DeviceIoControl;
  EventRequest request;
  request.irp = irp;
  request.mode = irp->RequestorMode;
  request.client_data = irp->UserBuffer;
  if (control.InputBufferLength < sizeof(KSEVENT))
    return fail(StatusCode::kInvalidBufferSize, fmt::format("the input buffer of {} bytes holds no KSEVENT", control.InputBufferLength));
  KSE_NODE event{};
  const size_t in_bytes = std::min<size_t>(control.InputBufferLength, sizeof event);
  if (!copy_from_client(&event, control.Type3InputBuffer, in_bytes))
    return fail(StatusCode::kAccessViolation, "the client's KSEVENT is not readable");
  request.set = event.Event.Set;
  request.id = event.Event.Id;
  request.flags = event.Event.Flags & ~static_cast<uint32_t>(KSEVENT_TYPE_TOPOLOGY);
  if (event.Event.Flags & KSEVENT_TYPE_TOPOLOGY) {
    if (in_bytes < sizeof event) return fail(StatusCode::kInvalidBufferSize, "KSEVENT_TYPE_TOPOLOGY without a KSE_NODE");
    request.node = event.NodeId;
  }
  if (request.flags == KSEVENT_TYPE_ENABLE || request.flags == KSEVENT_TYPE_ONESHOT) {
    if (control.OutputBufferLength < sizeof(KSEVENTDATA))
      return fail(StatusCode::kInvalidBufferSize, fmt::format("{} bytes hold no KSEVENTDATA", control.OutputBufferLength));
    if (!copy_from_client(&request.data, irp->UserBuffer, sizeof request.data))
      return fail(StatusCode::kAccessViolation, "the client's KSEVENTDATA is not readable");
  }
  return request;
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
