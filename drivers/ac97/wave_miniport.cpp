// WaveMiniport. See wave_miniport.h.
#include "wave_miniport.h"

#include "wave_stream.h"

namespace {

const PCPROPERTY_ITEM filter_properties[] = {{&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT,
                                              KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT,
                                              &WaveMiniport::on_proposed_format}};
DEFINE_PCAUTOMATION_TABLE_PROP(filter_automation, filter_properties);

}  // namespace

#pragma code_seg("PAGE")

WaveMiniport::WaveMiniport(Card& card, bool capture) : capture_(capture) {
  PAGED_CODE();
  card_.share(&card);
}

NTSTATUS WaveMiniport::create(Card& card, bool capture, WaveMiniport** result) {
  PAGED_CODE();
  WaveMiniport* miniport = new WaveMiniport(card, capture);
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  miniport->filter_.describe(card.formats(), capture, &filter_automation);
  *result = miniport;
  return STATUS_SUCCESS;
}

NTSTATUS WaveMiniport::check_format(const KSDATAFORMAT* format, StreamFormat* result) const {
  PAGED_CODE();
  StreamFormat parsed;
  const NTSTATUS status = match_format(format, card_->formats(), &parsed);
  if (!NT_SUCCESS(status)) return status;
  if (parsed.samples.channels != 2) return STATUS_NO_MATCH;  // slots 3 and 4 of the link go together
  *result = parsed;
  return STATUS_SUCCESS;
}

STDMETHODIMP WaveMiniport::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportWaveRT)) {
    return hand_out(static_cast<IMiniportWaveRT*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::Init(PUNKNOWN, PRESOURCELIST, PPORTWAVERT) {
  PAGED_CODE();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDescription(PPCFILTER_DESCRIPTOR* description) {
  PAGED_CODE();
  *description = filter_.descriptor();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::DataRangeIntersection(ULONG, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                                    PVOID resultant_format, PULONG resultant_format_bytes) {
  PAGED_CODE();
  const NTSTATUS status =
      intersect_format(client_range, my_range, output_bytes, resultant_format, resultant_format_bytes);
  if (status != STATUS_SUCCESS) return status;
  const auto* wave = reinterpret_cast<const WAVEFORMATEX*>(static_cast<const KSDATAFORMAT*>(resultant_format) + 1);
  return wave->nChannels == 2 ? STATUS_SUCCESS : STATUS_NO_MATCH;
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port_stream, ULONG pin, BOOLEAN capture,
                        PKSDATAFORMAT format) {
  PAGED_CODE();
  *stream = nullptr;
  if (pin != host_pin() || (capture != FALSE) != capture_) return STATUS_INVALID_PARAMETER;
  if (InterlockedCompareExchange(&streams_, 1, 0) != 0) return STATUS_INSUFFICIENT_RESOURCES;
  WaveStream* created;
  const NTSTATUS status = WaveStream::create(*this, port_stream, format, &created);
  if (NT_SUCCESS(status)) *stream = created;
  return status;
}

void WaveMiniport::stream_closed() {
  PAGED_CODE();
  InterlockedExchange(&streams_, 0);
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

NTSTATUS WaveMiniport::on_proposed_format(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  const auto* miniport = static_cast<WaveMiniport*>(reinterpret_cast<IMiniportWaveRT*>(request->MajorTarget));
  const KSDATAFORMAT* format;
  const NTSTATUS status = read_proposed_format(request, miniport->host_pin(), &format);
  if (!NT_SUCCESS(status) || !format) return status;
  StreamFormat parsed;
  return miniport->check_format(format, &parsed);
}

#pragma code_seg()
