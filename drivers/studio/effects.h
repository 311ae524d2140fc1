// Effects: the processing modes of each pin, and what each mode does to sound.
//
// "Audio Signal Processing Modes" (audio): a stream is opened in one mode. RAW means untouched, and here that is so to
// the bit. In the others a render stream passes the trim of its audio module, and a capture stream has its first two
// channels exchanged; for communications it is halved besides. They are not beautiful, but anybody can compute them.
#pragma once

#include "samples.h"

enum class Mode : ULONG { kRaw, kDefault, kMedia, kCommunications };

// A trim is in 1/65536. What a new stream has:
constexpr LONG kUnityTrim = 0x10000;
constexpr LONG kDefaultTrim = kUnityTrim / 2;

// The mode that a stream's format names: the KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE behind it; DEFAULT without one.
// STATUS_INVALID_PARAMETER: attributes that are malformed; STATUS_NOT_SUPPORTED: a mode that nobody here knows.
NTSTATUS parse_mode(const KSDATAFORMAT* format, Mode* mode);
NTSTATUS mode_of(const GUID& guid, Mode* mode);
const GUID& guid_of(Mode mode);

// A list of GUIDs of the headers: their addresses, since a copy in a table would have to be made at run time.
struct GuidList {
  const GUID* const* items;
  ULONG count;
};
// The effects of a mode, as AUDIO_EFFECT_TYPE_* (KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST). The enumeration knows
// no "trim" and no "channel swap": the nearest are named.
GuidList effects_of(Mode mode, bool capture);

inline void apply_trim(Frame& frame, LONG trim) {
  for (double& sample : frame.sample) sample *= static_cast<double>(trim) / kUnityTrim;
}
inline void apply_capture_effect(Frame& frame, Mode mode) {
  if (mode == Mode::kRaw) return;
  const double left = frame.sample[0];
  frame.sample[0] = frame.sample[1];
  frame.sample[1] = left;
  if (mode == Mode::kCommunications) {
    for (double& sample : frame.sample) sample /= 2;
  }
}
