// Effects. See effects.h.
#include "effects.h"

#pragma code_seg("PAGE")

namespace {

const GUID* const modes[] = {&AUDIO_SIGNALPROCESSINGMODE_RAW, &AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
                             &AUDIO_SIGNALPROCESSINGMODE_MEDIA, &AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS};

const GUID* const render_effects[] = {&AUDIO_EFFECT_TYPE_LOUDNESS_EQUALIZER};
const GUID* const capture_effects[] = {&AUDIO_EFFECT_TYPE_BEAMFORMING, &AUDIO_EFFECT_TYPE_AUTOMATIC_GAIN_CONTROL};

}  // namespace

NTSTATUS mode_of(const GUID& guid, Mode* mode) {
  PAGED_CODE();
  for (ULONG i = 0; i < ARRAYSIZE(modes); ++i) {
    if (IsEqualGUID(guid, *modes[i])) {
      *mode = static_cast<Mode>(i);
      return STATUS_SUCCESS;
    }
  }
  return STATUS_NOT_SUPPORTED;
}

const GUID& guid_of(Mode mode) {
  PAGED_CODE();
  return *modes[static_cast<ULONG>(mode)];
}

NTSTATUS parse_mode(const KSDATAFORMAT* format, Mode* mode) {
  PAGED_CODE();
  *mode = Mode::kDefault;
  if (!(format->Flags & KSDATAFORMAT_ATTRIBUTES)) return STATUS_SUCCESS;
  // KSDATAFORMAT, Flags: the attributes follow the format at the next multiple of 8 bytes: a KSMULTIPLE_ITEM, then each
  // with its size at its head, also at multiples of 8. The port has seen to it that the whole list is there.
  const auto* bytes = reinterpret_cast<const UCHAR*>(format) + ((format->FormatSize + 7) & ~7ul);
  const auto* list = reinterpret_cast<const KSMULTIPLE_ITEM*>(bytes);
  ULONG at = sizeof(KSMULTIPLE_ITEM);
  for (ULONG i = 0; i < list->Count; ++i) {
    const auto* attribute = reinterpret_cast<const KSATTRIBUTE*>(bytes + at);
    if (at + sizeof(KSATTRIBUTE) > list->Size || attribute->Size < sizeof(KSATTRIBUTE) ||
        attribute->Size > list->Size - at) {
      return STATUS_INVALID_PARAMETER;
    }
    if (IsEqualGUID(attribute->Attribute, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE)) {
      if (attribute->Size < sizeof(KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE)) return STATUS_INVALID_PARAMETER;
      return mode_of(reinterpret_cast<const KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE*>(attribute)->SignalProcessingMode,
                     mode);
    }
    at += (attribute->Size + 7) & ~7ul;
  }
  return STATUS_SUCCESS;
}

GuidList effects_of(Mode mode, bool capture) {
  PAGED_CODE();
  if (mode == Mode::kRaw) return {nullptr, 0};
  if (!capture) return {render_effects, ARRAYSIZE(render_effects)};
  return {capture_effects, mode == Mode::kCommunications ? 2ul : 1ul};
}

#pragma code_seg()
