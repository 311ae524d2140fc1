// CaptureStream: an open pin that gives sound: the input, the keyword pin, or the loopback pin of the render filter.
#pragma once

#include "stream_object.h"

class CaptureStream final : public StreamObject<CaptureStream, IMiniportWaveRTInputStream> {
 public:
  using StreamObject::StreamObject;
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniportWaveRTInputStream
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) override;
};
