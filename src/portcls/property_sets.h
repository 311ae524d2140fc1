#pragma once
// The property sets that the port itself answers, a file a set, and the common way of a request: the miniport's table
// first ("if the table does not specify a handler for the property, the port driver handles the request instead",
// Audio Property Handlers), then the port's.

#include <portcls.h>
#include <wdm.h>

#include <memory>
#include <optional>
#include <span>
#include <type_traits>
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
std::span<const PinItem> drm_properties();                   // KSPROPSETID_DrmAudioStream

std::span<const FilterSet> filter_property_sets();
std::span<const PinSet> pin_property_sets();

// A pin factory's lists, with the defaults of its port in place of empty ones.
std::vector<KSPIN_INTERFACE> pin_interfaces(const Port& port, uint32_t pin);
std::vector<KSPIN_MEDIUM> pin_mediums(const Port& port, uint32_t pin);

// KSPROPERTY_TYPE_SETSUPPORT over a miniport's table and the port's sets.
Status answer_set_support(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, std::vector<GUID> own_sets);
// KSPROPERTY_TYPE_SERIALIZESET and _UNSERIALIZESET, when items of the miniport's table take part; nothing else.
std::optional<Status> answer_serialized_set(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table,
                                            const AutomationTarget& target, PendingProperties& pending);
// IOCTL_KS_ENABLE_EVENT. `pin`: the factory of an open pin, or ~0u on a filter's file.
NTSTATUS answer_event(Port& port, const ks::EventRequest& request, IUnknown* stream, uint32_t pin, FILE_OBJECT* file);

// On a filter the miniport's table comes first. On a pin the port's own properties do: "it does not pass the IRP to the
// miniport driver. Instead, the port driver handles the request itself" (Filter, Pin, and Node Properties, Pin
// Properties). That page also says of filters that "the port driver uses its own handler and ignores the miniport
// driver's", where Audio Property Handlers says the contrary; drivers that bring a KSPROPERTY_PIN_NAME of their own mean it.
template <class Target>
NTSTATUS answer_property(Port& port, std::unique_ptr<ks::PropertyCall> call, const PCAUTOMATION_TABLE* table,
                         const AutomationTarget& target, std::span<const ks::PropertySet<Target>> own, Target& file) {
  ks::PropertyRequest& request = call->request();
  if (request.verb == KSPROPERTY_TYPE_SETSUPPORT) {
    std::vector<GUID> sets;
    for (const auto& set : own)
      if (!set.files_only || !request.node) sets.push_back(*set.set);
    return call->end(answer_set_support(request, table, std::move(sets)));
  }
  Adapter* adapter = port.adapter();
  if (!adapter) return call->end(Status(StatusCode::kDeviceRemoved, "the device is gone"));
  if (std::optional<Status> answered = answer_serialized_set(request, table, target, adapter->pending_properties()))
    return call->end(*answered);
  const bool port_first = std::is_same_v<Target, PinFile> && ks::has_property(own, file, request);
  const PCPROPERTY_ITEM* item = port_first ? nullptr : find_property(table, request.set, request.id);
  if (item) return adapter->pending_properties().dispatch(std::move(call), *item, target);
  Status status = ks::dispatch_property(own, file, request);
  // The set is known by the miniport's table, the property is not.
  if (status == StatusCode::kPropsetNotFound) {
    for (const GUID& set : property_sets(table))
      if (ks::same_guid(set, request.set)) status = Status(StatusCode::kNotFound, "the set has no such property");
  }
  return call->end(status);
}

}  // namespace portside::portcls
