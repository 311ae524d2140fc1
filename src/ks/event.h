#pragma once
// Events: what a client hands over with IOCTL_KS_ENABLE_EVENT (KSEVENT and KSEVENTDATA), and how it is signalled.

#include <wdm.h>
#include <ks.h>

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "kernel/object.h"

namespace portside::ks {

// How the client wants to be told: an event handle (KSEVENTF_EVENT_HANDLE), or, from kernel mode, an event object.
class EventTarget {
 public:
  EventTarget() = default;
  // STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH, STATUS_INVALID_PARAMETER for a notification type that this mode
  // may not use, STATUS_NOT_SUPPORTED for one that we do not do.
  static Result<EventTarget> create(const KSEVENTDATA& data, KPROCESSOR_MODE mode);

  // KeSetEvent, at DISPATCH_LEVEL or below.
  void signal() const;
  PKEVENT event() const { return event_; }

 private:
  PKEVENT event_ = nullptr;
  kernel::ObjectReference reference_;
};

struct EventRequest {
  GUID set{};
  uint32_t id = 0;
  uint32_t flags = 0;                 // KSEVENT_TYPE_*, without KSEVENT_TYPE_TOPOLOGY
  std::optional<uint32_t> node;       // KSEVENT_TYPE_TOPOLOGY: KSE_NODE.NodeId
  KSEVENTDATA data{};
  void* client_data = nullptr;        // where the client's KSEVENTDATA lies: its name for the event when disabling it
  PIRP irp = nullptr;
  KPROCESSOR_MODE mode = UserMode;

  // Copies the request in from an IRP with IOCTL_KS_ENABLE_EVENT.
  static Result<EventRequest> begin(PIRP irp);
};

// IOCTL_KS_DISABLE_EVENT: the KSEVENTDATA to disable, or null for all events of the file.
Result<void*> event_to_disable(PIRP irp);

}  // namespace portside::ks
