#include "portcls/property_sets.h"

#include <algorithm>

#include <fmt/format.h>

#include "portcls/filter_file.h"
#include "portcls/pin_file.h"
#include "portcls/port_events.h"
#include "portcls/property_serialization.h"

namespace portside::portcls {

std::span<const FilterSet> filter_property_sets() {
  static const FilterSet kSets[] = {
      {&KSPROPSETID_Pin, pin_factory_properties(), true},
      {&KSPROPSETID_Topology, topology_properties()},
      {&KSPROPSETID_AudioSignalProcessing, signal_processing_properties(), true},
  };
  return kSets;
}

std::span<const PinSet> pin_property_sets() {
  static const PinSet kSets[] = {
      {&KSPROPSETID_Connection, connection_properties(), true},
      {&KSPROPSETID_RtAudio, rt_audio_properties(), true},
      {&KSPROPSETID_Audio, audio_properties(), true},
      {&KSPROPSETID_DrmAudioStream, drm_properties()},
  };
  return kSets;
}

Status answer_set_support(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, std::vector<GUID> own_sets) {
  std::vector<GUID> sets = property_sets(table);
  sets.insert(sets.end(), own_sets.begin(), own_sets.end());
  if (ks::same_guid(request.set, GUID{})) return ks::answer_set_list(request, std::move(sets));
  if (std::ranges::any_of(sets, [&](const GUID& set) { return ks::same_guid(set, request.set); })) return Status::ok();
  return Status(StatusCode::kPropsetNotFound, "no such property set");
}

std::optional<Status> answer_serialized_set(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table,
                                            const AutomationTarget& target, PendingProperties& pending) {
  const bool set = request.verb == KSPROPERTY_TYPE_UNSERIALIZESET;
  if ((!set && request.verb != KSPROPERTY_TYPE_SERIALIZESET) || !serializes(table, request.set)) return std::nullopt;
  return set ? unserialize_set(request, table, target, pending) : serialize_set(request, table, target, pending);
}

namespace {

// Where an event is looked for: the node's table; the pin's; on a filter the filter's, and for a request that names a pin
// factory (KSE_PIN) which cannot be opened, that factory's.
struct EventPlace {
  const PCAUTOMATION_TABLE* table = nullptr;
  const PCAUTOMATION_TABLE* further = nullptr;
  AutomationTarget target;
  uint32_t pin = ~0u;
};

Result<EventPlace> place_of(Port& port, const ks::EventRequest& request, IUnknown* stream, uint32_t pin) {
  const FilterDescription& description = port.description();
  EventPlace place{.target = {.major = port.miniport_unknown(), .minor = stream}, .pin = pin};
  if (request.node) {
    if (*request.node >= description.node_count())
      return fail(StatusCode::kInvalidParameter, fmt::format("the filter has no node {}", *request.node));
    place.table = description.node(*request.node).AutomationTable;
    place.target.node = *request.node;
  } else if (pin != ~0u) {
    place.table = description.pin(pin).AutomationTable;
  } else {
    place.table = description.automation();
    if (request.pin) {
      if (*request.pin >= description.pin_count())
        return fail(StatusCode::kInvalidParameter, fmt::format("the filter has no pin {}", *request.pin));
      place.pin = *request.pin;
      place.further = description.pin(place.pin).AutomationTable;
    }
  }
  return place;
}

}  // namespace

NTSTATUS answer_event(Port& port, const ks::EventRequest& request, IUnknown* stream, uint32_t pin, FILE_OBJECT* file) {
  auto place = place_of(port, request, stream, pin);
  if (!place) return io::complete_with(request.irp, place.error().nt());
  std::vector<GUID> sets = event_sets(place->table);
  for (const GUID& set : event_sets(place->further)) sets.push_back(set);
  const bool known = std::ranges::any_of(sets, [&](const GUID& set) { return ks::same_guid(set, request.set); });
  if (request.flags == KSEVENT_TYPE_SETSUPPORT) {
    uint64_t information = 0;
    const Status status = ks::answer_event_sets(request, std::move(sets), information);
    return io::complete_with(request.irp, status.nt(), information);
  }
  if (!known) return io::complete_with(request.irp, static_cast<NTSTATUS>(StatusCode::kPropsetNotFound));
  const PCEVENT_ITEM* item = find_event(place->table, request.set, request.id);
  if (!item) item = find_event(place->further, request.set, request.id);
  if (!item) return io::complete_with(request.irp, STATUS_NOT_FOUND);
  return io::complete_with(request.irp, port.events().enable(request, *item, place->target, place->pin, file).nt());
}

}  // namespace portside::portcls
