#include "portcls/port_events.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernel/api_scope.h"
#include "kernel/dpc_queue.h"
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
        event->listed = event->added = true;
        return;
      }
  }
  port_.port_cls().report_misuse(Misuse::kForeignObject, "IPortEvents::AddEventToEventList",
                                 "the event entry is not one that the port gave to the event handler");
}

VOID PortEvents::GenerateEventList(GUID* set, ULONG event_id, BOOL pin_event, ULONG pin_id, BOOL node_event,
                                   ULONG node_id) {
  // "Callers of GenerateEventList can be running at any IRQL."
  kernel::ApiScope scope("IPortEvents::GenerateEventList");
  EventCriteria criteria{.set = std::nullopt, .id = event_id, .pin = std::nullopt, .node = std::nullopt};
  if (set) criteria.set = *set;
  if (pin_event) criteria.pin = pin_id;
  if (node_event) criteria.node = node_id;
  if (knows_.load(std::memory_order_acquire) && !is_declared(criteria))
    port_.port_cls().report_misuse(
        Misuse::kEventUndeclared, "IPortEvents::GenerateEventList",
        fmt::format("no table of the {} has an event {} that is one of {}, so that nobody can have enabled it",
                    port_.display_name(), event_id,
                    node_event  ? fmt::format("node {}", node_id)
                    : pin_event ? fmt::format("pin {}", pin_id)
                                : "the filter, a pin or a node"));
  kernel::Kernel& kernel = current<kernel::Kernel>();
  if (kernel.current_irql() <= kernel::kDispatchLevel) return generate(criteria);
  // "If called at IRQL > DISPATCH_LEVEL, the method queues a DPC to process the event list. That DPC contains the parameter
  // context for a single call. As a result, signaling events might occasionally be missed."
  if (kernel.dpcs().busy(&dpc_)) return;
  queued_ = criteria;
  KeInsertQueueDpc(&dpc_, nullptr, nullptr);
}

bool EventCriteria::match(const EnabledEvent& event) const {
  return event.listed && event.id == id && (!set || ks::same_guid(*set, event.set)) && (!pin || *pin == event.pin) &&
         (!node || *node == event.node);
}

void PortEvents::learn(const FilterDescription& filter) {
  std::vector<DeclaredEvent> declared;
  std::vector<uint32_t> open_pins;
  const auto add = [&](const PCAUTOMATION_TABLE* table, DeclaredEvent where) {
    for_each_event(table, [&](const PCEVENT_ITEM& item) {
      if (!item.Set) return;
      where.set = *item.Set;
      where.id = item.Id;
      declared.push_back(where);
    });
  };
  add(filter.automation(), {});
  for (uint32_t pin = 0; pin < filter.pin_count(); ++pin) {
    add(filter.pin(pin).AutomationTable, {.pin = pin});
    if (filter.pin(pin).MaxFilterInstanceCount) open_pins.push_back(pin);
  }
  for (uint32_t node = 0; node < filter.node_count(); ++node) add(filter.node(node).AutomationTable, {.node = node});
  declared_ = std::move(declared);
  open_pins_ = std::move(open_pins);
  knows_.store(true, std::memory_order_release);  // an interrupt may generate events already
}

bool PortEvents::is_declared(const EventCriteria& criteria) const {
  return std::ranges::any_of(declared_, [&](const DeclaredEvent& event) {
    if (event.id != criteria.id || (criteria.set && !ks::same_guid(event.set, *criteria.set))) return false;
    // The filter's own events may be enabled for a pin by its number, and for a node likewise.
    if (!event.pin && !event.node) return true;
    if (event.pin) return !criteria.node && (!criteria.pin || criteria.pin == event.pin);
    // A request for a node may come by an open pin; for a pin that is never open, it cannot.
    return (!criteria.node || criteria.node == event.node) &&
           (!criteria.pin || std::ranges::count(open_pins_, *criteria.pin) != 0);
  });
}

void PortEvents::on_dpc(PKDPC, PVOID context, PVOID, PVOID) {
  auto* self = static_cast<PortEvents*>(context);
  self->generate(self->queued_);
}

