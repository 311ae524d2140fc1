#pragma once
// Automation: a request on its way through a miniport's PCAUTOMATION_TABLE to the handler that the table names.

#include <portcls.h>
#include <wdm.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/stack.h"
#include "base/status.h"
#include "ks/property_call.h"

namespace portside::portcls {

// Whom a request is for (PCPROPERTY_REQUEST: MajorTarget, MinorTarget, Node).
struct AutomationTarget {
  IUnknown* major = nullptr;
  IUnknown* minor = nullptr;  // null for a filter
  uint32_t node = ~0u;        // ULONG(-1): no node
};

// Null when the table has no such item. `table` may be null.
const PCPROPERTY_ITEM* find_property(const PCAUTOMATION_TABLE* table, const GUID& set, uint32_t id);
const PCEVENT_ITEM* find_event(const PCAUTOMATION_TABLE* table, const GUID& set, uint32_t id);
// The nth item of a table whose items are `bytes` apart.
template <class Item>
const Item& item_at(const Item* items, uint32_t bytes, uint32_t index) {
  return *reinterpret_cast<const Item*>(reinterpret_cast<const std::byte*>(items) + uint64_t{index} * bytes);
}
template <class Visit>
void for_each_property(const PCAUTOMATION_TABLE* table, Visit visit) {
  for (ULONG i = 0; table && i < table->PropertyCount; ++i)
    visit(item_at(table->Properties, table->PropertyItemSize, i));
}
template <class Visit>
void for_each_event(const PCAUTOMATION_TABLE* table, Visit visit) {
  for (ULONG i = 0; table && i < table->EventCount; ++i) visit(item_at(table->Events, table->EventItemSize, i));
}
// The sets that a table's properties belong to, in order.
std::vector<GUID> property_sets(const PCAUTOMATION_TABLE* table);
std::vector<GUID> event_sets(const PCAUTOMATION_TABLE* table);

// Property requests that a driver answered with STATUS_PENDING, until PcCompletePendingPropertyRequest.
class PendingProperties {
 public:
  PendingProperties();
  ~PendingProperties();

  // Calls the item's handler. The IRP is completed here, or stays pending (then the result is STATUS_PENDING and the IRP
  // is marked so). The call is consumed.
  NTSTATUS dispatch(std::unique_ptr<ks::PropertyCall> call, const PCPROPERTY_ITEM& item,
                    const AutomationTarget& target);

  // Calls an item's handler outside of a client's request for that item (a part of a serialised set) and waits until it is
  // done, also when it pends. `value` goes in and comes back with the size the driver gave. PASSIVE_LEVEL.
  Status call(const PCPROPERTY_ITEM& item, uint32_t verb, PIRP irp, const AutomationTarget& target,
              std::span<const std::byte> instance, std::vector<std::byte>& value);

  // PcCompletePendingPropertyRequest. STATUS_INVALID_PARAMETER for a request that is not pending.
  Status complete(PPCPROPERTY_REQUEST request, NTSTATUS status);
  // The device is gone: what pends is answered with `status`. The driver may still complete it, to no effect.
  void fail_all(const Status& status);
  // Where the handlers begin whose requests fail_all answered, and that have not completed them since.
  std::vector<StackTrace> left_unanswered() const;
  size_t count() const;

 private:
  struct Request;
  static Result<std::unique_ptr<Request>> create(const PCPROPERTY_ITEM& item, uint32_t verb, PIRP irp,
                                                 const AutomationTarget& target, std::span<const std::byte> instance,
                                                 std::span<const std::byte> value);
  std::unique_ptr<Request> take(const Request* request) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Request>> requests_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Request>> orphans_ GUARDED_BY(mutex_);  // answered, and still in the driver's hands
};

}  // namespace portside::portcls
