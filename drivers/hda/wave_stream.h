// WaveStream: one open pin: the cyclic buffer that client and controller share, and the DMA engine that runs over it.
//
// The way of a sample: the client writes it into its view of the pages; the engine fetches it from there, as the buffer
// descriptor list says, and puts it on the link under a stream number; the converter that was told that number takes
// it. No processor touches it in between, and this driver is asked for nothing but states and, by some, positions.
#pragma once

#include "card_stream.h"
#include "hda_device.h"

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

  NTSTATUS open(const KSDATAFORMAT* format);
  NTSTATUS allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                           ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type);
  NTSTATUS describe_pages(ULONG bytes, ULONG packet_bytes, PMDL* mdl);
  PMDL allocate_pages(ULONG bytes, bool contiguous);
  void free_buffer(PMDL mdl);
  bool capture() const { return endpoint_.capture(); }
  NTSTATUS take_buffer(PVOID view, ULONG bytes);
  NTSTATUS program_locked(ULONG offset);
  NTSTATUS acquire();
  void stop();
  NTSTATUS run();
  void pause();
  static ULONG offset_of(void* engine);
  static void on_completed(void* context);
  static void on_wake(void* context);

  ComPointer<WaveMiniport> miniport_;
  Endpoint& endpoint_;
  DmaEngine* engine_ = nullptr;
  BufferDescriptorList list_;
  StreamFormat format_ = {};
  HdaDevice::Sleeper sleeper_ = {};
  // What the engine knows of a buffer, the port's thread changes it, and the one that wakes the device.
  FAST_MUTEX buffer_mutex_;
  ULONG buffer_bytes_ = 0;
};
