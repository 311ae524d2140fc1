#include "portcls/port_events.h"

#include <algorithm>

#include "kernel/api_scope.h"
#include "kernel/kernel.h"
#include "ks/property_request.h"
#include "portcls/port.h"
#include "portcls/portcls.h"

namespace portside::portcls {

VOID PortEvents::AddEventToEventList(PKSEVENT_ENTRY entry) {
  kernel::ApiScope scope("IPortEvents::AddEventToEventList", kernel::kPassiveLevel, kernel::kPassiveLevel);
  {
    MutexLock lock(mutex_);
    for (auto& event : events_)
      if (&event->entry == entry) {
        event->listed = true;
        return;
      }
  }
  port_.port_cls().report_misuse(Misuse::kForeignObject, "IPortEvents::AddEventToEventList",
                                 "the event entry is not one that the port gave to the event handler");
}

VOID PortEvents::GenerateEventList(GUID* set, ULONG event_id, BOOL pin_event, ULONG pin_id, BOOL node_event, ULONG node_id) {
  // "Callers of GenerateEventList can be running at any IRQL."
  kernel::ApiScope scope("IPortEvents::GenerateEventList");
  std::vector<PKEVENT> hit;
  {
    MutexLock lock(mutex_);
    for (auto& event : events_) {
      if (!event->listed || event->id != event_id) continue;
      if (set && !ks::same_guid(*set, event->set)) continue;
      if (pin_event && event->pin != pin_id) continue;
      if (node_event && event->node != node_id) continue;
      hit.push_back(event->signal.event());
      if (event->one_shot) event->listed = false;
    }
  }
  for (PKEVENT event : hit) current<kernel::Kernel>().set_event(event);
}

NTSTATUS PortEvents::call_handler(EnabledEvent& event, ULONG verb, PIRP irp) {
  if (!event.item->Handler) return STATUS_NOT_FOUND;
  PCEVENT_REQUEST request{};
  request.MajorTarget = event.target.major;
  request.MinorTarget = event.target.minor;
  request.Node = event.target.node;
  request.EventItem = event.item;
  request.EventEntry = &event.entry;
  request.Verb = verb;
  request.Irp = irp;
  return event.item->Handler(&request);
}

Status PortEvents::enable(const ks::EventRequest& request, const PCEVENT_ITEM& item, const AutomationTarget& target,
                          uint32_t pin, FILE_OBJECT* file) {
  auto event = std::make_unique<EnabledEvent>();
  event->set = request.set;
  event->id = request.id;
  event->pin = pin;
  event->node = target.node;
  event->item = &item;
  event->target = target;
  event->file = file;
  if (request.flags == KSEVENT_TYPE_BASICSUPPORT)
    return Status::from_nt(call_handler(*event, PCEVENT_VERB_SUPPORT, request.irp));
  if (request.flags != KSEVENT_TYPE_ENABLE && request.flags != KSEVENT_TYPE_ONESHOT)
    return Status(StatusCode::kInvalidParameter, "the event's flags are none that KSEVENT has here");

  auto signal = ks::EventTarget::create(request.data, request.mode);
  if (!signal) return signal.error();
  event->signal = std::move(*signal);
  event->one_shot = request.flags == KSEVENT_TYPE_ONESHOT;
  event->client_data = request.client_data;
  event->entry.EventData = static_cast<PKSEVENTDATA>(request.client_data);
  event->entry.NotificationType = request.data.NotificationType;
  event->entry.FileObject = file;
  EnabledEvent* added = event.get();
  {
    MutexLock lock(mutex_);
    events_.push_back(std::move(event));
  }
  const Status status = Status::from_nt(call_handler(*added, PCEVENT_VERB_ADD, request.irp));
  if (!status.is_ok()) {
    MutexLock lock(mutex_);
    std::erase_if(events_, [&](const auto& e) { return e.get() == added; });
  }
  return status;
}

Status PortEvents::disable(FILE_OBJECT* file, void* client_data, PIRP irp) {
  bool any = false;
  for (;;) {
    std::unique_ptr<EnabledEvent> gone;
    {
      MutexLock lock(mutex_);
      const auto at = std::ranges::find_if(events_, [&](const auto& e) {
        return e->file == file && (!client_data || e->client_data == client_data);
      });
      if (at == events_.end()) break;
      gone = std::move(*at);
      events_.erase(at);
    }
    any = true;
    (void)call_handler(*gone, PCEVENT_VERB_REMOVE, irp);
  }
  if (client_data && !any) return Status(StatusCode::kUnsuccessful, "the event is not enabled");
  return Status::ok();
}

size_t PortEvents::count() {
  MutexLock lock(mutex_);
  return events_.size();
}

}  // namespace portside::portcls
