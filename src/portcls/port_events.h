#pragma once
// PortEvents: IPortEvents. A port's list of enabled KS events, and the KSEVENT_ENTRY that a miniport's event handler gets.

#include <portcls.h>
#include <wdm.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "ks/event.h"
#include "portcls/automation.h"
#include "portcls/filter_description.h"
#include "portcls/port_part.h"

namespace portside::portcls {

// One enabled event. The driver sees `entry` alone, and treats it as opaque.
struct EnabledEvent {
  KSEVENT_ENTRY entry{};
  GUID set{};
  uint32_t id = 0;
  uint32_t pin = ~0u;  // the pin it was enabled on, or none
  uint32_t node = ~0u;
  bool one_shot = false;
  bool listed = false;  // AddEventToEventList was called
  bool added = false;   // the same, and stays so when a one-shot event has fired
  const PCEVENT_ITEM* item = nullptr;
  AutomationTarget target;
  FILE_OBJECT* file = nullptr;
  void* client_data = nullptr;
  ks::EventTarget signal;
};

// Which of the enabled events a call of GenerateEventList means; what is not set matches every entry.
struct EventCriteria {
  std::optional<GUID> set;
  uint32_t id = 0;
  std::optional<uint32_t> pin, node;
  bool match(const EnabledEvent& event) const;
};

class PortEvents final : public PortPart<IPortEvents> {
 public:
  explicit PortEvents(Port& port);
  // What the tables of the filter declare: read here, as nobody may read them above APC_LEVEL, where they are paged.
  void learn(const FilterDescription& filter);
  // The port has ended: no call of GenerateEventList is under way any more.
  void end();

  STDMETHODIMP_(VOID) AddEventToEventList(PKSEVENT_ENTRY entry) override;
  STDMETHODIMP_(VOID)
  GenerateEventList(GUID* set, ULONG event_id, BOOL pin_event, ULONG pin_id, BOOL node_event, ULONG node_id) override;

  // IOCTL_KS_ENABLE_EVENT for an item of a miniport's table: its handler is asked to add the event. `pin` is the factory
  // of an open pin, or the one that a KSE_PIN names. STATUS_NOT_FOUND for a kind that the item's flags lack.
  Status enable(const ks::EventRequest& request, const PCEVENT_ITEM& item, const AutomationTarget& target, uint32_t pin,
                FILE_OBJECT* file);
  // IOCTL_KS_DISABLE_EVENT: "An event not found will return STATUS_UNSUCCESSFUL"; null disables all of the file.
  Status disable(FILE_OBJECT* file, void* client_data, PIRP irp);
  // The miniport goes: every event is removed, while there is still somebody to be told.
  void disable_all();
  size_t count();

 private:
  NTSTATUS call_handler(EnabledEvent& event, ULONG verb, PIRP irp);
  void generate(const EventCriteria& criteria);
  // Whether some table of the filter has an event that the criteria can mean. Any IRQL.
  bool is_declared(const EventCriteria& criteria) const;
  static void NTAPI on_dpc(PKDPC dpc, PVOID context, PVOID, PVOID);

  Mutex mutex_;
  std::vector<std::shared_ptr<EnabledEvent>> events_ GUARDED_BY(mutex_);
  // Of a table of the filter, a pin or a node.
  struct DeclaredEvent {
    GUID set{};
    uint32_t id = 0;
    std::optional<uint32_t> pin = std::nullopt, node = std::nullopt;
  };
  std::atomic<bool> knows_ = false;
  std::vector<DeclaredEvent> declared_;
  std::vector<uint32_t> open_pins_;  // that clients may open
  // For calls above DISPATCH_LEVEL: one DPC with the parameters of one call.
  KDPC dpc_{};
  EventCriteria queued_;
};

}  // namespace portside::portcls
