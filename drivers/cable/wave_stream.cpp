// WaveStream. See wave_stream.h.
#include "wave_stream.h"

#include "faults.h"
#include "wave_miniport.h"

namespace {

// Far more than a second in any format; a request beyond it is a mistake, and pages are everybody's.
constexpr ULONG kMaxBufferBytes = 64 * 1024 * 1024;

}  // namespace

// Almost everything here runs at PASSIVE_LEVEL and is pageable: the memory of a driver's rarely used code is memory the
// system can have. GetPosition is the exception, at the end of the file.
#pragma code_seg("PAGE")

WaveStream::WaveStream(WaveMiniport& miniport, IPortWaveRTStream* port_stream, bool capture)
    : port_stream_(port_stream), end_(capture, miniport.cable().level(capture)) {
  PAGED_CODE();
  miniport_.share(&miniport);
}

NTSTATUS WaveStream::create(WaveMiniport& miniport, IPortWaveRTStream* port_stream, bool capture,
                            const KSDATAFORMAT* format, WaveStream** result) {
  PAGED_CODE();
  WaveStream* stream = new WaveStream(miniport, port_stream, capture);
  if (!stream) {
    miniport.stream_closed();  // no destructor will tell it
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  const NTSTATUS status = parse_format(format, &stream->end_.format);
  if (!NT_SUCCESS(status)) {
    stream->Release();
    return status;
  }
  *result = stream;
  return STATUS_SUCCESS;
}

WaveStream::~WaveStream() {
  PAGED_CODE();
  // The port stops a stream and frees its buffer before the last Release. A client that died may have left events.
  Cable& cable = miniport_->cable();
  cable.stop(end_);
  while (EventEntry* entry = cable.remove_event(end_, nullptr)) ExFreePoolWithTag(entry, kPoolTag);
  miniport_->stream_closed();
}

STDMETHODIMP WaveStream::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  // Saying yes to the notification interface is how a driver tells the port that it can signal events.
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniportWaveRTStream) ||
      IsEqualGUID(iid, IID_IMiniportWaveRTStreamNotification)) {
    return hand_out(static_cast<IMiniportWaveRTStreamNotification*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetFormat(PKSDATAFORMAT format) {
  PAGED_CODE();
  // The buffer was cut to whole frames of the old format.
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;
  SampleFormat parsed;
  const NTSTATUS status = parse_format(format, &parsed);
  if (NT_SUCCESS(status)) end_.format = parsed;
  return status;
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetState(KSSTATE state) {
  PAGED_CODE();
  // The port goes through the states one step at a time, in both directions.
  Cable& cable = miniport_->cable();
  switch (state) {
    case KSSTATE_STOP: cable.stop(end_); return STATUS_SUCCESS;
    case KSSTATE_ACQUIRE:
      // The state in which a device claims what it shares with others. This one shares nothing.
      return STATUS_SUCCESS;
    case KSSTATE_PAUSE: cable.pause(end_); return STATUS_SUCCESS;
    case KSSTATE_RUN:
      if (faults::kReadsNull && !end_.capture) return *static_cast<volatile NTSTATUS*>(nullptr);
      return cable.run(end_);
  }
  return STATUS_INVALID_PARAMETER;
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
  // 1: at the end of the buffer; 2: in the middle and at the end. There is nothing else.
  if (notification_count != 1 && notification_count != 2) return STATUS_INVALID_PARAMETER;
  return allocate_buffer(notification_count, requested_bytes, mdl, actual_bytes, offset_from_first_page, cache_type);
}

NTSTATUS WaveStream::allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                                     ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;  // one buffer a stream
  if (requested_bytes == 0) return STATUS_INVALID_PARAMETER;
  if (requested_bytes > kMaxBufferBytes) return STATUS_INSUFFICIENT_RESOURCES;

  // Up to whole frames, and to whole frames between notifications: up, as a buffer smaller than asked for is refused by
  // the audio engine.
  const ULONG parts = notification_count ? notification_count : 1;
  const ULONG unit = end_.format.bytes_per_frame() * parts;
  const ULONG bytes = (requested_bytes + unit - 1) / unit * unit;

  // The three steps that this project is about. First the pages: they come from the port, which knows what the client
  // will need of them. The cable has no DMA engine with a limit, so any address will do.
  PHYSICAL_ADDRESS highest;
  highest.QuadPart = MAXLONGLONG;
  PMDL pages = port_stream_->AllocatePagesForMdl(highest, bytes);
  if (!pages) return STATUS_INSUFFICIENT_RESOURCES;
  // "May give less: the caller must check": with memory short, the MDL can be smaller than asked for.
  if (MmGetMdlByteCount(pages) < bytes) {
    port_stream_->FreePagesFromMdl(pages);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  // Then a view of them for this driver, in one piece though the pages are scattered. A driver whose hardware does all
  // the moving needs none; here the processor is the engine. Cached, as nothing but processors touches it.
  PVOID view = port_stream_->MapAllocatedPages(pages, MmCached);
  if (!view) {
    port_stream_->FreePagesFromMdl(pages);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  RtlFillMemory(view, bytes, end_.format.silence());
  const ULONG frames = bytes / end_.format.bytes_per_frame();
  miniport_->cable().attach_buffer(end_, static_cast<UCHAR*>(view), frames,
                                   notification_count ? frames / notification_count : 0);
  mapping_ = view;

  // Last, the port maps the same pages for the client. Its view must have the same cache type as ours.
  *mdl = pages;
  *actual_bytes = bytes;
  *offset_from_first_page = 0;
  *cache_type = MmCached;
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
  // In the opposite order: the engine lets go, then the view, then the pages. A view that outlives its pages would be a
  // window onto memory that belongs to somebody else.
  miniport_->cable().detach_buffer(end_);
  if constexpr (!faults::kForgetsUnmap) { port_stream_->UnmapAllocatedPages(mapping_, mdl); }
  mapping_ = nullptr;
  port_stream_->FreePagesFromMdl(mdl);
}

STDMETHODIMP_(VOID) WaveStream::GetHWLatency(KSRTAUDIO_HWLATENCY* latency) {
  PAGED_CODE();
  // How long a sample is on its way outside the buffer. In a cable of no length: nowhere.
  latency->FifoSize = 0;
  latency->ChipsetDelay = 0;
  latency->CodecDelay = 0;
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetPositionRegister(KSRTAUDIO_HWREGISTER*) {
  PAGED_CODE();
  return STATUS_NOT_SUPPORTED;  // a register is something that hardware has
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetClockRegister(KSRTAUDIO_HWREGISTER*) {
  PAGED_CODE();
  return STATUS_NOT_SUPPORTED;
}

STDMETHODIMP_(NTSTATUS) WaveStream::RegisterNotificationEvent(PKEVENT event) {
  PAGED_CODE();
  auto* entry = static_cast<EventEntry*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(EventEntry), kPoolTag));
  if (!entry) return STATUS_INSUFFICIENT_RESOURCES;
  entry->event = event;
  miniport_->cable().add_event(end_, *entry);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveStream::UnregisterNotificationEvent(PKEVENT event) {
  PAGED_CODE();
  EventEntry* entry = event ? miniport_->cable().remove_event(end_, event) : nullptr;
  if (!entry) return STATUS_NOT_FOUND;
  ExFreePoolWithTag(entry, kPoolTag);
  return STATUS_SUCCESS;
}

#pragma code_seg()

// Up to DISPATCH_LEVEL, so never pageable.
STDMETHODIMP_(NTSTATUS) WaveStream::GetPosition(PKSAUDIO_POSITION position) {
  // The engine writes where it plays: a device with a FIFO would have the one run ahead of the other.
  position->PlayOffset = position->WriteOffset = miniport_->cable().offset_bytes(end_);
  return STATUS_SUCCESS;
}
