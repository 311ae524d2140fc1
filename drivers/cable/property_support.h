// Property support: the parts of answering a KSPROPERTY request that are the same for every property.
//
// The rules of sizes, which a property handler has to keep: with a value buffer of 0 bytes the caller asks how many it
// needs (STATUS_BUFFER_OVERFLOW and the size), with too few it gets STATUS_BUFFER_TOO_SMALL, and ValueSize leaves with
// the number of bytes that were written.
#pragma once

#include <portcls.h>

// The range of a property's values, in steps (KSPROPERTY_STEPPING_LONG).
struct StepRange {
  LONG minimum;
  LONG maximum;
  ULONG step;
};

// The request's value can take `bytes`.
NTSTATUS check_value_size(PPCPROPERTY_REQUEST request, ULONG bytes);

// The channel a node property is about: the LONG that follows the KSNODEPROPERTY (KSNODEPROPERTY_AUDIO_CHANNEL).
NTSTATUS read_channel(PPCPROPERTY_REQUEST request, LONG* channel);

// KSPROPERTY_TYPE_BASICSUPPORT: which verbs the property knows; with room for it, a KSPROPERTY_DESCRIPTION.
NTSTATUS answer_access_flags(PPCPROPERTY_REQUEST request, ULONG variant_type);

// The same, and with room for that too, a range for each channel.
NTSTATUS answer_basic_support(PPCPROPERTY_REQUEST request, ULONG variant_type, const StepRange& range, ULONG channels);
