// The properties of the wave filters and their pins. See wave_miniport.h, and wave_tables.cpp for the tables.
#include "control.h"
#include "property_values.h"
#include "stream_object.h"
#include "wave_tables.h"

#pragma code_seg("PAGE")

// KSPROPERTY_PIN_PROPOSEDATAFORMAT: "would you take this?", of a pin that need not be open.
NTSTATUS WaveMiniport::on_proposed_format(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  ULONG pin;
  if (!read_pin(request, &pin) || !of(request->MajorTarget).is_stream_pin(pin)) return STATUS_INVALID_PARAMETER;
  const NTSTATUS status = check_value_size(request, sizeof(KSDATAFORMAT));
  if (!NT_SUCCESS(status)) return status;
  const auto* format = static_cast<const KSDATAFORMAT*>(request->Value);
  ULONG bytes = format->FormatSize;
  if (bytes < sizeof(KSDATAFORMAT) || bytes > request->ValueSize) return STATUS_INVALID_PARAMETER;
  if (format->Flags & KSDATAFORMAT_ATTRIBUTES) {
    bytes = (bytes + 7) & ~7ul;
    if (bytes > request->ValueSize || request->ValueSize - bytes < sizeof(KSMULTIPLE_ITEM))
      return STATUS_INVALID_PARAMETER;
    const auto* list = reinterpret_cast<const KSMULTIPLE_ITEM*>(static_cast<const UCHAR*>(request->Value) + bytes);
    if (list->Size > request->ValueSize - bytes) return STATUS_INVALID_PARAMETER;
  }
  SampleFormat parsed;
  Mode mode;
  return of(request->MajorTarget).check_format(pin, format, &parsed, &mode);
}

// KSPROPERTY_PIN_PROPOSEDATAFORMAT2: the preferred format of a pin in the mode that is named behind the KSP_PIN.
NTSTATUS WaveMiniport::on_preferred_format(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  WaveMiniport& miniport = of(request->MajorTarget);
  struct Instance {
    ULONG pin, reserved;
    KSMULTIPLE_ITEM list;
    KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE mode;
  };
  if (!request->Instance || request->InstanceSize < sizeof(Instance)) return STATUS_INVALID_PARAMETER;
  const auto& instance = *static_cast<const Instance*>(request->Instance);
  if (!miniport.is_stream_pin(instance.pin) || instance.list.Count == 0) return STATUS_INVALID_PARAMETER;
  if (!IsEqualGUID(instance.mode.AttributeHeader.Attribute, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE) ||
      !miniport.has_mode(instance.pin, instance.mode.SignalProcessingMode)) {
    return STATUS_NOT_SUPPORTED;
  }
  const NTSTATUS status = check_value_size(request, sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE));
  if (!NT_SUCCESS(status)) return status;
  // Speech is carried by two channels; else as many as the device has.
  const bool communications =
      IsEqualGUID(instance.mode.SignalProcessingMode, AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS);
  const ULONG channels =
      communications && miniport.studio().settings().channels > 2 ? 2 : miniport.studio().settings().channels;
  fill_format(static_cast<KSDATAFORMAT*>(request->Value), KSDATAFORMAT_SUBTYPE_PCM, channels, 24,
              miniport.studio().mixer().rate());
  request->ValueSize = sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE);
  return STATUS_SUCCESS;
}

// KSPROPSETID_General: who made this, and which version it is of what.
NTSTATUS WaveMiniport::on_component_id(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  return answer_value<KSCOMPONENTID>(request, VT_ILLEGAL, [&] {
    KSCOMPONENTID id = {};
    id.Product = STUDIO_PRODUCT;
    id.Component = STUDIO_COMPONENT;
    id.Version = 1;
    id.Revision = of(request->MajorTarget).capture();
    return id;
  });
}

// KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST: the KSP_PIN is followed by the mode whose effects are wanted
// (KSP_PINMODE).
NTSTATUS WaveMiniport::on_effects(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  WaveMiniport& miniport = of(request->MajorTarget);
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  struct Instance {
    ULONG pin, reserved;
    GUID mode;
  };
  if (!request->Instance || request->InstanceSize < sizeof(Instance)) return STATUS_INVALID_PARAMETER;
  const auto& instance = *static_cast<const Instance*>(request->Instance);
  // "If the property descriptor specifies a KS pin that does not support [it], the driver must return
  // STATUS_NOT_SUPPORTED"; "an AudioProcessingMode value that the driver does not support: STATUS_INVALID_PARAMETER".
  if (miniport.modes_of(instance.pin).count == 0) return STATUS_NOT_SUPPORTED;
  Mode mode;
  if (!miniport.has_mode(instance.pin, instance.mode) || !NT_SUCCESS(mode_of(instance.mode, &mode)))
    return STATUS_INVALID_PARAMETER;
  if (!(request->Verb & KSPROPERTY_TYPE_GET)) return STATUS_INVALID_DEVICE_REQUEST;
  // "an array of zero or more audio effect type GUIDs", with no head that counts them.
  const GuidList effects = effects_of(mode, miniport.capture());
  const ULONG bytes = effects.count * sizeof(GUID);
  const NTSTATUS status = check_value_size(request, bytes);
  if (!NT_SUCCESS(status)) return status;
  for (ULONG i = 0; i < effects.count; ++i)
    RtlCopyMemory(static_cast<GUID*>(request->Value) + i, effects.items[i], sizeof(GUID));
  request->ValueSize = bytes;
  return STATUS_SUCCESS;
}

NTSTATUS WaveMiniport::on_word_clock(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  Mixer& mixer = of(request->MajorTarget).studio().mixer();
  return handle_value<ULONG>(
      request, VT_UI4, [&] { return mixer.rate(); },
      [&](ULONG rate) {
        if (rate < kLowestRate || rate > kHighestRate) return STATUS_INVALID_PARAMETER;
        return mixer.set_rate(rate);
      });
}

NTSTATUS WaveMiniport::on_statistics(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  Studio& studio = of(request->MajorTarget).studio();
  return answer_value<STUDIO_STATISTICS>(request, VT_ILLEGAL, [&] {
    Mixer& mixer = studio.mixer();
    return STUDIO_STATISTICS{mixer.rate(), studio.settings().channels, static_cast<ULONG>(mixer.streams()),
                             mixer.underruns(), static_cast<ULONGLONG>(mixer.frames_clocked())};
  });
}

NTSTATUS WaveMiniport::on_stream_facts(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (!request->MinorTarget) return STATUS_INVALID_PARAMETER;
  StreamBody& body = StudioStream::of(request->MinorTarget);
  return answer_value<STUDIO_STREAM_FACTS>(request, VT_ILLEGAL, [&] {
    const Voice& voice = body.voice();
    return STUDIO_STREAM_FACTS{body.buffer_bytes(), voice.pages.page_count(), voice.pages.contiguous(),
                               voice.packets.written()};
  });
}

#pragma code_seg()
