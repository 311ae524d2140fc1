// WaveStream: one open pin, over one of the card's DMA engines. The card takes 16-bit stereo from memory that lies
// together below 4 GiB: AllocateContiguousPagesForMdl.
#pragma once

#include "card.h"
#include "stream_position.h"

class WaveMiniport;

class WaveStream final : public ComObject<WaveStream, IMiniportWaveRTStreamNotification, IMiniportWaveRTOutputStream,
                                          IMiniportWaveRTInputStream> {
 public:
  static NTSTATUS create(WaveMiniport& miniport, IPortWaveRTStream* port_stream, const KSDATAFORMAT* format,
                         WaveStream** result);
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

  // IMiniportWaveRTOutputStream
  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, ULONG flags, ULONG end_bytes) override;
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override;
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override;

  // IMiniportWaveRTInputStream
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) override;

 private:
  WaveStream(WaveMiniport& miniport, IPortWaveRTStream* port_stream);
  NTSTATUS allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                           ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type);
  void free_buffer(PMDL mdl);
  void stop();
  static ULONG offset_of(void* master) { return static_cast<BusMaster*>(master)->offset(); }
  static void on_completed(void* context);

  ComPointer<WaveMiniport> miniport_;
  IPortWaveRTStream* port_stream_;  // not AddRef'd: the port's object owns ours and outlives it
  BusMaster& master_;
  StreamFormat format_ = {};
  StreamPosition position_;
  KSSTATE state_ = KSSTATE_STOP;
  PVOID mapping_ = nullptr;  // what MapAllocatedPages returned
};
