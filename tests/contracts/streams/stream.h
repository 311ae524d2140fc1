// Stream: a WaveRT stream with notifications and packets, right in all but the mistake that the case names.
//
// "answers <Rule>" marks a method whose answer breaks the rule: it has returned when that is seen.
#pragma once
#include "engine.h"

class Stream final : public ComObject<Stream, IMiniportWaveRTStreamNotification, IMiniportWaveRTOutputStream,
                                      IMiniportWaveRTInputStream> {
 public:
  Stream(IPortWaveRTStream* port, bool capture);
  ~Stream();

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT) override { return STATUS_NOT_SUPPORTED; }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override;
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override;
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache) override;
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override;
  STDMETHODIMP_(VOID) GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override;
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(KSRTAUDIO_HWREGISTER* reg) override;
  STDMETHODIMP_(NTSTATUS) GetClockRegister(KSRTAUDIO_HWREGISTER* reg) override;

  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG count, ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset,
                                 MEMORY_CACHING_TYPE* cache) override;
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG) override;
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override { return engine_.add_event(event); }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT event) override { return engine_.remove_event(event); }

  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, DWORD flags, ULONG end_bytes) override;
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override;
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override;
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, DWORD* flags, ULONG64* counter, BOOL* more) override;

 private:
  NTSTATUS allocate(ULONG count, ULONG requested, PMDL* mdl, ULONG* actual, ULONG* offset, MEMORY_CACHING_TYPE* cache);
  PMDL foreign_pages(ULONG bytes);
  void free_pages();

  IPortWaveRTStream* const port_;
  const bool capture_;
  ULONG identities_ = 0;
  Engine engine_;
  KSSTATE state_ = KSSTATE_STOP;
  PMDL mdl_ = nullptr;
  bool foreign_ = false;
  PVOID view_ = nullptr;
  ULONGLONG* register_ = nullptr;
  ULONG read_ = 0;  // the next packet to read
  bool ended_ = false;
  ULONG counted_ = 0;  // GetPacketCount's calls
  ULONG kept_packets_ = 0;
  LONGLONG kept_bytes_ = 0;
  bool has_run_ = false;
};
