// WaveMiniport. See wave_miniport.h.
#include "wave_miniport.h"

#include "wave_stream.h"

namespace {

// An application asks whether a format would do before it opens a pin with it.
const PCPROPERTY_ITEM filter_properties[] = {{&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT,
                                              KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT,
                                              &WaveMiniport::on_proposed_format}};
DEFINE_PCAUTOMATION_TABLE_PROP(filter_automation, filter_properties);

WaveMiniport* target_of(PPCPROPERTY_REQUEST request) {
  return static_cast<WaveMiniport*>(reinterpret_cast<IMiniportWaveRT*>(request->MajorTarget));
}

}  // namespace

#pragma code_seg("PAGE")

WaveMiniport::WaveMiniport(HdaDevice& device, Endpoint& endpoint) : endpoint_(endpoint) {
  PAGED_CODE();
  device_.share(&device);
}

NTSTATUS WaveMiniport::create(HdaDevice& device, Endpoint& endpoint, WaveMiniport** result) {
  PAGED_CODE();
  WaveMiniport* miniport = new WaveMiniport(device, endpoint);
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  miniport->filter_.describe(endpoint.formats(), endpoint.capture(), &filter_automation);
  *result = miniport;
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
  return STATUS_SUCCESS;  // the resources are the device's, which all filters share
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
  return intersect_format(client_range, my_range, output_bytes, resultant_format, resultant_format_bytes);
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port_stream, ULONG pin, BOOLEAN capture,
                        PKSDATAFORMAT format) {
  PAGED_CODE();
  *stream = nullptr;
  if (pin != host_pin() || (capture != FALSE) != endpoint_.capture()) return STATUS_INVALID_PARAMETER;
  if (InterlockedCompareExchange(&streams_, 1, 0) != 0) return STATUS_INSUFFICIENT_RESOURCES;
  WaveStream* created;
  const NTSTATUS status = WaveStream::create(*this, port_stream, format, &created);
  if (!NT_SUCCESS(status)) return status;  // create() has told stream_closed()
  *stream = created;                       // with the creator's reference, which is now the port's
  return STATUS_SUCCESS;
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
  description->Dma64BitAddresses = device_->controller().highest_address().HighPart != 0;
  description->InterfaceType = PCIBus;
  description->MaximumLength = 0xFFFFFFFF;
  return STATUS_SUCCESS;
}

// KSPROPERTY_PIN_PROPOSEDATAFORMAT: "would you take this?", of a pin that need not be open.
NTSTATUS WaveMiniport::on_proposed_format(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  const WaveMiniport* miniport = target_of(request);
  const KSDATAFORMAT* format;
  const NTSTATUS status = read_proposed_format(request, miniport->host_pin(), &format);
  if (!NT_SUCCESS(status) || !format) return status;
  StreamFormat parsed;
  return match_format(format, miniport->endpoint_.formats(), &parsed);
}

#pragma code_seg()
