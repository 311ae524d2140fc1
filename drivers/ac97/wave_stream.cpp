// WaveStream. See wave_stream.h.
#include "wave_stream.h"

#include "wave_miniport.h"

#pragma code_seg("PAGE")

WaveStream::WaveStream(WaveMiniport& miniport, IPortWaveRTStream* port_stream)
    : port_stream_(port_stream), master_(miniport.card().master(miniport.capture())) {
  PAGED_CODE();
  miniport_.share(&miniport);
}

NTSTATUS WaveStream::create(WaveMiniport& miniport, IPortWaveRTStream* port_stream, const KSDATAFORMAT* format,
                            WaveStream** result) {
  PAGED_CODE();
  StreamFormat parsed;
  const NTSTATUS status = miniport.check_format(format, &parsed);
  WaveStream* stream = NT_SUCCESS(status) ? new WaveStream(miniport, port_stream) : nullptr;
  if (!stream) {
    miniport.stream_closed();  // no destructor will tell it
    return NT_SUCCESS(status) ? STATUS_INSUFFICIENT_RESOURCES : status;
  }
  stream->format_ = parsed;
  stream->master_.listen(&WaveStream::on_completed, stream);
  *result = stream;
  return STATUS_SUCCESS;
}

WaveStream::~WaveStream() {
  PAGED_CODE();
  master_.listen(nullptr, nullptr);  // waits for one that is under way
  master_.release();
  miniport_->stream_closed();
}

STDMETHODIMP WaveStream::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
      IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification)) {
    return hand_out(static_cast<IMiniportWaveRTStreamNotification*>(this), result);
  }
  if (IsEqualGUID(iid, IID_IMiniportWaveRTOutputStream) && !miniport_->capture())
    return hand_out(static_cast<IMiniportWaveRTOutputStream*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportWaveRTInputStream) && miniport_->capture())
    return hand_out(static_cast<IMiniportWaveRTInputStream*>(this), result);
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetFormat(PKSDATAFORMAT format) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;
  return miniport_->check_format(format, &format_);
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetState(KSSTATE state) {
  PAGED_CODE();
  switch (state) {
    case KSSTATE_STOP:
      stop();
      break;
    case KSSTATE_ACQUIRE:
      if (state_ == KSSTATE_STOP) {
        const NTSTATUS status = miniport_->card().set_rate(miniport_->capture(), format_.samples.rate);
        if (!NT_SUCCESS(status)) return status;
      }
      break;
    case KSSTATE_PAUSE:
      if (state_ != KSSTATE_RUN) break;
      master_.pause();
      position_.halt();
      break;
    case KSSTATE_RUN:
      if (!mapping_) return STATUS_INVALID_DEVICE_STATE;
      position_.start();
      if (const NTSTATUS status = master_.run(); !NT_SUCCESS(status)) {
        position_.halt();
        return status;
      }
      break;
    default:
      return STATUS_INVALID_PARAMETER;
  }
  state_ = state;
  return STATUS_SUCCESS;
}

void WaveStream::stop() {
  PAGED_CODE();
  master_.rewind();
  position_.halt();
  position_.reset();
}

STDMETHODIMP_(NTSTATUS)
WaveStream::AllocateAudioBuffer(ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes, ULONG* offset_from_first_page,
                                MEMORY_CACHING_TYPE* cache_type) {
  PAGED_CODE();
  return allocate_buffer(0, requested_bytes, mdl, actual_bytes, offset_from_first_page, cache_type);
}

STDMETHODIMP_(NTSTATUS)
WaveStream::AllocateBufferWithNotification(ULONG notification_count, ULONG requested_bytes, PMDL* mdl,
                                           ULONG* actual_bytes, ULONG* offset_from_first_page,
                                           MEMORY_CACHING_TYPE* cache_type) {
  PAGED_CODE();
  if (notification_count != 1 && notification_count != 2) return STATUS_INVALID_PARAMETER;
  return allocate_buffer(notification_count, requested_bytes, mdl, actual_bytes, offset_from_first_page, cache_type);
}

