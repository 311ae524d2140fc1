#pragma once
// Events: what a client hands over with IOCTL_KS_ENABLE_EVENT (KSEVENT and KSEVENTDATA), and how it is signalled.

#include <ks.h>
#include <wdm.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "kernel/object.h"

namespace portside::ks {

// How the client wants to be told (KSEVENTDATA.NotificationType): by the handle of an event or a semaphore, which is
// referenced here for as long as the target lives; or, from kernel mode, by an event, a semaphore, a DPC or a work item.
class EventTarget {
 public:
  EventTarget() = default;
  // STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH, STATUS_INVALID_PARAMETER for a notification type that this mode
  // may not use, STATUS_NOT_SUPPORTED for KSEVENTF_KSWORKITEM: there are no kernel streaming workers.
  static Result<EventTarget> create(const KSEVENTDATA& data, KPROCESSOR_MODE mode);

  // At DISPATCH_LEVEL or below. A DPC or a work item that is queued already is not queued again.
  void signal() const;
  const KSEVENTDATA& data() const { return data_; }

 private:
  KSEVENTDATA data_{};      // NotificationType 0: nothing
  void* object_ = nullptr;  // the KEVENT or KSEMAPHORE behind a handle or pointer
  kernel::ObjectReference reference_;
};

struct EventRequest {
  GUID set{};
  uint32_t id = 0;
  uint32_t flags = 0;            // KSEVENT_TYPE_*, without KSEVENT_TYPE_TOPOLOGY
  std::optional<uint32_t> node;  // KSEVENT_TYPE_TOPOLOGY: KSE_NODE.NodeId
  std::optional<uint32_t> pin;   // without it, an input buffer that holds a KSE_PIN: its PinId
  KSEVENTDATA data{};
  void* client_data = nullptr;  // where the client's KSEVENTDATA lies: its name for the event when disabling it
  PIRP irp = nullptr;
  KPROCESSOR_MODE mode = UserMode;

  // Copies the request in from an IRP with IOCTL_KS_ENABLE_EVENT.
  static Result<EventRequest> begin(PIRP irp);
};

// KSEVENT_TYPE_SETSUPPORT: with GUID_NULL "the list of event sets", else whether the set is among them
// (STATUS_PROPSET_NOT_FOUND). `information` gets the bytes that went to the client, or the bytes needed.
Status answer_event_sets(const EventRequest& request, std::vector<GUID> sets, uint64_t& information);

// IOCTL_KS_DISABLE_EVENT: the KSEVENTDATA to disable, or null for all events of the file.
Result<void*> event_to_disable(PIRP irp);

}  // namespace portside::ks
