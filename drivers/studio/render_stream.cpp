// RenderStream. See render_stream.h. Not pageable: packets are for threads that must not wait for a disk.
#include "render_stream.h"

STDMETHODIMP RenderStream::QueryInterface(REFIID iid, PVOID* result) {
  if (hand_out_basic(iid, result)) return STATUS_SUCCESS;
  if (IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream))
    return hand_out(static_cast<IMiniportWaveRTOutputStream*>(this), result);
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) RenderStream::SetWritePacket(ULONG number, ULONG flags, ULONG end_bytes) {
  return body_.mixer().write_packet(body_.voice(), number, flags, end_bytes);
}

STDMETHODIMP_(NTSTATUS) RenderStream::GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) {
  return body_.presentation_position(position);
}

STDMETHODIMP_(NTSTATUS) RenderStream::GetPacketCount(ULONG* count) { return body_.packet_count(count); }
