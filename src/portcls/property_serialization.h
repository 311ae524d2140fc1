#pragma once
// Serialisation of a property set over a miniport's table: KSPROPERTY_TYPE_SERIALIZESET and _UNSERIALIZESET "are broken up
// into multiple calls" of the items' handlers (KSPROPERTY structure, Remarks). Part are the items whose flags have
// PCPROPERTY_ITEM_FLAG_SERIALIZESIZE, each with the size that its handler names.

#include "ks/property_request.h"
#include "portcls/automation.h"

namespace portside::portcls {

// Whether `table` has an item of the request's set that takes part. Without one the port answers with an empty list.
bool serializes(const PCAUTOMATION_TABLE* table, const GUID& set);
// Answers the request. UNSERIALIZESET changes nothing unless every property of the list can be set.
Status serialize_set(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, const AutomationTarget& target,
                     PendingProperties& pending);
Status unserialize_set(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, const AutomationTarget& target,
                       PendingProperties& pending);

}  // namespace portside::portcls
