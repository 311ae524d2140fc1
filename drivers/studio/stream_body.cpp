// StreamBody. See stream_body.h.
#include "stream_body.h"

#include "wave_miniport.h"

namespace {

// Far more than a second in any format.
constexpr ULONG kMaxBufferBytes = 64 * 1024 * 1024;

}  // namespace

#pragma code_seg("PAGE")

StreamBody::StreamBody(WaveMiniport& miniport, IPortWaveRTStream* port_stream, ULONG pin, Source source)
    : port_stream_(port_stream), pin_(pin), voice_(source) {
  PAGED_CODE();
  miniport_.share(&miniport);
  miniport.stream_opened(pin);
}

StreamBody::~StreamBody() {
  PAGED_CODE();
  // The port stops a stream and frees its buffer before the last Release. A client that died may have left events.
  mixer().stop(voice_);
  while (EventEntry* entry = mixer().remove_event(voice_, nullptr)) ExFreePoolWithTag(entry, kPoolTag);
  if (voice_.registers) MmFreeContiguousMemory(voice_.registers);
  if (has_clock_) mixer().release_clock();
  miniport_->stream_closed(pin_);
}

Mixer& StreamBody::mixer() { return miniport_->studio().mixer(); }
Studio& StreamBody::studio() { return miniport_->studio(); }

NTSTATUS StreamBody::open(const KSDATAFORMAT* format) {
  PAGED_CODE();
  NTSTATUS status = miniport_->check_format(pin_, format, &voice_.format, &voice_.mode);
  if (!NT_SUCCESS(status)) return status;
  voice_.trim = studio().trim();
  status = mixer().claim_clock(voice_.format.rate);
  has_clock_ = NT_SUCCESS(status);
  if (!has_clock_) return status;

  // The registers that this stream's client may map. KSPROPERTY_RTAUDIO_POSITIONREGISTER: the page that is mapped holds
  // nothing else, as a client would see that too; so it is a page of its own.
  PHYSICAL_ADDRESS highest;
  highest.QuadPart = MAXLONGLONG;
  auto* registers = static_cast<RegisterPage*>(MmAllocateContiguousMemory(PAGE_SIZE, highest));
  if (!registers) return STATUS_INSUFFICIENT_RESOURCES;
  RtlZeroMemory(registers, PAGE_SIZE);
  voice_.registers = registers;
  return STATUS_SUCCESS;
}

NTSTATUS StreamBody::set_format(const KSDATAFORMAT* format) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;  // the buffer was cut to whole frames of the old format
  SampleFormat parsed;
  Mode mode;
  const NTSTATUS status = miniport_->check_format(pin_, format, &parsed, &mode);
  if (!NT_SUCCESS(status)) return status;
  if (parsed.rate != voice_.format.rate) return STATUS_DEVICE_BUSY;  // the word clock is claimed, by this stream
  voice_.format = parsed;
  return STATUS_SUCCESS;
}

NTSTATUS StreamBody::set_state(KSSTATE state) {
  PAGED_CODE();
  NTSTATUS status = STATUS_SUCCESS;
  switch (state) {
    case KSSTATE_STOP: mixer().stop(voice_); break;
    case KSSTATE_ACQUIRE: break;  // what this device shares, its clock, was claimed when the stream was opened
    case KSSTATE_PAUSE: mixer().pause(voice_); break;
    case KSSTATE_RUN: status = mixer().run(voice_); break;
    default: return STATUS_INVALID_PARAMETER;
  }
  if (NT_SUCCESS(status)) {
    miniport_->trace(eMINIPORT_PIN_STATE, pin_, static_cast<ULONGLONG>(state_), static_cast<ULONGLONG>(state));
    state_ = state;
  }
  return status;
}

// The host's and the input's pages come from anywhere. An offload stream's are for a processor on the device: together,
// below 4 GiB, and written through write-combining, as HDA codecs are advised to ("the MmWriteCombined cache type",
// AllocateAudioBuffer, Remarks).
PMDL StreamBody::allocate_pages(ULONG bytes, MEMORY_CACHING_TYPE* cache_type) {
  PAGED_CODE();
  PHYSICAL_ADDRESS lowest, highest;
  lowest.QuadPart = 0;
  if (voice_.source == Source::kOffload) {
    *cache_type = MmWriteCombined;
    highest.QuadPart = 0xFFFFFFFF;
    return port_stream_->AllocateContiguousPagesForMdl(lowest, highest, bytes);
  }
  *cache_type = MmCached;
  highest.QuadPart = MAXLONGLONG;
  PMDL mdl = port_stream_->AllocatePagesForMdl(highest, bytes);
  // "May give less: the caller must check."
  if (mdl && MmGetMdlByteCount(mdl) < bytes) {
    port_stream_->FreePagesFromMdl(mdl);
    return nullptr;
  }
  return mdl;
}

