// The audio engine node of the render filter: IMiniportAudioEngineNode. The port answers KSPROPSETID_AudioEngine, and
// the volume, mute and meter of the node, by calling these.
#include "audio_steps.h"
#include "property_values.h"
#include "wave_tables.h"

#pragma code_seg("PAGE")

namespace {

constexpr ULONG kFormatBytes = sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE);
constexpr ULONG kDeviceBits = 24;
constexpr ULONG rates[] = {44100, 48000, 96000, 192000};

// The node's controls are the output's: what its topology filter shows as well.
constexpr UINT32 kAll = static_cast<UINT32>(KSAUDIO_CHANNEL_ALL);

}  // namespace

STDMETHODIMP_(NTSTATUS)
WaveMiniport::GetAudioEngineDescriptor(ULONG node, KSAUDIOENGINE_DESCRIPTOR* descriptor) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  descriptor->nHostPinId = kHostPin;
  descriptor->nOffloadPinId = kOffloadPin;
  descriptor->nLoopbackPinId = kLoopbackPin;
  return STATUS_SUCCESS;
}

// Gfx: the global effect, on the mix of all streams. This device has none that could be switched on.
STDMETHODIMP_(NTSTATUS) WaveMiniport::GetGfxState(ULONG node, BOOL* enabled) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  *enabled = FALSE;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::SetGfxState(ULONG node, BOOL enabled) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  return enabled ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetEngineFormatSize(ULONG node, eEngineFormatType type, ULONG* bytes) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  switch (type) {
    case eMixFormat:
    case eDeviceFormat: *bytes = kFormatBytes; return STATUS_SUCCESS;
    case eSupportedDeviceFormats:
      *bytes = sizeof(KSMULTIPLE_ITEM) + ARRAYSIZE(rates) * kFormatBytes;
      return STATUS_SUCCESS;
  }
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetMixFormat(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format, ULONG bytes) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  if (bytes < kFormatBytes) return STATUS_BUFFER_TOO_SMALL;
  // What a stream is best brought in: the mixer computes in floating point.
  fill_format(&format->DataFormat, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, studio_->settings().channels, 32,
              studio_->mixer().rate());
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDeviceFormat(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format, ULONG bytes) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  if (bytes < kFormatBytes) return STATUS_BUFFER_TOO_SMALL;
  fill_format(&format->DataFormat, KSDATAFORMAT_SUBTYPE_PCM, studio_->settings().channels, kDeviceBits,
              studio_->mixer().rate());
  return STATUS_SUCCESS;
}

// The converter's width and channels are what they are; its rate is the word clock.
STDMETHODIMP_(NTSTATUS) WaveMiniport::SetDeviceFormat(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format, ULONG bytes) {
  PAGED_CODE();
  if (node != kEngineNode || bytes < sizeof(KSDATAFORMAT) || format->DataFormat.FormatSize > bytes)
    return STATUS_INVALID_PARAMETER;
  SampleFormat parsed;
  const NTSTATUS status = parse_format(&format->DataFormat, &parsed);
  if (!NT_SUCCESS(status)) return status;
  if (parsed.is_float || parsed.bytes_per_sample * 8u != kDeviceBits ||
      parsed.channels != studio_->settings().channels) {
    return STATUS_NO_MATCH;
  }
  for (const ULONG rate : rates) {
    if (parsed.rate == rate) return studio_->mixer().set_rate(rate);
  }
  return STATUS_NO_MATCH;
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::GetSupportedDeviceFormats(ULONG node, KSMULTIPLE_ITEM* formats, ULONG bytes) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  const ULONG needed = sizeof(KSMULTIPLE_ITEM) + ARRAYSIZE(rates) * kFormatBytes;
  if (bytes < needed) return STATUS_BUFFER_TOO_SMALL;
  formats->Size = needed;
  formats->Count = ARRAYSIZE(rates);
  auto* format = reinterpret_cast<UCHAR*>(formats + 1);
  for (const ULONG rate : rates) {
    fill_format(reinterpret_cast<KSDATAFORMAT*>(format), KSDATAFORMAT_SUBTYPE_PCM, studio_->settings().channels,
                kDeviceBits, rate);
    format += kFormatBytes;
  }
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDeviceChannelCount(ULONG node, eChannelTargetType, UINT32* count) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  *count = studio_->settings().channels;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::GetDeviceAttributeSteppings(ULONG node, eChannelTargetType target, PKSPROPERTY_STEPPING_LONG steps,
                                          UINT32 bytes) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  return fill_steps(target, studio_->settings().channels, steps, bytes);
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDeviceChannelVolume(ULONG node, UINT32 channel, LONG* volume) {
  PAGED_CODE();
  if (node != kEngineNode || channel >= studio_->settings().channels) return STATUS_INVALID_PARAMETER;
  *volume = studio_->mixer().level(false).volume(channel);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::SetDeviceChannelVolume(ULONG node, UINT32 channel, LONG volume) {
  PAGED_CODE();
  if (node != kEngineNode || (channel != kAll && channel >= studio_->settings().channels))
    return STATUS_INVALID_PARAMETER;
  for (ULONG c = 0; c < studio_->settings().channels; ++c) {
    if (channel == kAll || channel == c) studio_->mixer().level(false).set_volume(c, volume);
  }
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDeviceChannelMute(ULONG node, UINT32 channel, BOOL* muted) {
  PAGED_CODE();
  if (node != kEngineNode || channel >= studio_->settings().channels) return STATUS_INVALID_PARAMETER;
  *muted = studio_->mixer().level(false).muted(channel);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::SetDeviceChannelMute(ULONG node, UINT32 channel, BOOL muted) {
  PAGED_CODE();
  if (node != kEngineNode || (channel != kAll && channel >= studio_->settings().channels))
    return STATUS_INVALID_PARAMETER;
  for (ULONG c = 0; c < studio_->settings().channels; ++c) {
    if (channel == kAll || channel == c) studio_->mixer().level(false).set_muted(c, muted != FALSE);
  }
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDeviceChannelPeakMeter(ULONG node, UINT32 channel, LONG* peak) {
  PAGED_CODE();
  if (node != kEngineNode || channel >= studio_->settings().channels) return STATUS_INVALID_PARAMETER;
  *peak = studio_->mixer().take_peak(false, channel);
  return STATUS_SUCCESS;
}

// KSPROPERTY_AUDIOENGINE_DEVICECONTROLS: the engine's controls are the ones to use; the topology filter's are the same.
NTSTATUS WaveMiniport::on_device_controls(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  return answer_value<KSAUDIOENGINE_DEVICECONTROLS>(request, VT_ILLEGAL, [] {
    return KSAUDIOENGINE_DEVICECONTROLS{eDeviceControlUsePrimary, eDeviceControlUsePrimary, eDeviceControlUsePrimary};
  });
}

// From two milliseconds to two seconds of the format.
STDMETHODIMP_(NTSTATUS)
WaveMiniport::GetBufferSizeRange(ULONG node, KSDATAFORMAT_WAVEFORMATEX* format,
                                 KSAUDIOENGINE_BUFFER_SIZE_RANGE* range) {
  PAGED_CODE();
  if (node != kEngineNode) return STATUS_INVALID_PARAMETER;
  SampleFormat parsed;
  const NTSTATUS status = parse_format(&format->DataFormat, &parsed);
  if (!NT_SUCCESS(status)) return status;
  range->MinBufferBytes = parsed.rate / 500 * parsed.bytes_per_frame();
  range->MaxBufferBytes = parsed.rate * 2 * parsed.bytes_per_frame();
  return STATUS_SUCCESS;
}

#pragma code_seg()
