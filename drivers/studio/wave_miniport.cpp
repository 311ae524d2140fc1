// WaveMiniport. See wave_miniport.h.
#include "wave_miniport.h"

#include "capture_stream.h"
#include "control.h"
#include "life_log.h"
#include "offload_stream.h"
#include "render_stream.h"
#include "wave_tables.h"

#pragma code_seg("PAGE")

namespace {

const GUID* const host_modes[] = {&AUDIO_SIGNALPROCESSINGMODE_DEFAULT, &AUDIO_SIGNALPROCESSINGMODE_RAW,
                                  &AUDIO_SIGNALPROCESSINGMODE_MEDIA};
const GUID* const offload_modes[] = {&AUDIO_SIGNALPROCESSINGMODE_DEFAULT, &AUDIO_SIGNALPROCESSINGMODE_RAW};
const GUID* const input_modes[] = {&AUDIO_SIGNALPROCESSINGMODE_DEFAULT, &AUDIO_SIGNALPROCESSINGMODE_RAW,
                                   &AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS};

}  // namespace

NTSTATUS WaveMiniport::create(Studio& studio, bool capture, WaveMiniport** result) {
  PAGED_CODE();
  WaveMiniport* miniport = new WaveMiniport(capture);
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  miniport->studio_.share(&studio);
  miniport->tables_ = static_cast<WaveTables*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(WaveTables), kPoolTag));
  if (!miniport->tables_) {
    miniport->Release();
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  miniport->tables_->fill(capture, studio.settings().channels);
  *result = miniport;
  return STATUS_SUCCESS;
}

WaveMiniport::~WaveMiniport() {
  PAGED_CODE();
  if (capture_) studio_->set_detector_events(nullptr);
  if (tables_) ExFreePoolWithTag(tables_, kPoolTag);
}

STDMETHODIMP WaveMiniport::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT))
    return hand_out(static_cast<IMiniportWaveRT*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportAudioSignalProcessing))
    return hand_out(static_cast<IMiniportAudioSignalProcessing*>(this), result);
  if (IsEqualGUID(iid, IID_IPinCount)) return hand_out(static_cast<IPinCount*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportPnpNotify)) return hand_out(static_cast<IMiniportPnpNotify*>(this), result);
  if (IsEqualGUID(iid, IID_IPowerNotify)) return hand_out(static_cast<IPowerNotify*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportAudioEngineNode) && !capture_)
    return hand_out(static_cast<IMiniportAudioEngineNode*>(this), result);
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

