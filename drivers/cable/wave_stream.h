// WaveStream: one open pin, between PortCls and one end of the cable.
//
// The life of a stream, as the port drives it:
//   NewStream -> (STOP) -> buffer allocated -> ACQUIRE -> PAUSE -> RUN -> PAUSE -> ... -> STOP -> buffer freed ->
//   Release
// The client and this driver then share the buffer's pages; no call passes through here while audio flows, but for
// positions.
#pragma once

#include "cable.h"

class WaveMiniport;

// The notification interface inherits the basic one: a client may use a stream of either kind.
class WaveStream final : public ComObject<WaveStream, IMiniportWaveRTStreamNotification> {
 public:
  static NTSTATUS create(WaveMiniport& miniport, IPortWaveRTStream* port_stream, bool capture,
                         const KSDATAFORMAT* format, WaveStream** result);
  ~WaveStream();

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IMiniportWaveRTStream
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT format) override;
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override;
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override;
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes, ULONG* offset_from_first_page,
                      MEMORY_CACHING_TYPE* cache_type) override;
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG bytes) override;
  STDMETHODIMP_(VOID) GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override;
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(KSRTAUDIO_HWREGISTER* reg) override;
  STDMETHODIMP_(NTSTATUS) GetClockRegister(KSRTAUDIO_HWREGISTER* reg) override;

  // IMiniportWaveRTStreamNotification
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                                 ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type) override;
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG bytes) override;
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override;
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT event) override;

 private:
  WaveStream(WaveMiniport& miniport, IPortWaveRTStream* port_stream, bool capture);

  NTSTATUS allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                           ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type);
  void free_buffer(PMDL mdl);

  ComPointer<WaveMiniport> miniport_;
  // Not AddRef'd: the port's object owns ours and outlives it. A reference back would close a circle, and neither
  // would ever be freed.
  IPortWaveRTStream* port_stream_;
  CableEnd end_;
  PVOID mapping_ = nullptr;  // what MapAllocatedPages returned
};
