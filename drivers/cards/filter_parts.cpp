// Parts of filters. See filter_parts.h.
#include "filter_parts.h"

namespace {

KSDATARANGE bridge_range = {{sizeof(KSDATARANGE),
                             0,
                             0,
                             0,
                             {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
                             {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)},
                             {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
PKSDATARANGE bridge_ranges[] = {&bridge_range};

}  // namespace

#pragma code_seg("PAGE")

PCPIN_DESCRIPTOR bridge_pin_of(KSPIN_DATAFLOW direction, const GUID* category) {
  PAGED_CODE();
  return {0,
          0,
          0,
          nullptr,
          {0,
           nullptr,
           0,
           nullptr,
           ARRAYSIZE(bridge_ranges),
           bridge_ranges,
           direction,
           KSPIN_COMMUNICATION_NONE,
           category,
           nullptr,
           {0}}};
}

PCFILTER_DESCRIPTOR filter_of(const PCAUTOMATION_TABLE* automation, const PCPIN_DESCRIPTOR* pins,
                              const PCNODE_DESCRIPTOR* nodes, ULONG node_count,
                              const PCCONNECTION_DESCRIPTOR* connections, ULONG connection_count) {
  PAGED_CODE();
  return {0,          automation, sizeof(PCPIN_DESCRIPTOR), 2,           pins, sizeof(PCNODE_DESCRIPTOR),
          node_count, nodes,      connection_count,         connections, 0,    nullptr};
}

NTSTATUS read_proposed_format(PPCPROPERTY_REQUEST request, ULONG host_pin, const KSDATAFORMAT** format) {
  PAGED_CODE();
  *format = nullptr;
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  if (!(request->Verb & KSPROPERTY_TYPE_SET)) return STATUS_INVALID_DEVICE_REQUEST;
  // What follows the KSPROPERTY in a KSP_PIN: the pin's number.
  if (!request->Instance || request->InstanceSize < sizeof(ULONG)) return STATUS_INVALID_PARAMETER;
  if (*static_cast<const ULONG*>(request->Instance) != host_pin) return STATUS_INVALID_PARAMETER;
  const NTSTATUS status = check_value_size(request, sizeof(KSDATAFORMAT));
  if (!NT_SUCCESS(status)) return status;
  const auto* proposed = static_cast<const KSDATAFORMAT*>(request->Value);
  if (proposed->FormatSize > request->ValueSize) return STATUS_INVALID_PARAMETER;
  *format = proposed;
  return STATUS_SUCCESS;
}

#pragma code_seg()
