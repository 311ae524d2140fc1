// WaveStream. See wave_stream.h.
#include "wave_stream.h"

#include "faults.h"
#include "wave_miniport.h"

namespace {

// Some seconds in any format; a request beyond it is a mistake, and pages are everybody's.
constexpr ULONG kMaxBufferBytes = 32 * 1024 * 1024;
// HDA codecs' buffers are written through write-combining: the controller does not look into the processor's caches
// (IMiniportWaveRTStream::AllocateAudioBuffer, Remarks).
constexpr MEMORY_CACHING_TYPE kCacheType = MmWriteCombined;

ULONG round_up(ULONG value, ULONG unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

#pragma code_seg("PAGE")

WaveStream::WaveStream(WaveMiniport& miniport, IPortWaveRTStream* port_stream)
    : CardStream(port_stream, miniport.endpoint().delay_frames()), endpoint_(miniport.endpoint()) {
  PAGED_CODE();
  ExInitializeFastMutex(&buffer_mutex_);
  miniport_.share(&miniport);
  sleeper_.wake = &WaveStream::on_wake;
  sleeper_.context = this;
}

NTSTATUS WaveStream::create(WaveMiniport& miniport, IPortWaveRTStream* port_stream, const KSDATAFORMAT* format,
                            WaveStream** result) {
  PAGED_CODE();
  WaveStream* stream = new WaveStream(miniport, port_stream);
  if (!stream) {
    miniport.stream_closed();  // no destructor will tell it
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  const NTSTATUS status = stream->open(format);
  if (!NT_SUCCESS(status)) {
    stream->Release();
    return status;
  }
  *result = stream;
  return STATUS_SUCCESS;
}

NTSTATUS WaveStream::open(const KSDATAFORMAT* format) {
  PAGED_CODE();
  const NTSTATUS status = match_format(format, endpoint_.formats(), &format_);
  if (!NT_SUCCESS(status)) return status;
  Controller& controller = miniport_->device().controller();
  engine_ = controller.claim(endpoint_.capture());
  if (!engine_) return STATUS_INSUFFICIENT_RESOURCES;
  engine_->listen(&WaveStream::on_completed, this);
  miniport_->device().add_sleeper(sleeper_);
  return list_.create(controller.dma_adapter());
}

WaveStream::~WaveStream() {
  PAGED_CODE();
  if (engine_) {
    miniport_->device().remove_sleeper(sleeper_);
    engine_->listen(nullptr, nullptr);  // waits for one that is under way
    if constexpr (!faults::kFreesEarly) engine_->reset();
    miniport_->device().controller().release(engine_);
  }
  miniport_->stream_closed();
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetFormat(PKSDATAFORMAT format) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;  // the buffer was cut to whole frames of the old format
  return match_format(format, endpoint_.formats(), &format_);
}

STDMETHODIMP_(NTSTATUS) WaveStream::SetState(KSSTATE state) {
  PAGED_CODE();
  // The port goes through the states one step at a time, in both directions.
  NTSTATUS status = STATUS_SUCCESS;
  switch (state) {
    case KSSTATE_STOP: stop(); break;
    case KSSTATE_ACQUIRE:
      if (state_ == KSSTATE_STOP) status = acquire();
      break;
    case KSSTATE_PAUSE:
      if (state_ == KSSTATE_RUN) pause();
      break;
    case KSSTATE_RUN: status = run(); break;
    default: return STATUS_INVALID_PARAMETER;
  }
  if (NT_SUCCESS(status)) state_ = state;
  return status;
}

// The converter takes from the link what has this number, or speaks on it under it. Nothing is on the link before RUN.
NTSTATUS WaveStream::acquire() {
  PAGED_CODE();
  return endpoint_.bind(engine_->number(), format_.link);
}

NTSTATUS WaveStream::run() {
  PAGED_CODE();
  if (!mapping_) return STATUS_INVALID_DEVICE_STATE;
  // Before the engine starts: the time it takes to obey is then time that passed.
  position_.start();
  const NTSTATUS status = engine_->run();
  if (!NT_SUCCESS(status)) pause();
  return status;
}

void WaveStream::pause() {
  PAGED_CODE();
  if constexpr (!faults::kFreesEarly) engine_->pause();
  position_.halt();
}

void WaveStream::stop() {
  PAGED_CODE();
  if (state_ == KSSTATE_RUN) pause();
  if constexpr (!faults::kFreesEarly) endpoint_.bind(0, 0);
  // To the start of the buffer again: there is no other way back than a reset (§3.3.37: the position is read only).
  ExAcquireFastMutex(&buffer_mutex_);
  if constexpr (!faults::kFreesEarly) {
    if (mapping_) program_locked(0);
  }
  ExReleaseFastMutex(&buffer_mutex_);
  position_.reset();
}

// A controller that kept its state goes on where it was paused. One that lost it is given a list that begins there.
void WaveStream::on_wake(void* context) {
  PAGED_CODE();
  auto* stream = static_cast<WaveStream*>(context);
  ExAcquireFastMutex(&stream->buffer_mutex_);
  if (stream->mapping_ && !stream->engine_->keeps(stream->list_)) stream->program_locked(stream->engine_->offset());
  ExReleaseFastMutex(&stream->buffer_mutex_);
}

NTSTATUS WaveStream::program_locked(ULONG offset) {
  PAGED_CODE();
  list_.begin_at(offset);
  return engine_->program(list_, buffer_bytes_, format_, offset);
}

NTSTATUS WaveStream::allocate_buffer(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                                     ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;  // one buffer a stream
  if (requested_bytes == 0) return STATUS_INVALID_PARAMETER;
  if (requested_bytes > kMaxBufferBytes) return STATUS_INSUFFICIENT_RESOURCES;
  // Up, as a buffer smaller than asked for is refused: to packets of whole frames that begin on 128 bytes, and to the
  // two pieces that a list must have.
  const ULONG parts = notification_count ? notification_count : 1;
  const ULONG unit = BufferDescriptorList::unit_of(format_.bytes_per_frame());
  ULONG bytes = round_up(requested_bytes, unit * parts);
  if (bytes < 2 * kDmaAlignment) bytes = round_up(2 * kDmaAlignment, unit * parts);
  const ULONG packet_bytes = notification_count ? bytes / notification_count : 0;

  PMDL pages;
  NTSTATUS status = describe_pages(bytes, packet_bytes, &pages);
  if (!NT_SUCCESS(status)) return status;
  // A view of the pages for this driver, which writes silence behind the end of a stream.
  PVOID view = port_stream_->MapAllocatedPages(pages, kCacheType);
  status = view ? take_buffer(view, bytes) : STATUS_INSUFFICIENT_RESOURCES;
  if (!NT_SUCCESS(status)) {
    if (view) port_stream_->UnmapAllocatedPages(view, pages);
    port_stream_->FreePagesFromMdl(pages);
    return status;
  }
  position_.attach(&WaveStream::offset_of, engine_, static_cast<UCHAR*>(view),
                   {bytes, notification_count, format_.bytes_per_frame(), format_.samples.rate});
  // The port maps the same pages for the client; its view has the same cache type as ours.
  *mdl = pages;
  *actual_bytes = bytes;
  *offset_from_first_page = 0;
  *cache_type = kCacheType;
  return STATUS_SUCCESS;
}

NTSTATUS WaveStream::take_buffer(PVOID view, ULONG bytes) {
  PAGED_CODE();
  ExAcquireFastMutex(&buffer_mutex_);
  buffer_bytes_ = bytes;
  const NTSTATUS status = program_locked(0);
  if (NT_SUCCESS(status)) mapping_ = view;
  ExReleaseFastMutex(&buffer_mutex_);
  return status;
}

// Pages, and the list that describes them. From anywhere in memory, if one list can name them all; else together.
NTSTATUS WaveStream::describe_pages(ULONG bytes, ULONG packet_bytes, PMDL* mdl) {
  PAGED_CODE();
  for (ULONG attempt = 0; attempt < 2; ++attempt) {
    PMDL pages = allocate_pages(bytes, attempt != 0);
    if (!pages) break;
    const NTSTATUS status = list_.fill(port_stream_, pages, bytes, packet_bytes);
    if (NT_SUCCESS(status)) {
      *mdl = pages;
      return status;
    }
    port_stream_->FreePagesFromMdl(pages);
    if (status != STATUS_BUFFER_OVERFLOW) return status;
  }
  return STATUS_INSUFFICIENT_RESOURCES;
}

PMDL WaveStream::allocate_pages(ULONG bytes, bool contiguous) {
  PAGED_CODE();
  const PHYSICAL_ADDRESS highest = miniport_->device().controller().highest_address();
  PHYSICAL_ADDRESS lowest;
  lowest.QuadPart = 0;
  if (contiguous) return port_stream_->AllocateContiguousPagesForMdl(lowest, highest, bytes);
  PMDL pages = port_stream_->AllocatePagesForMdl(highest, bytes);
  // "May give less: the caller must check": with memory short, the MDL can be smaller than asked for.
  if (pages && MmGetMdlByteCount(pages) < bytes) {
    port_stream_->FreePagesFromMdl(pages);
    return nullptr;
  }
  return pages;
}

void WaveStream::free_buffer(PMDL mdl) {
  PAGED_CODE();
  // From here on a wake does not tell the engine of it again.
  ExAcquireFastMutex(&buffer_mutex_);
  PVOID view = mapping_;
  mapping_ = nullptr;
  buffer_bytes_ = 0;
  ExReleaseFastMutex(&buffer_mutex_);
  // The engine lets go first: pages that it still runs over would soon be somebody else's. Then the view, then the
  // pages.
  if constexpr (!faults::kFreesEarly) engine_->reset();
  position_.detach();
  if constexpr (!faults::kForgetsUnmap) port_stream_->UnmapAllocatedPages(view, mdl);
  port_stream_->FreePagesFromMdl(mdl);
}

STDMETHODIMP_(VOID) WaveStream::GetHWLatency(KSRTAUDIO_HWLATENCY* latency) {
  PAGED_CODE();
  latency->FifoSize = engine_->fifo_bytes();
  latency->ChipsetDelay = 0;
  constexpr ULONG kHundredNsPerSecond = 10000000;
  latency->CodecDelay = delay_frames_ * kHundredNsPerSecond / format_.samples.rate;
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetPositionRegister(KSRTAUDIO_HWREGISTER* reg) {
  PAGED_CODE();
  // §3.6.1: the controller writes the position into memory, and so a client may read it without anybody's help.
  reg->Register = const_cast<ULONG*>(engine_->position_register());
  reg->Width = 32;
  reg->Numerator = reg->Denominator = 0;  // "specific to clock registers"
  const ULONG fifo = engine_->fifo_bytes(), frame = format_.bytes_per_frame();
  reg->Accuracy = fifo > frame ? fifo : frame;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveStream::GetClockRegister(KSRTAUDIO_HWREGISTER* reg) {
  PAGED_CODE();
  const RegisterBlock& registers = miniport_->device().controller().registers();
  // The alias, as the page that a client sees should hold nothing but counters; a small controller has none.
  if (!registers.mapped() || registers.bytes() < reg::kWalclkAlias + sizeof(ULONG)) return STATUS_NOT_SUPPORTED;
  reg->Register = const_cast<UCHAR*>(registers.at(reg::kWalclkAlias));
  reg->Width = 32;
  reg->Numerator = 24000000;  // §3.3.16: it counts the link's clock
  reg->Denominator = 1;
  reg->Accuracy = 1;
  return STATUS_SUCCESS;
}

#pragma code_seg()

// From here on not pageable: asked for positions up to DISPATCH_LEVEL, told in a DPC.

ULONG WaveStream::offset_of(void* engine) { return static_cast<DmaEngine*>(engine)->offset(); }

void WaveStream::on_completed(void* context) { static_cast<WaveStream*>(context)->position_.packet_completed(); }