// The port's further interfaces. Whoever keeps one keeps the port; the port lets go of its miniport when the subdevice
// is removed, and that opens the circle.
STDMETHODIMP_(NTSTATUS) WaveMiniport::Init(PUNKNOWN, PRESOURCELIST, PPORTWAVERT port) {
  PAGED_CODE();
  port->QueryInterface(IID_IPortEvents, reinterpret_cast<PVOID*>(port_events_.receive()));
  port->QueryInterface(IID_IPortClsEtwHelper, reinterpret_cast<PVOID*>(etw_.receive()));
  // Of Windows 10: an older port has none, and the module changes in silence.
  port->QueryInterface(IID_IPortClsNotifications, reinterpret_cast<PVOID*>(notifications_.receive()));
  if (capture_) studio_->set_detector_events(port_events_.get());
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDescription(PPCFILTER_DESCRIPTOR* description) {
  PAGED_CODE();
  *description = &tables_->filter;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::DataRangeIntersection(ULONG, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                                    PVOID resultant_format, PULONG resultant_format_bytes) {
  PAGED_CODE();
  return intersect_ranges(client_range, my_range, output_bytes, resultant_format, resultant_format_bytes);
}

GuidList WaveMiniport::modes_of(ULONG pin) const {
  PAGED_CODE();
  if (capture_) return pin == kInputPin ? GuidList{input_modes, ARRAYSIZE(input_modes)} : GuidList{nullptr, 0};
  if (pin == kHostPin) return {host_modes, ARRAYSIZE(host_modes)};
  if (pin == kOffloadPin) return {offload_modes, ARRAYSIZE(offload_modes)};
  return {nullptr, 0};
}

bool WaveMiniport::has_mode(ULONG pin, const GUID& mode) const {
  PAGED_CODE();
  const GuidList modes = modes_of(pin);
  for (ULONG i = 0; i < modes.count; ++i) {
    if (IsEqualGUID(*modes.items[i], mode)) return true;
  }
  return false;
}

NTSTATUS WaveMiniport::check_format(ULONG pin, const KSDATAFORMAT* format, SampleFormat* parsed, Mode* mode) {
  PAGED_CODE();
  if (!is_stream_pin(pin)) return STATUS_INVALID_PARAMETER;
  NTSTATUS status = parse_format(format, parsed);
  if (!NT_SUCCESS(status)) return status;
  if (parsed->channels > studio_->settings().channels || parsed->rate < kLowestRate ||
      parsed->bytes_per_sample * 8u < kFewestBits) {
    return STATUS_NO_MATCH;
  }
  status = parse_mode(format, mode);
  if (!NT_SUCCESS(status)) return status;
  if (modes_of(pin).count == 0) {
    *mode = Mode::kRaw;  // one way, and it is the plain one
  } else if (!has_mode(pin, guid_of(*mode))) {
    return STATUS_NOT_SUPPORTED;
  }
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port_stream, ULONG pin, BOOLEAN capture,
                        PKSDATAFORMAT format) {
  PAGED_CODE();
  *stream = nullptr;
  if (!is_stream_pin(pin)) return STATUS_INVALID_PARAMETER;
  const bool gives_sound = capture_ || pin == kLoopbackPin;
  if ((capture != FALSE) != gives_sound) return STATUS_INVALID_PARAMETER;
  if (capture_) return CaptureStream::create(*this, port_stream, pin, Source::kInput, format, stream);
  if (pin == kLoopbackPin) return CaptureStream::create(*this, port_stream, pin, Source::kLoopback, format, stream);
  if (pin == kOffloadPin) return OffloadStream::create(*this, port_stream, pin, Source::kOffload, format, stream);
  return RenderStream::create(*this, port_stream, pin, Source::kHost, format, stream);
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDeviceDescription(PDEVICE_DESCRIPTION description) {
  PAGED_CODE();
  RtlZeroMemory(description, sizeof(*description));
  description->Version = DEVICE_DESCRIPTION_VERSION;
  description->Master = TRUE;
  description->ScatterGather = TRUE;
  description->Dma32BitAddresses = TRUE;
  description->InterfaceType = PCIBus;
  description->MaximumLength = 0xFFFFFFFF;
  return STATUS_SUCCESS;
}

// IMiniportAudioSignalProcessing::GetModes: with a null array the number alone; STATUS_BUFFER_TOO_SMALL and the number
// when the array is too short; STATUS_NOT_SUPPORTED for a pin that has no modes.
STDMETHODIMP_(NTSTATUS) WaveMiniport::GetModes(ULONG pin, GUID* modes, ULONG* count) {
  PAGED_CODE();
  const GuidList list = modes_of(pin);
  if (list.count == 0) return STATUS_NOT_SUPPORTED;
  const ULONG room = *count;
  *count = list.count;
  if (!modes) return STATUS_SUCCESS;
  if (room < list.count) return STATUS_BUFFER_TOO_SMALL;
  for (ULONG i = 0; i < list.count; ++i) modes[i] = *list.items[i];
  return STATUS_SUCCESS;
}

// The mixer has kMaxVoices places for all pins together: what the other pins have taken, this one cannot have.
STDMETHODIMP_(VOID)
WaveMiniport::PinCount(ULONG pin, PULONG, PULONG filter_current, PULONG filter_possible, PULONG global_current,
                       PULONG global_possible) {
  PAGED_CODE();
  if (!is_stream_pin(pin)) return;
  const ULONG taken = static_cast<ULONG>(studio_->mixer().streams());
  const ULONG left = taken < Mixer::kMaxVoices ? Mixer::kMaxVoices - taken : 0;
  if (*filter_possible > *filter_current + left) *filter_possible = *filter_current + left;
  if (*global_possible > *global_current + left) *global_possible = *global_current + left;
}

STDMETHODIMP_(VOID) WaveMiniport::PnpStop() {
  PAGED_CODE();
  life_log.subdevice_stop();
}

STDMETHODIMP_(VOID) WaveMiniport::PowerChangeNotify(POWER_STATE state) {
  PAGED_CODE();
  trace(eMINIPORT_IHV_DEFINED, 'rwoP', state.DeviceState, 0);
}

NTSTATUS WaveMiniport::add_event(PPCEVENT_REQUEST request) {
  PAGED_CODE();
  switch (request->Verb) {
    case PCEVENT_VERB_ADD:
      if (!port_events_) return STATUS_UNSUCCESSFUL;
      port_events_->AddEventToEventList(request->EventEntry);
      return STATUS_SUCCESS;
    case PCEVENT_VERB_REMOVE:
    case PCEVENT_VERB_SUPPORT: return STATUS_SUCCESS;
    default: return STATUS_INVALID_PARAMETER;
  }
}

#pragma code_seg()

void WaveMiniport::trace(EPcMiniportEngineEvent event, ULONGLONG a, ULONGLONG b, ULONGLONG c) {
  if (etw_) etw_->MiniportWriteEtwEvent(event, a, b, c, 0);
}
