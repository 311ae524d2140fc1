// StreamObject: a COM object around a StreamBody: the methods that all kinds of stream have, and whichever interfaces
// more a kind offers.
//
// The notification interface is the first base, so the object's address is its IMiniportWaveRTStream's: what the port
// hands back as MinorTarget of a property request.
#pragma once

#include "stream_body.h"

// Behind the interface's own methods, which are all that the port knows of, stands one more for this driver.
struct StudioStream : IMiniportWaveRTStreamNotification {
  virtual StreamBody& body() = 0;

  // The stream that a request's MinorTarget is.
  static StreamBody& of(PUNKNOWN minor_target) {
    return static_cast<StudioStream*>(reinterpret_cast<IMiniportWaveRTStream*>(minor_target))->body();
  }
};

template <class Derived, class... More>
class StreamObject : public ComObject<Derived, StudioStream, More...> {
 public:
  StreamObject(WaveMiniport& miniport, IPortWaveRTStream* port_stream, ULONG pin, Source source)
      : body_(miniport, port_stream, pin, source) {}

  static NTSTATUS create(WaveMiniport& miniport, IPortWaveRTStream* port_stream, ULONG pin, Source source,
                         const KSDATAFORMAT* format, IMiniportWaveRTStream** result) {
    Derived* stream = new Derived(miniport, port_stream, pin, source);
    if (!stream) return STATUS_INSUFFICIENT_RESOURCES;
    const NTSTATUS status = stream->body_.open(format);
    if (!NT_SUCCESS(status)) {
      stream->Release();
      return status;
    }
    *result = stream;
    return STATUS_SUCCESS;
  }

  // IMiniportWaveRTStream
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT format) override { return body_.set_format(format); }
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE state) override { return body_.set_state(state); }
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override { return body_.get_position(position); }
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes, ULONG* offset,
                      MEMORY_CACHING_TYPE* cache_type) override {
    return body_.allocate(0, requested_bytes, mdl, actual_bytes, offset, cache_type);
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override { body_.free(mdl); }
  STDMETHODIMP_(VOID) GetHWLatency(KSRTAUDIO_HWLATENCY* latency) override { body_.get_latency(latency); }
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(KSRTAUDIO_HWREGISTER* reg) override {
    return body_.get_position_register(reg);
  }
  STDMETHODIMP_(NTSTATUS) GetClockRegister(KSRTAUDIO_HWREGISTER* reg) override { return body_.get_clock_register(reg); }

  // IMiniportWaveRTStreamNotification
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                                 ULONG* offset, MEMORY_CACHING_TYPE* cache_type) override {
    // 1: at the end of the buffer; 2: in the middle and at the end. There is nothing else.
    if (notification_count != 1 && notification_count != 2) return STATUS_INVALID_PARAMETER;
    return body_.allocate(notification_count, requested_bytes, mdl, actual_bytes, offset, cache_type);
  }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG) override { body_.free(mdl); }
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override { return body_.register_event(event); }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT event) override { return body_.unregister_event(event); }

  StreamBody& body() override { return body_; }

 protected:
  // The part of QueryInterface that all kinds share; false: it is none of these.
  bool hand_out_basic(REFIID iid, PVOID* result) {
    if (!IsEqualGUID(iid, IID_IUnknown) && !IsEqualGUID(iid, IID_IMiniportWaveRTStream) &&
        !IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification)) {
      *result = nullptr;
      return false;
    }
    this->hand_out(static_cast<IMiniportWaveRTStreamNotification*>(this), result);
    return true;
  }

  StreamBody body_;
};
