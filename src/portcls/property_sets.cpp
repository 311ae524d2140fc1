#include "portcls/property_sets.h"

#include <algorithm>

#include "portcls/filter_file.h"
#include "portcls/pin_file.h"
#include "portcls/port_events.h"

namespace portside::portcls {

std::span<const FilterSet> filter_property_sets() {
  static const FilterSet kSets[] = {
      {&KSPROPSETID_Pin, pin_factory_properties()},
      {&KSPROPSETID_Topology, topology_properties()},
      {&KSPROPSETID_AudioSignalProcessing, signal_processing_properties()},
  };
  return kSets;
}

std::span<const PinSet> pin_property_sets() {
  static const PinSet kSets[] = {
      {&KSPROPSETID_Connection, connection_properties()},
      {&KSPROPSETID_RtAudio, rt_audio_properties()},
      {&KSPROPSETID_Audio, audio_properties()},
  };
  return kSets;
}

std::optional<Status> answer_set_support(ks::PropertyRequest& request, const PCAUTOMATION_TABLE* table, std::vector<GUID> own_sets) {
  std::vector<GUID> sets = property_sets(table);
  sets.insert(sets.end(), own_sets.begin(), own_sets.end());
  if (ks::same_guid(request.set, GUID{})) return ks::answer_set_list(request, std::move(sets));
  if (std::ranges::any_of(sets, [&](const GUID& set) { return ks::same_guid(set, request.set); })) return Status::ok();
  return Status(StatusCode::kPropsetNotFound, "no such property set");
}

NTSTATUS answer_event(Port& port, const ks::EventRequest& request, IUnknown* stream, uint32_t pin, FILE_OBJECT* file) {
  const FilterDescription& description = port.description();
  const PCAUTOMATION_TABLE* table = pin != ~0u ? description.pin(pin).AutomationTable : description.automation();
  AutomationTarget target{.major = port.miniport_unknown(), .minor = stream};
  if (request.node) {
    if (*request.node >= description.node_count()) return io::complete_with(request.irp, STATUS_INVALID_PARAMETER);
    table = description.node(*request.node).AutomationTable;
    target.node = *request.node;
  }
  const std::vector<GUID> sets = event_sets(table);
  const bool known = std::ranges::any_of(sets, [&](const GUID& set) { return ks::same_guid(set, request.set); });
  if (!known) return io::complete_with(request.irp, static_cast<NTSTATUS>(StatusCode::kPropsetNotFound));
  if (request.flags == KSEVENT_TYPE_SETSUPPORT) return io::complete_with(request.irp, STATUS_SUCCESS);
  const PCEVENT_ITEM* item = find_event(table, request.set, request.id);
  if (!item) return io::complete_with(request.irp, STATUS_NOT_FOUND);
  return io::complete_with(request.irp, port.events().enable(request, *item, target, pin, file).nt());
}

}  // namespace portside::portcls
