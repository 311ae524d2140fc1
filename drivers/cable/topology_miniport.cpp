// TopologyMiniport. See topology_miniport.h.
#include "topology_miniport.h"

#include "channel_value.h"
#include "faults.h"
#include "short_wait.h"

#pragma code_seg("PAGE")

namespace {

// MajorTarget is the miniport that the table belongs to, as the IUnknown of its only interface.
TopologyMiniport* target_of(PPCPROPERTY_REQUEST request) {
  return static_cast<TopologyMiniport*>(reinterpret_cast<IMiniportTopology*>(request->MajorTarget));
}

}  // namespace

NTSTATUS TopologyMiniport::create(Cable& cable, bool capture, TopologyMiniport** result) {
  PAGED_CODE();
  TopologyMiniport* miniport = new TopologyMiniport(capture);
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  miniport->cable_.share(&cable);
  *result = miniport;
  return STATUS_SUCCESS;
}

STDMETHODIMP TopologyMiniport::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportTopology)) {
    return hand_out(static_cast<IMiniportTopology*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) TopologyMiniport::Init(PUNKNOWN, PRESOURCELIST, PPORTTOPOLOGY) {
  PAGED_CODE();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) TopologyMiniport::GetDescription(PPCFILTER_DESCRIPTOR* description) {
  PAGED_CODE();
  *description = const_cast<PPCFILTER_DESCRIPTOR>(capture_ ? &kCaptureTopologyFilter : &kRenderTopologyFilter);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
TopologyMiniport::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) {
  PAGED_CODE();
  return STATUS_NOT_IMPLEMENTED;  // no stream ever flows through these pins: the port's own answer is as good
}

NTSTATUS TopologyMiniport::on_volume(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  Level& level = target_of(request)->level();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
    return answer_basic_support(request, VT_I4, StepRange{kVolumeMin, kVolumeMax, kVolumeStep}, kMaxChannels);
  }
  return handle_channel_value(
      request, kMaxChannels, [&](ULONG channel) { return level.volume(channel); },
      [&](ULONG channel, LONG value) {
        if (faults::kWaits) DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_ERROR_LEVEL, "cable: no answer yet\n");
        for (ULONG i = 0; faults::kWaits && i < faults::kWaitsMilliseconds; ++i) sleep_a_millisecond();
        level.set_volume(channel, value);
        return STATUS_SUCCESS;
      });
}

NTSTATUS TopologyMiniport::on_mute(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  Level& level = target_of(request)->level();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
    return answer_basic_support(request, VT_BOOL, StepRange{FALSE, TRUE, 1}, kMaxChannels);
  }
  return handle_channel_value(
      request, kMaxChannels, [&](ULONG channel) { return static_cast<LONG>(level.muted(channel)); },
      [&](ULONG channel, LONG value) {
        level.set_muted(channel, value != FALSE);
        return STATUS_SUCCESS;
      });
}

NTSTATUS TopologyMiniport::on_cpu_resources(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) return answer_access_flags(request, VT_UI4);
  if (!(request->Verb & KSPROPERTY_TYPE_GET)) return STATUS_INVALID_DEVICE_REQUEST;
  const NTSTATUS status = check_value_size(request, sizeof(ULONG));
  if (!NT_SUCCESS(status)) return status;
  // The truth: this device's work is done by the host's processor.
  *static_cast<ULONG*>(request->Value) = KSAUDIO_CPU_RESOURCES_HOST_CPU;
  request->ValueSize = sizeof(ULONG);
  return STATUS_SUCCESS;
}

#pragma code_seg()