void PortEvents::generate(const EventCriteria& criteria) {
  std::vector<std::shared_ptr<EnabledEvent>> hit;
  {
    MutexLock lock(mutex_);
    for (auto& event : events_) {
      if (!criteria.match(*event)) continue;
      hit.push_back(event);
      if (event->one_shot) event->listed = false;
    }
  }
  for (const auto& event : hit) event->signal.signal();
}

PortEvents::PortEvents(Port& port) : PortPart(port) { KeInitializeDpc(&dpc_, on_dpc, this); }

void PortEvents::end() { KeRemoveQueueDpc(&dpc_); }

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
  auto event = std::make_shared<EnabledEvent>();
  event->set = request.set;
  event->id = request.id;
  event->pin = pin;
  event->node = target.node;
  event->item = &item;
  event->target = target;
  event->file = file;
  switch (request.flags) {
    case KSEVENT_TYPE_BASICSUPPORT:
      // "All event sets must support the KSEVENT_TYPE_BASICSUPPORT flag" (KS Events): what an item leaves out is answered
      // by its being there.
      if (!(item.Flags & PCEVENT_ITEM_FLAG_BASICSUPPORT)) return Status::ok();
      return Status::from_nt(call_handler(*event, PCEVENT_VERB_SUPPORT, request.irp));
    case KSEVENT_TYPE_ENABLE:
    case KSEVENT_TYPE_ONESHOT:
      if (!(item.Flags & request.flags))
        return Status(StatusCode::kNotFound, "the event item's flags lack this kind of notification");
      break;
    case KSEVENT_TYPE_ENABLEBUFFERED:
    case KSEVENT_TYPE_QUERYBUFFER:
      // PCEVENT_ITEM has no flag for them: no event of an audio driver is buffered.
      return Status(StatusCode::kNotFound, "no event of a port is buffered");
    default:
      return Status(StatusCode::kInvalidParameter,
                    fmt::format("0x{:08X} is no request type of KSEVENT", request.flags));
  }

  auto signal = ks::EventTarget::create(request.data, request.mode);
  if (!signal) return signal.error();
  event->signal = std::move(*signal);
  event->one_shot = request.flags == KSEVENT_TYPE_ONESHOT;
  event->client_data = request.client_data;
  event->entry.EventData = static_cast<PKSEVENTDATA>(request.client_data);
  event->entry.NotificationType = request.data.NotificationType;
  event->entry.FileObject = file;
  event->entry.Flags = event->one_shot ? KSEVENT_ENTRY_ONESHOT : 0;
  EnabledEvent* added = event.get();
  {
    MutexLock lock(mutex_);
    events_.push_back(std::move(event));
  }
  const Status status = Status::from_nt(call_handler(*added, PCEVENT_VERB_ADD, request.irp));
  bool is_added = true;
  {
    MutexLock lock(mutex_);
    const auto at = std::ranges::find(events_, added, [](const auto& e) { return e.get(); });
    if (at != events_.end()) {
      is_added = (*at)->added;
      if (!status.is_ok()) events_.erase(at);
    }
  }
  if (status.nt() == STATUS_SUCCESS && !is_added)
    port_.port_cls().report_answer(
        Misuse::kEventNotAdded, "the event's handler",
        fmt::format(
            "success to PCEVENT_VERB_ADD of event {} without IPortEvents::AddEventToEventList: whoever enabled it "
            "will never hear of it",
            item.Id),
        stack_at_entry(reinterpret_cast<uint64_t>(item.Handler)));
  return status;
}

Status PortEvents::disable(FILE_OBJECT* file, void* client_data, PIRP irp) {
  bool any = false;
  for (;;) {
    std::shared_ptr<EnabledEvent> gone;
    {
      MutexLock lock(mutex_);
      const auto at = std::ranges::find_if(
          events_, [&](const auto& e) { return e->file == file && (!client_data || e->client_data == client_data); });
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

void PortEvents::disable_all() {
  for (;;) {
    std::shared_ptr<EnabledEvent> gone;
    {
      MutexLock lock(mutex_);
      if (events_.empty()) return;
      gone = std::move(events_.back());
      events_.pop_back();
    }
    (void)call_handler(*gone, PCEVENT_VERB_REMOVE, nullptr);
  }
}

size_t PortEvents::count() {
  MutexLock lock(mutex_);
  return events_.size();
}

}  // namespace portside::portcls