NTSTATUS WaveStream::allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                                     ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;
  if (requested_bytes == 0) return STATUS_INVALID_PARAMETER;
  const ULONG pieces = BusMaster::pieces_of(requested_bytes, notification_count, format_.bytes_per_frame());
  if (pieces == 0) return STATUS_INSUFFICIENT_RESOURCES;  // more than 32 descriptors can name
  // Pieces of whole frames, all of one size.
  const ULONG unit = pieces * format_.bytes_per_frame();
  const ULONG bytes = (requested_bytes + unit - 1) / unit * unit;

  PHYSICAL_ADDRESS lowest, highest;
  lowest.QuadPart = 0;
  highest.QuadPart = 0xFFFFFFFF;
  PMDL pages = port_stream_->AllocateContiguousPagesForMdl(lowest, highest, bytes);
  if (!pages) return STATUS_INSUFFICIENT_RESOURCES;
  PVOID view = port_stream_->MapAllocatedPages(pages, MmWriteCombined);
  if (!view) {
    port_stream_->FreePagesFromMdl(pages);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  master_.program(port_stream_->GetPhysicalPageAddress(pages, 0), bytes, pieces);
  position_.attach(&WaveStream::offset_of, &master_, static_cast<UCHAR*>(view),
                   {bytes, notification_count, format_.bytes_per_frame(), format_.samples.rate});
  mapping_ = view;
  *mdl = pages;
  *actual_bytes = bytes;
  *offset_from_first_page = 0;
  *cache_type = MmWriteCombined;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(VOID) WaveStream::FreeAudioBuffer(PMDL mdl, ULONG) {
  PAGED_CODE();
  free_buffer(mdl);
}

STDMETHODIMP_(VOID) WaveStream::FreeBufferWithNotification(PMDL mdl, ULONG) {
  PAGED_CODE();
  free_buffer(mdl);
}

void WaveStream::free_buffer(PMDL mdl) {
  PAGED_CODE();
  master_.release();
  position_.detach();
  port_stream_->UnmapAllocatedPages(mapping_, mdl);
  mapping_ = nullptr;
  port_stream_->FreePagesFromMdl(mdl);
}

STDMETHODIMP_(VOID) WaveStream::GetHWLatency(KSRTAUDIO_HWLATENCY* latency) {
  PAGED_CODE();
  latency->FifoSize = 64;  // ICH7 datasheet, §5.21: sixteen frames, whatever the direction
  latency->ChipsetDelay = 0;
  latency->CodecDelay = 0;
}

// Ports cannot be mapped to a client, and the position is in two of them.
STDMETHODIMP_(NTSTATUS) WaveStream::GetPositionRegister(KSRTAUDIO_HWREGISTER*) {
  PAGED_CODE();
  return STATUS_NOT_SUPPORTED;
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetClockRegister(KSRTAUDIO_HWREGISTER*) {
  PAGED_CODE();
  return STATUS_NOT_SUPPORTED;
}

STDMETHODIMP_(NTSTATUS) WaveStream::RegisterNotificationEvent(PKEVENT event) {
  PAGED_CODE();
  NotificationEvents::Entry* entry = NotificationEvents::make(event);
  if (!entry) return STATUS_INSUFFICIENT_RESOURCES;
  position_.add_event(*entry);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveStream::UnregisterNotificationEvent(PKEVENT event) {
  PAGED_CODE();
  NotificationEvents::Entry* entry = event ? position_.remove_event(event) : nullptr;
  if (!entry) return STATUS_NOT_FOUND;
  NotificationEvents::free(entry);
  return STATUS_SUCCESS;
}

#pragma code_seg()

// From here on not pageable.

void WaveStream::on_completed(void* context) { static_cast<WaveStream*>(context)->position_.packet_completed(); }

STDMETHODIMP_(NTSTATUS) WaveStream::GetPosition(PKSAUDIO_POSITION position) {
  position->PlayOffset = position->WriteOffset = position_.offset_bytes();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetWritePacket(ULONG number, ULONG flags, ULONG end_bytes) {
  return position_.write_packet(number, flags, end_bytes);
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* position) {
  position->u64PositionInBlocks = position_.frames(&position->u64QPCPosition);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetPacketCount(ULONG* count) {
  *count = position_.packets_completed();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetReadPacket(ULONG* number, ULONG* flags, ULONG64* counter, BOOL* more) {
  *flags = 0;
  return position_.read_packet(number, counter, more);
}
