// WaveStream. See wave_stream.h.
#include "wave_stream.h"

#include "wave_miniport.h"

#pragma code_seg("PAGE")

WaveStream::WaveStream(WaveMiniport& miniport, IPortWaveRTStream* port_stream)
    : CardStream(port_stream, 0), master_(miniport.card().master(miniport.capture())) {
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

STDMETHODIMP_(NTSTATUS) WaveStream::SetFormat(PKSDATAFORMAT format) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;
  return miniport_->check_format(format, &format_);
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetState(KSSTATE state) {
  PAGED_CODE();
  switch (state) {
    case KSSTATE_STOP: stop(); break;
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
    default: return STATUS_INVALID_PARAMETER;
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

bool WaveStream::capture() const {
  PAGED_CODE();
  return miniport_->capture();
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

#pragma code_seg()

// From here on not pageable.

void WaveStream::on_completed(void* context) { static_cast<WaveStream*>(context)->position_.packet_completed(); }
