// OffloadStream. See offload_stream.h.
#include "offload_stream.h"

#include "audio_steps.h"

STDMETHODIMP OffloadStream::QueryInterface(REFIID iid, PVOID* result) {
  if (hand_out_basic(iid, result)) return STATUS_SUCCESS;
  if (IsEqualGUID(iid, IID_IMiniportStreamAudioEngineNode))
    return hand_out(static_cast<IMiniportStreamAudioEngineNode*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportStreamAudioEngineNode2))
    return hand_out(static_cast<IMiniportStreamAudioEngineNode2*>(this), result);
  return STATUS_INVALID_PARAMETER;
}

// Lfx: the local effect, of this stream alone. Here the trim.
STDMETHODIMP_(NTSTATUS) OffloadStream::GetLfxState(BOOL* enabled) {
  *enabled = body_.voice().effect_enabled;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::SetLfxState(BOOL enabled) {
  body_.voice().effect_enabled = enabled != FALSE;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::GetStreamChannelCount(eChannelTargetType, UINT32* count) {
  *count = body_.voice().format.channels;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
OffloadStream::GetStreamAttributeSteppings(eChannelTargetType target, PKSPROPERTY_STEPPING_LONG steps, UINT32 bytes) {
  return fill_steps(target, body_.voice().format.channels, steps, bytes);
}

STDMETHODIMP_(NTSTATUS) OffloadStream::GetStreamChannelVolume(UINT32 channel, LONG* volume) {
  if (!is_channel(channel)) return STATUS_INVALID_PARAMETER;
  *volume = body_.voice().level.volume(channel);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
OffloadStream::SetStreamChannelVolume(UINT32 channel, LONG volume, AUDIO_CURVE_TYPE curve, ULONGLONG) {
  // This device knows no curves: whatever is asked for, the new volume holds from the next sample on.
  if (curve != AUDIO_CURVE_TYPE_NONE && curve != AUDIO_CURVE_TYPE_WINDOWS_FADE) return STATUS_INVALID_PARAMETER;
  if (channel != static_cast<UINT32>(KSAUDIO_CHANNEL_ALL) && !is_channel(channel)) return STATUS_INVALID_PARAMETER;
  for (ULONG c = 0; c < body_.voice().format.channels; ++c) {
    if (channel == static_cast<UINT32>(KSAUDIO_CHANNEL_ALL) || channel == c) body_.voice().level.set_volume(c, volume);
  }
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::GetStreamChannelMute(UINT32 channel, BOOL* muted) {
  if (!is_channel(channel)) return STATUS_INVALID_PARAMETER;
  *muted = body_.voice().level.muted(channel);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::SetStreamChannelMute(UINT32 channel, BOOL muted) {
  if (channel != static_cast<UINT32>(KSAUDIO_CHANNEL_ALL) && !is_channel(channel)) return STATUS_INVALID_PARAMETER;
  for (ULONG c = 0; c < body_.voice().format.channels; ++c) {
    if (channel == static_cast<UINT32>(KSAUDIO_CHANNEL_ALL) || channel == c)
      body_.voice().level.set_muted(c, muted != FALSE);
  }
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::GetStreamChannelPeakMeter(UINT32 channel, LONG* peak) {
  if (!is_channel(channel)) return STATUS_INVALID_PARAMETER;
  *peak = body_.mixer().take_peak(body_.voice(), channel);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::GetStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) {
  return body_.presentation_position(position);
}

STDMETHODIMP_(NTSTATUS) OffloadStream::SetStreamCurrentWritePosition(ULONG offset) {
  if (offset > body_.buffer_bytes()) return STATUS_INVALID_PARAMETER;
  body_.voice().write_offset = offset;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::SetStreamCurrentWritePositionForLastBuffer(ULONG offset) {
  if (offset > body_.buffer_bytes()) return STATUS_INVALID_PARAMETER;
  body_.voice().write_offset = offset;
  body_.mixer().end_stream_at(body_.voice(), offset);
  return STATUS_SUCCESS;
}

// "The number of bytes that the DMA has fetched": it never wraps.
STDMETHODIMP_(NTSTATUS) OffloadStream::GetStreamLinearBufferPosition(ULONGLONG* bytes) {
  const LONGLONG frames = body_.mixer().position(body_.voice(), nullptr);
  *bytes = static_cast<ULONGLONG>(frames) * body_.voice().format.bytes_per_frame();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) OffloadStream::SetStreamLoopbackProtection(CONSTRICTOR_OPTION option) {
  // KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION: what is protected is played, and not heard on the loopback pin.
  if (option != CONSTRICTOR_OPTION_DISABLE && option != CONSTRICTOR_OPTION_MUTE) return STATUS_INVALID_PARAMETER;
  body_.voice().keep_from_loopback = option == CONSTRICTOR_OPTION_MUTE;
  return STATUS_SUCCESS;
}
