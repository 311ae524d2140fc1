// RenderStream: an open host pin of the render filter. Offers the packet mode (IMiniportWaveRTOutputStream), which
// tells the driver what has been written, instead of leaving it to guess.
#pragma once

#include "stream_object.h"

class RenderStream final : public StreamObject<RenderStream, IMiniportWaveRTOutputStream> {
 public:
  using StreamObject::StreamObject;
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniportWaveRTOutputStream
  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, ULONG flags, ULONG end_bytes) override;
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override;
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override;
};
