// KSPROPSETID_AudioSignalProcessing: the processing modes of a pin factory, from IMiniportAudioSignalProcessing.

#include <fmt/format.h>

#include "ks/multiple_item.h"
#include "portcls/filter_file.h"
#include "portcls/property_sets.h"

namespace portside::portcls {
namespace {

Status modes(FilterFile& filter, ks::PropertyRequest& request) {
  IMiniportAudioSignalProcessing* miniport = filter.port().signal_processing();
  if (!miniport) return Status(StatusCode::kNotFound, "the miniport does not offer IMiniportAudioSignalProcessing");
  const uint32_t pin = request.descriptor_as<KSP_PIN>()->PinId;
  if (pin >= filter.port().description().pin_count())
    return Status(StatusCode::kInvalidParameter, fmt::format("no pin {}", pin));
  // Without an array the number comes first (IMiniportAudioSignalProcessing::GetModes, Remarks).
  ULONG count = 0;
  NTSTATUS status = miniport->GetModes(pin, nullptr, &count);
  if (status < 0) return Status::from_nt(status);
  if (count > 256)
    return Status(StatusCode::kUnsuccessful, fmt::format("the miniport claims {} processing modes", count));
  std::vector<GUID> guids(count);
  if (count) status = miniport->GetModes(pin, guids.data(), &count);
  if (status < 0) return Status::from_nt(status);
  ks::MultipleItemBuilder list;
  for (ULONG i = 0; i < count && i < guids.size(); ++i) list.add(guids[i]);
  return ks::answer_list(request, list.bytes());
}

const FilterItem kSignalProcessingItems[] = {
    {{.id = KSPROPERTY_AUDIOSIGNALPROCESSING_MODES, .descriptor_bytes = sizeof(KSP_PIN)}, modes},
};

}  // namespace

std::span<const FilterItem> signal_processing_properties() { return kSignalProcessingItems; }

}  // namespace portside::portcls
