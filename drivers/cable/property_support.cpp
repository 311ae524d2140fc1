// Property support. See property_support.h.
#include "property_support.h"

#pragma code_seg("PAGE")

namespace {

ULONG access_flags(PPCPROPERTY_REQUEST request) {
  // What the property's row in the automation table says.
  return request->PropertyItem->Flags & (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT);
}

void describe(PPCPROPERTY_REQUEST request, ULONG variant_type, ULONG full_bytes, ULONG members) {
  auto* description = static_cast<PKSPROPERTY_DESCRIPTION>(request->Value);
  RtlZeroMemory(description, sizeof(*description));
  description->AccessFlags = access_flags(request);
  description->DescriptionSize = full_bytes;
  description->PropTypeSet.Set = KSPROPTYPESETID_General;
  description->PropTypeSet.Id = variant_type;
  description->MembersListCount = members;
}

}  // namespace

NTSTATUS check_value_size(PPCPROPERTY_REQUEST request, ULONG bytes) {
  PAGED_CODE();
  if (request->ValueSize >= bytes) return STATUS_SUCCESS;
  const bool asks_for_size = request->ValueSize == 0;
  request->ValueSize = bytes;
  return asks_for_size ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
}

NTSTATUS read_channel(PPCPROPERTY_REQUEST request, LONG* channel) {
  PAGED_CODE();
  // The port has taken the KSNODEPROPERTY off; the instance is what follows it.
  if (!request->Instance || request->InstanceSize < sizeof(LONG)) return STATUS_INVALID_PARAMETER;
  *channel = *static_cast<const LONG*>(request->Instance);
  return STATUS_SUCCESS;
}

NTSTATUS answer_access_flags(PPCPROPERTY_REQUEST request, ULONG variant_type) {
  PAGED_CODE();
  if (request->ValueSize >= sizeof(KSPROPERTY_DESCRIPTION)) {
    describe(request, variant_type, sizeof(KSPROPERTY_DESCRIPTION), 0);
    request->ValueSize = sizeof(KSPROPERTY_DESCRIPTION);
    return STATUS_SUCCESS;
  }
  const NTSTATUS status = check_value_size(request, sizeof(ULONG));
  if (!NT_SUCCESS(status)) return status;
  *static_cast<ULONG*>(request->Value) = access_flags(request);
  request->ValueSize = sizeof(ULONG);
  return STATUS_SUCCESS;
}

NTSTATUS answer_basic_support(PPCPROPERTY_REQUEST request, ULONG variant_type, const StepRange& range, ULONG channels) {
  PAGED_CODE();
  const ULONG full =
      sizeof(KSPROPERTY_DESCRIPTION) + sizeof(KSPROPERTY_MEMBERSHEADER) + channels * sizeof(KSPROPERTY_STEPPING_LONG);
  if (request->ValueSize == 0) {
    request->ValueSize = full;
    return STATUS_BUFFER_OVERFLOW;
  }
  if (request->ValueSize < sizeof(KSPROPERTY_DESCRIPTION)) return answer_access_flags(request, variant_type);

  // The description alone tells the caller how much room the whole answer needs.
  describe(request, variant_type, full, 1);
  if (request->ValueSize < full) {
    request->ValueSize = sizeof(KSPROPERTY_DESCRIPTION);
    return STATUS_SUCCESS;
  }
  auto* header = reinterpret_cast<PKSPROPERTY_MEMBERSHEADER>(static_cast<PKSPROPERTY_DESCRIPTION>(request->Value) + 1);
  header->MembersFlags = KSPROPERTY_MEMBER_STEPPEDRANGES;
  header->MembersSize = sizeof(KSPROPERTY_STEPPING_LONG);
  header->MembersCount = channels;
  // The ranges are of the channels, in order (and the value is kept for each).
  header->Flags = KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL;
  auto* steps = reinterpret_cast<PKSPROPERTY_STEPPING_LONG>(header + 1);
  for (ULONG channel = 0; channel < channels; ++channel) {
    steps[channel].SteppingDelta = range.step;
    steps[channel].Reserved = 0;
    steps[channel].Bounds.SignedMinimum = range.minimum;
    steps[channel].Bounds.SignedMaximum = range.maximum;
  }
  request->ValueSize = full;
  return STATUS_SUCCESS;
}

#pragma code_seg()
