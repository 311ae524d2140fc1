// SoundDetector. See sound_detector.h.
#include "sound_detector.h"

#include "control.h"
#include "property_values.h"
#include "wave_miniport.h"

#pragma code_seg("PAGE")

namespace {

SoundDetector& detector_of(PPCPROPERTY_REQUEST request) {
  return WaveMiniport::of(request->MajorTarget).studio().detector();
}

}  // namespace

NTSTATUS SoundDetector::arm(bool armed) {
  PAGED_CODE();
  if (armed && patterns_ == 0) return STATUS_INVALID_DEVICE_STATE;
  InterlockedExchange(&armed_, armed);
  return STATUS_SUCCESS;
}

void SoundDetector::set_patterns(ULONG count) {
  PAGED_CODE();
  InterlockedExchange(&armed_, FALSE);
  InterlockedExchange(&patterns_, static_cast<LONG>(count));
}

void SoundDetector::reset() {
  PAGED_CODE();
  set_patterns(0);
}

bool SoundDetector::hear() {
  PAGED_CODE();
  if (!InterlockedExchange(&armed_, FALSE)) return false;
  InterlockedIncrement(&matches_);
  return true;
}

NTSTATUS SoundDetector::on_supported_patterns(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  return answer_list(request, 1, sizeof(GUID),
                     [](ULONG, PVOID item) { RtlCopyMemory(item, &STUDIO_KEYWORD_PATTERN, sizeof(GUID)); });
}

// A KSMULTIPLE_ITEM and the patterns, each with its SOUNDDETECTOR_PATTERNHEADER, at multiples of 8 bytes.
NTSTATUS SoundDetector::on_patterns(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  if (request->ValueSize < sizeof(KSMULTIPLE_ITEM)) return STATUS_BUFFER_TOO_SMALL;
  const auto* list = static_cast<const KSMULTIPLE_ITEM*>(request->Value);
  if (list->Size > request->ValueSize) return STATUS_INVALID_PARAMETER;
  ULONG at = sizeof(KSMULTIPLE_ITEM);
  for (ULONG i = 0; i < list->Count; ++i) {
    if (at > list->Size || list->Size - at < sizeof(SOUNDDETECTOR_PATTERNHEADER)) return STATUS_INVALID_PARAMETER;
    const auto* pattern =
        reinterpret_cast<const SOUNDDETECTOR_PATTERNHEADER*>(static_cast<const UCHAR*>(request->Value) + at);
    if (pattern->Size < sizeof(*pattern) || pattern->Size > list->Size - at) return STATUS_INVALID_PARAMETER;
    if (!IsEqualGUID(pattern->PatternType, STUDIO_KEYWORD_PATTERN)) return STATUS_NOT_SUPPORTED;
    at += (pattern->Size + 7) & ~7ul;
  }
  detector_of(request).set_patterns(list->Count);
  return STATUS_SUCCESS;
}

NTSTATUS SoundDetector::on_armed(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  SoundDetector& detector = detector_of(request);
  return handle_value<BOOL>(
      request, VT_BOOL, [&] { return BOOL{detector.armed()}; },
      [&](BOOL value) { return detector.arm(value != FALSE); });
}

NTSTATUS SoundDetector::on_match_result(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  struct Result {
    SOUNDDETECTOR_PATTERNHEADER header;
    ULONG matches;
  };
  if (detector_of(request).matches() == 0 && (request->Verb & KSPROPERTY_TYPE_GET)) return STATUS_NOT_FOUND;
  return answer_value<Result>(request, VT_ILLEGAL, [&] {
    return Result{{sizeof(Result), STUDIO_KEYWORD_PATTERN}, detector_of(request).matches()};
  });
}

NTSTATUS SoundDetector::on_reset(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_BOOL);
  const NTSTATUS status = check_value_size(request, sizeof(BOOL));
  if (!NT_SUCCESS(status)) return status;
  if (*static_cast<const BOOL*>(request->Value)) detector_of(request).reset();
  return STATUS_SUCCESS;
}

NTSTATUS SoundDetector::on_streaming_support(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  return answer_value<BOOL>(request, VT_BOOL, [] { return TRUE; });
}

NTSTATUS SoundDetector::on_event(PPCEVENT_REQUEST request) {
  PAGED_CODE();
  return WaveMiniport::of(request->MajorTarget).add_event(request);
}

#pragma code_seg()
