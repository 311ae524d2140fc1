#pragma once
// The property sets that the port itself answers, a file a set, and the common way of a request: the miniport's table
// first ("if the table does not specify a handler for the property, the port driver handles the request instead",
// Audio Property Handlers), then the port's.

#include <wdm.h>
#include <portcls.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "io/io.h"
#include "ks/event.h"
#include "ks/property_call.h"
#include "ks/property_request.h"
#include "portcls/adapter.h"
#include "portcls/automation.h"
#include "portcls/port.h"

namespace portside::portcls {

class FilterFile;
class PinFile;

using FilterSet = ks::PropertySet<FilterFile>;
using PinSet = ks::PropertySet<PinFile>;
using FilterItem = ks::PropertyItem<FilterFile>;
using PinItem = ks::PropertyItem<PinFile>;

std::span<const FilterItem> pin_factory_properties();        // KSPROPSETID_Pin
std::span<const FilterItem> topology_properties();           // KSPROPSETID_Topology
std::span<const FilterItem> signal_processing_properties();  // KSPROPSETID_AudioSignalProcessing
std::span<const PinItem> connection_properties();            // KSPROPSETID_Connection
std::span<const PinItem> rt_audio_properties();              // KSPROPSETID_RtAudio
std::span<const PinItem> audio_properties();                 // KSPROPSETID_Audio

std::span<const FilterSet> filter_property_sets();
std::span<const PinSet> pin_property_sets();

// A pin factory's lists, with the defaults of its port in place of empty ones.
std::vector<KSPIN_INTERFACE> pin_interfaces(const Port& port, uint32_t pin);
std::vector<KSPIN_MEDIUM> pin_mediums(const Port& port, uint32_t pin);

// KSPROPERTY_TYPE_SETSUPPORT over a miniport's table and the port's sets; nothing when the port is to look itself.
std::optional<Status> answer_set_support(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, std::vector<GUID> own_sets);
NTSTATUS answer_event(Port& port, const ks::EventRequest& request, IUnknown* stream, uint32_t pin, FILE_OBJECT* file);

template <class Target>
NTSTATUS answer_property(Port& port, std::unique_ptr<ks::PropertyCall> call, const PCAUTOMATION_TABLE* table,
                         const AutomationTarget& target, std::span<const ks::PropertySet<Target>> own, Target& file) {
  ks::PropertyRequest& request = call->request();
  const bool node = target.node != ~0u;
  if (request.verb == KSPROPERTY_TYPE_SETSUPPORT) {
    std::vector<GUID> sets;
    for (const auto& set : own)
      if (!node) sets.push_back(*set.set);
    if (auto answered = answer_set_support(request, table, std::move(sets))) return call->end(*answered);
  }
  if (const PCPROPERTY_ITEM* item = find_property(table, request.set, request.id))
    return port.adapter() ? port.adapter()->pending_properties().dispatch(std::move(call), *item, target)
                          : call->end(Status(StatusCode::kDeviceRemoved, "the device is gone"));
  Status status = ks::dispatch_property(own, file, request);
  // The set is known by the miniport's table, the property is not.
  if (status == StatusCode::kPropsetNotFound) {
    for (const GUID& set : property_sets(table))
      if (ks::same_guid(set, request.set)) status = Status(StatusCode::kNotFound, "the set has no such property");
  }
  return call->end(status);
}

}  // namespace portside::portcls
