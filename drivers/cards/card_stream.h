// CardStream: what one open pin answers that is the same over every card: its interfaces, its events, and all that
// follows from the position. What differs is in the driver's own WaveStream: states, and where a buffer comes from.
//
// `Derived` has, at PASSIVE_LEVEL: capture(); allocate_buffer() with the parameters of AllocateBufferWithNotification,
// 0 as the count for a buffer without; free_buffer(mdl). Nothing here is pageable: a template has no section of its
// own.
#pragma once

#include "com_object.h"
#include "stream_position.h"

// Render and capture alike; QueryInterface offers the packet interface of the stream's own direction.
template <class Derived>
class CardStream : public ComObject<Derived, IMiniportWaveRTStreamNotification, IMiniportWaveRTOutputStream,
                                    IMiniportWaveRTInputStream> {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    PAGED_CODE();
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
        IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification)) {
      return this->hand_out(static_cast<IMiniportWaveRTStreamNotification*>(this), result);
    }
    if (IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream) && !self().capture())
      return this->hand_out(static_cast<IMiniportWaveRTOutputStream*>(this), result);
    if (IsEqualGUID(iid, IID_IMiniportWaveRTInputStream) && self().capture())
      return this->hand_out(static_cast<IMiniportWaveRTInputStream*>(this), result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }

  // IMiniportWaveRTStream, IMiniportWaveRTStreamNotification: buffers and events.
  STDMETHODIMP_(NTSTATUS)
  AllocateAudioBuffer(ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes, ULONG* offset_from_first_page,
                      MEMORY_CACHING_TYPE* cache_type) override {
    PAGED_CODE();
    return self().allocate_buffer(0, requested_bytes, mdl, actual_bytes, offset_from_first_page, cache_type);
  }
  STDMETHODIMP_(NTSTATUS)
  AllocateBufferWithNotification(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                                 ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type) override {
    PAGED_CODE();
    // 1: at the end of the buffer; 2: in the middle and at the end. There is nothing else.
    if (notification_count != 1 && notification_count != 2) return STATUS_INVALID_PARAMETER;
    return self().allocate_buffer(notification_count, requested_bytes, mdl, actual_bytes, offset_from_first_page,
                                  cache_type);
  }
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL mdl, ULONG) override { self().free_buffer(mdl); }
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL mdl, ULONG) override { self().free_buffer(mdl); }

  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT event) override {
    PAGED_CODE();
    NotificationEvents::Entry* entry = NotificationEvents::make(event);
    if (!entry) return STATUS_INSUFFICIENT_RESOURCES;
    position_.add_event(*entry);
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT event) override {
    PAGED_CODE();
    NotificationEvents::Entry* entry = event ? position_.remove_event(event) : nullptr;
    if (!entry) return STATUS_NOT_FOUND;
    NotificationEvents::free(entry);
    return STATUS_SUCCESS;
  }

  // Asked up to DISPATCH_LEVEL.
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION position) override {
    position->PlayOffset = position->WriteOffset = position_.offset_bytes();
    return STATUS_SUCCESS;
  }

  // IMiniportWaveRTOutputStream
  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG number, ULONG flags, ULONG end_bytes) override {
    return position_.write_packet(number, flags, end_bytes);
  }
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) override {
    // "the first sample of packet 0 is block 0"; what has been fetched is heard after the codec's delay.
    const ULONGLONG frames = position_.frames(&position->u64QPCPosition);
    position->u64PositionInBlocks = frames > delay_frames_ ? frames - delay_frames_ : 0;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* count) override {
    *count = position_.packets_completed();
    return STATUS_SUCCESS;
  }

  // IMiniportWaveRTInputStream
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) override {
    *flags = 0;  // "Reserved for future use. Must be set to 0."
    return position_.read_packet(number, counter, more);
  }

 protected:
  CardStream(IPortWaveRTStream* port_stream, ULONG delay_frames)
      : port_stream_(port_stream), delay_frames_(delay_frames) {}
  ~CardStream() = default;

  IPortWaveRTStream* port_stream_;  // not AddRef'd: the port's object owns ours and outlives it
  const ULONG delay_frames_;        // of what lies between the link and the pin
  StreamPosition position_;
  KSSTATE state_ = KSSTATE_STOP;
  PVOID mapping_ = nullptr;  // what MapAllocatedPages returned

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};
