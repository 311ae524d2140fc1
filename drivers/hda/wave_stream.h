// WaveStream: one open pin: the cyclic buffer that client and controller share, and the DMA engine that runs over it.
//
// The way of a sample: the client writes it into its view of the pages; the engine fetches it from there, as the buffer
// descriptor list says, and puts it on the link under a stream number; the converter that was told that number takes
// it. No processor touches it in between, and this driver is asked for nothing but states and, by some, positions.
#pragma once

#include "hda_device.h"
#include "stream_position.h"

class WaveMiniport;

// Render and capture alike; QueryInterface offers the packet interface of the stream's own direction.
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

  NTSTATUS open(const KSDATAFORMAT* format);
  NTSTATUS allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                           ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type);
  NTSTATUS describe_pages(ULONG bytes, ULONG packet_bytes, PMDL* mdl);
  PMDL allocate_pages(ULONG bytes, bool contiguous);
  void free_buffer(PMDL mdl);
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
  IPortWaveRTStream* port_stream_;  // not AddRef'd: the port's object owns ours and outlives it
  Endpoint& endpoint_;
  const ULONG delay_frames_;
  DmaEngine* engine_ = nullptr;
  BufferDescriptorList list_;
  StreamFormat format_ = {};
  StreamPosition position_;
  HdaDevice::Sleeper sleeper_ = {};
  KSSTATE state_ = KSSTATE_STOP;
  // What the engine knows of a buffer, the port's thread changes it, and the one that wakes the device.
  FAST_MUTEX buffer_mutex_;
  PVOID mapping_ = nullptr;  // what MapAllocatedPages returned
  ULONG buffer_bytes_ = 0;
};
