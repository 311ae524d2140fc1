// WaveMiniport. See wave_miniport.h.
#include "wave_miniport.h"

#include "property_support.h"
#include "wave_stream.h"

#pragma code_seg("PAGE")

NTSTATUS WaveMiniport::create(Cable& cable, bool capture, WaveMiniport** result) {
  PAGED_CODE();
  WaveMiniport* miniport = new WaveMiniport(capture);
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  miniport->cable_.share(&cable);
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
  // A driver for real hardware finds its registers and interrupts in the resource list, and keeps the port. The port
  // holds us, and there is nothing that we would ask of it.
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) WaveMiniport::GetDescription(PPCFILTER_DESCRIPTOR* description) {
  PAGED_CODE();
  *description = const_cast<PPCFILTER_DESCRIPTOR>(capture_ ? &kCaptureWaveFilter : &kRenderWaveFilter);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::DataRangeIntersection(ULONG, PKSDATARANGE client_range, PKSDATARANGE my_range, ULONG output_bytes,
                                    PVOID resultant_format, PULONG resultant_format_bytes) {
  PAGED_CODE();
  return intersect_ranges(client_range, my_range, output_bytes, resultant_format, resultant_format_bytes);
}

STDMETHODIMP_(NTSTATUS)
WaveMiniport::NewStream(PMINIPORTWAVERTSTREAM* stream, PPORTWAVERTSTREAM port_stream, ULONG pin, BOOLEAN capture,
                        PKSDATAFORMAT format) {
  PAGED_CODE();
  *stream = nullptr;
  const ULONG host_pin = capture_ ? static_cast<ULONG>(kCaptureHostPin) : static_cast<ULONG>(kRenderHostPin);
  if (pin != host_pin || (capture != FALSE) != capture_) return STATUS_INVALID_PARAMETER;
  // The pin descriptor says one instance, and the port keeps to it; we rely on it in the cable, so we check.
  if (InterlockedCompareExchange(&streams_, 1, 0) != 0) return STATUS_INSUFFICIENT_RESOURCES;
  WaveStream* created;
  const NTSTATUS status = WaveStream::create(*this, port_stream, capture_, format, &created);
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
  // What the port needs to know of the device's DMA, for drivers that allocate buffers by other means.
  RtlZeroMemory(description, sizeof(*description));
  description->Version = DEVICE_DESCRIPTION_VERSION;
  description->Master = TRUE;
  description->ScatterGather = TRUE;
  description->Dma32BitAddresses = TRUE;
  description->InterfaceType = PCIBus;
  description->MaximumLength = 0xFFFFFFFF;
  return STATUS_SUCCESS;
}

// KSPROPERTY_PIN_PROPOSEDATAFORMAT: "would you take this?", of a pin that need not be open.
NTSTATUS WaveMiniport::on_proposed_format(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_ILLEGAL);
  if (!(request->Verb & KSPROPERTY_TYPE_SET)) return STATUS_INVALID_DEVICE_REQUEST;
  const auto* miniport = static_cast<WaveMiniport*>(reinterpret_cast<IMiniportWaveRT*>(request->MajorTarget));
  // What follows the KSPROPERTY in a KSP_PIN: the pin's number.
  if (!request->Instance || request->InstanceSize < sizeof(ULONG)) return STATUS_INVALID_PARAMETER;
  const ULONG pin = *static_cast<const ULONG*>(request->Instance);
  const ULONG host_pin = miniport->capture_ ? static_cast<ULONG>(kCaptureHostPin) : static_cast<ULONG>(kRenderHostPin);
  if (pin != host_pin) return STATUS_INVALID_PARAMETER;
  const NTSTATUS status = check_value_size(request, sizeof(KSDATAFORMAT));
  if (!NT_SUCCESS(status)) return status;
  const auto* format = static_cast<const KSDATAFORMAT*>(request->Value);
  if (format->FormatSize > request->ValueSize) return STATUS_INVALID_PARAMETER;
  SampleFormat parsed;
  return parse_format(format, &parsed);
}

#pragma code_seg()
