// Channel values: volume and mute are requests of one shape: a LONG or a BOOL for one channel of a node, or for all of
// them at once. `Get` reads a channel, `Set` writes one and gives a status.
#pragma once

#include "property_support.h"

template <class Get, class Set>
NTSTATUS handle_channel_value(PPCPROPERTY_REQUEST request, ULONG channels, Get get, Set set) {
  static_assert(sizeof(LONG) == sizeof(BOOL), "one code serves both");
  constexpr LONG kAllChannels = -1;  // KSNODEPROPERTY_AUDIO_CHANNEL, Channel: the master channel of the node
  LONG channel;
  NTSTATUS status = read_channel(request, &channel);
  if (!NT_SUCCESS(status)) return status;
  if (channel != kAllChannels && (channel < 0 || channel >= static_cast<LONG>(channels)))
    return STATUS_INVALID_PARAMETER;
  status = check_value_size(request, sizeof(LONG));
  if (!NT_SUCCESS(status)) return status;

  LONG* value = static_cast<LONG*>(request->Value);
  if (request->Verb & KSPROPERTY_TYPE_GET) {
    *value = get(channel == kAllChannels ? 0 : static_cast<ULONG>(channel));
    request->ValueSize = sizeof(LONG);
    return STATUS_SUCCESS;
  }
  if (!(request->Verb & KSPROPERTY_TYPE_SET)) return STATUS_INVALID_DEVICE_REQUEST;
  for (ULONG c = 0; NT_SUCCESS(status) && c < channels; ++c) {
    if (channel == kAllChannels || channel == static_cast<LONG>(c)) status = set(c, *value);
  }
  return status;
}
