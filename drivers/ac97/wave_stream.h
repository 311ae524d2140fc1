// WaveStream: one open pin, over one of the card's DMA engines. The card takes 16-bit stereo from memory that lies
// together below 4 GiB: AllocateContiguousPagesForMdl.
#pragma once

#include "card.h"
#include "card_stream.h"

class WaveMiniport;

class WaveStream final : public CardStream<WaveStream> {
 public:
  static NTSTATUS create(WaveMiniport& miniport, IPortWaveRTStream* port_stream, const KSDATAFORMAT* format,
                         WaveStream** result);
  ~WaveStream();

  // IMiniportWaveRTStream, the rest of it
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT format) override;
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override;
  STDMETHODIMP_(VOID) GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override;
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(KSRTAUDIO_HWREGISTER* reg) override;
  STDMETHODIMP_(NTSTATUS) GetClockRegister(KSRTAUDIO_HWREGISTER* reg) override;

 private:
  friend CardStream<WaveStream>;
  WaveStream(WaveMiniport& miniport, IPortWaveRTStream* port_stream);
  NTSTATUS allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                           ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type);
  void free_buffer(PMDL mdl);
  bool capture() const;
  void stop();
  static ULONG offset_of(void* master) { return static_cast<BusMaster*>(master)->offset(); }
  static void on_completed(void* context);

  ComPointer<WaveMiniport> miniport_;
  BusMaster& master_;
  StreamFormat format_ = {};
};
