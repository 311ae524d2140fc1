// OffloadStream: an open offload pin: a stream that the device mixes by itself, so that the processor can sleep
// ("Hardware-Offloaded Audio Processing", audio). It has a volume, a mute and a meter of its own
// (IMiniportStreamAudioEngineNode), which the audio engine would otherwise compute.
#pragma once

#include "stream_object.h"

class OffloadStream final
    : public StreamObject<OffloadStream, IMiniportStreamAudioEngineNode, IMiniportStreamAudioEngineNode2> {
 public:
  using StreamObject::StreamObject;
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniportStreamAudioEngineNode
  STDMETHODIMP_(NTSTATUS) GetLfxState(BOOL* enabled) override;
  STDMETHODIMP_(NTSTATUS) SetLfxState(BOOL enabled) override;
  STDMETHODIMP_(NTSTATUS) GetStreamChannelCount(eChannelTargetType target, UINT32* count) override;
  STDMETHODIMP_(NTSTATUS)
  GetStreamAttributeSteppings(eChannelTargetType target, PKSPROPERTY_STEPPING_LONG steps, UINT32 bytes) override;
  STDMETHODIMP_(NTSTATUS) GetStreamChannelVolume(UINT32 channel, LONG* volume) override;
  STDMETHODIMP_(NTSTATUS)
  SetStreamChannelVolume(UINT32 channel, LONG volume, AUDIO_CURVE_TYPE curve, ULONGLONG duration) override;
  STDMETHODIMP_(NTSTATUS) GetStreamChannelMute(UINT32 channel, BOOL* muted) override;
  STDMETHODIMP_(NTSTATUS) SetStreamChannelMute(UINT32 channel, BOOL muted) override;
  STDMETHODIMP_(NTSTATUS) GetStreamChannelPeakMeter(UINT32 channel, LONG* peak) override;
  STDMETHODIMP_(NTSTATUS) GetStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override;
  STDMETHODIMP_(NTSTATUS) SetStreamCurrentWritePosition(ULONG offset) override;
  STDMETHODIMP_(NTSTATUS) GetStreamLinearBufferPosition(ULONGLONG* bytes) override;
  STDMETHODIMP_(NTSTATUS) SetStreamLoopbackProtection(CONSTRICTOR_OPTION option) override;

  // IMiniportStreamAudioEngineNode2
  STDMETHODIMP_(NTSTATUS) SetStreamCurrentWritePositionForLastBuffer(ULONG offset) override;

 private:
  bool is_channel(UINT32 channel) { return channel < body_.voice().format.channels; }
};
