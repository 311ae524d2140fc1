#pragma once
// Automation: a request on its way through a miniport's PCAUTOMATION_TABLE to the handler that the table names.

#include <wdm.h>
#include <portcls.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "ks/property_call.h"

namespace portside::portcls {

// Whom a request is for (PCPROPERTY_REQUEST: MajorTarget, MinorTarget, Node).
struct AutomationTarget {
  IUnknown* major = nullptr;
  IUnknown* minor = nullptr;   // null for a filter
  uint32_t node = ~0u;         // ULONG(-1): no node
};

// Null when the table has no such item. `table` may be null.
const PCPROPERTY_ITEM* find_property(const PCAUTOMATION_TABLE* table, const GUID& set, uint32_t id);
const PCEVENT_ITEM* find_event(const PCAUTOMATION_TABLE* table, const GUID& set, uint32_t id);
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
  NTSTATUS dispatch(std::unique_ptr<ks::PropertyCall> call, const PCPROPERTY_ITEM& item, const AutomationTarget& target);

  // PcCompletePendingPropertyRequest. STATUS_INVALID_PARAMETER for a request that is not pending.
  Status complete(PPCPROPERTY_REQUEST request, NTSTATUS status);
  size_t count() const;

 private:
  struct Request;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Request>> requests_ GUARDED_BY(mutex_);
};

}  // namespace portside::portcls
