// CaptureStream. See capture_stream.h.
#include "capture_stream.h"

STDMETHODIMP CaptureStream::QueryInterface(REFIID iid, PVOID* result) {
  if (hand_out_basic(iid, result)) return STATUS_SUCCESS;
  if (IsEqualGUID(iid, IID_IMiniportWaveRTInputStream))
    return hand_out(static_cast<IMiniportWaveRTInputStream*>(this), result);
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) CaptureStream::GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) {
  *flags = 0;  // "Reserved for future use. Must be set to 0."
  return body_.mixer().read_packet(body_.voice(), number, counter, more);
}
