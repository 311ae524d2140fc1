// The steps of an audio engine's controls, for device and stream alike (GetDeviceAttributeSteppings and its stream
// twin).
#pragma once

#include "level.h"
#include "property_support.h"

// Fills one KSPROPERTY_STEPPING_LONG a channel. STATUS_BUFFER_TOO_SMALL; STATUS_INVALID_PARAMETER for no known target.
inline NTSTATUS fill_steps(eChannelTargetType target, ULONG channels, PKSPROPERTY_STEPPING_LONG steps, UINT32 bytes) {
  StepRange range;
  switch (target) {
    case eVolumeAttribute: range = {kVolumeMin, kVolumeMax, kVolumeStep}; break;
    case eMuteAttribute: range = {FALSE, TRUE, 1}; break;
    case ePeakMeterAttribute: range = {0, MAXLONG, 1}; break;
    default: return STATUS_INVALID_PARAMETER;
  }
  if (bytes < channels * sizeof(*steps)) return STATUS_BUFFER_TOO_SMALL;
  for (ULONG c = 0; c < channels; ++c) {
    steps[c].SteppingDelta = range.step;
    steps[c].Reserved = 0;
    steps[c].Bounds.SignedMinimum = range.minimum;
    steps[c].Bounds.SignedMaximum = range.maximum;
  }
  return STATUS_SUCCESS;
}