NTSTATUS StreamBody::allocate(ULONG notification_count, ULONG requested_bytes, PMDL* mdl, ULONG* actual_bytes,
                              ULONG* offset_from_first_page, MEMORY_CACHING_TYPE* cache_type) {
  PAGED_CODE();
  if (mapping_) return STATUS_INVALID_DEVICE_STATE;  // one buffer a stream
  if (requested_bytes == 0) return STATUS_INVALID_PARAMETER;
  if (requested_bytes > kMaxBufferBytes) return STATUS_INSUFFICIENT_RESOURCES;
  // Up to whole frames, as many in each packet.
  const ULONG frame_bytes = voice_.format.bytes_per_frame();
  const ULONG unit = frame_bytes * (notification_count ? notification_count : 1);
  const ULONG bytes = (requested_bytes + unit - 1) / unit * unit;

  PMDL pages = allocate_pages(bytes, cache_type);
  if (!pages) return STATUS_INSUFFICIENT_RESOURCES;
  PVOID view = port_stream_->MapAllocatedPages(pages, *cache_type);
  NTSTATUS status = view ? voice_.pages.create(port_stream_, pages, view) : STATUS_INSUFFICIENT_RESOURCES;
  if (!NT_SUCCESS(status)) {
    if (view) port_stream_->UnmapAllocatedPages(view, pages);
    port_stream_->FreePagesFromMdl(pages);
    return status;
  }
  mapping_ = view;
  buffer_bytes_ = bytes;
  mixer().attach_buffer(voice_, bytes / frame_bytes, notification_count);
  *mdl = pages;
  *actual_bytes = bytes;
  *offset_from_first_page = 0;
  return STATUS_SUCCESS;
}

void StreamBody::free(PMDL mdl) {
  PAGED_CODE();
  // In the opposite order: the mixer lets go, then the list, then the view, then the pages.
  mixer().detach_buffer(voice_);
  voice_.pages.clear();
  port_stream_->UnmapAllocatedPages(mapping_, mdl);
  mapping_ = nullptr;
  buffer_bytes_ = 0;
  port_stream_->FreePagesFromMdl(mdl);
}

void StreamBody::get_latency(KSRTAUDIO_HWLATENCY* latency) {
  PAGED_CODE();
  latency->FifoSize = 0;  // in bytes: the mixer takes frame by frame
  latency->ChipsetDelay = 0;
  latency->CodecDelay = voice_.renders() ? studio().settings().codec_delay_hns : 0;
}

NTSTATUS StreamBody::get_position_register(KSRTAUDIO_HWREGISTER* reg) {
  PAGED_CODE();
  // For a rebalance with streams open, a stream without the packet interfaces must have no registers (AdapterPnp).
  if (voice_.source == Source::kOffload) return STATUS_NOT_SUPPORTED;
  reg->Register = const_cast<ULONG*>(&voice_.registers->position);
  reg->Width = 32;
  reg->Numerator = reg->Denominator = 0;  // "specific to clock registers"
  // "the accuracy of the position register in units of bytes": it moves every hundredth of a second, or at a packet.
  reg->Accuracy = voice_.format.rate / 100 * voice_.format.bytes_per_frame();
  return STATUS_SUCCESS;
}

NTSTATUS StreamBody::get_clock_register(KSRTAUDIO_HWREGISTER* reg) {
  PAGED_CODE();
  if (voice_.source == Source::kOffload) return STATUS_NOT_SUPPORTED;
  reg->Register = const_cast<ULONGLONG*>(&voice_.registers->word_clock);
  reg->Width = 64;
  // "The frequency is calculated by dividing Numerator by Denominator."
  reg->Numerator = voice_.format.rate;
  reg->Denominator = 1;
  reg->Accuracy = voice_.format.rate / 100;  // "the number of clock ticks between register updates"
  return STATUS_SUCCESS;
}

NTSTATUS StreamBody::register_event(PKEVENT event) {
  PAGED_CODE();
  auto* entry = static_cast<EventEntry*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(EventEntry), kPoolTag));
  if (!entry) return STATUS_INSUFFICIENT_RESOURCES;
  entry->event = event;
  mixer().add_event(voice_, *entry);
  return STATUS_SUCCESS;
}

NTSTATUS StreamBody::unregister_event(PKEVENT event) {
  PAGED_CODE();
  EventEntry* entry = event ? mixer().remove_event(voice_, event) : nullptr;
  if (!entry) return STATUS_NOT_FOUND;
  ExFreePoolWithTag(entry, kPoolTag);
  return STATUS_SUCCESS;
}

#pragma code_seg()

NTSTATUS StreamBody::get_position(KSAUDIO_POSITION* position) {
  const LONGLONG frames = mixer().position(voice_, nullptr);
  const ULONG offset = voice_.buffer_frames ? voice_.offset_of(frames) : 0;
  position->PlayOffset = offset;
  position->WriteOffset = voice_.source == Source::kOffload ? voice_.write_offset : offset;
  return STATUS_SUCCESS;
}

NTSTATUS StreamBody::presentation_position(KSAUDIO_PRESENTATION_POSITION* position) {
  LONGLONG counter = 0;
  LONGLONG frames = mixer().position(voice_, &counter);
  constexpr LONGLONG kHundredNsPerSecond = 10000000;
  frames -= static_cast<LONGLONG>(studio().settings().codec_delay_hns) * voice_.format.rate / kHundredNsPerSecond;
  // "the first sample of packet 0 is block 0"
  position->u64PositionInBlocks = frames > 0 ? static_cast<UINT64>(frames) : 0;
  position->u64QPCPosition = static_cast<UINT64>(counter);
  return STATUS_SUCCESS;
}

NTSTATUS StreamBody::packet_count(ULONG* count) {
  *count = voice_.packets.completed(mixer().position(voice_, nullptr));
  return STATUS_SUCCESS;
}
