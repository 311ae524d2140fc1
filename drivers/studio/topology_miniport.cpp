// TopologyMiniport. See topology_miniport.h.
#include "topology_miniport.h"

#include "channel_value.h"
#include "life_log.h"
#include "property_values.h"

#pragma code_seg("PAGE")

NTSTATUS TopologyMiniport::create(Studio& studio, Jack jack, TopologyMiniport** result) {
  PAGED_CODE();
  TopologyMiniport* miniport = new TopologyMiniport(jack);
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  miniport->studio_.share(&studio);
  *result = miniport;
  return STATUS_SUCCESS;
}

TopologyMiniport::~TopologyMiniport() {
  PAGED_CODE();
  studio_->set_jack_events(jack_, nullptr);
}

STDMETHODIMP TopologyMiniport::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportTopology))
    return hand_out(static_cast<IMiniportTopology*>(this), result);
  if (IsEqualGUID(iid, IID_IMiniportPnpNotify)) return hand_out(static_cast<IMiniportPnpNotify*>(this), result);
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(VOID) TopologyMiniport::PnpStop() {
  PAGED_CODE();
  life_log.subdevice_stop();
}

STDMETHODIMP_(NTSTATUS) TopologyMiniport::Init(PUNKNOWN, PRESOURCELIST, PPORTTOPOLOGY port) {
  PAGED_CODE();
  port->QueryInterface(IID_IPortEvents, reinterpret_cast<PVOID*>(port_events_.receive()));
  studio_->set_jack_events(jack_, port_events_.get());
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) TopologyMiniport::GetDescription(PPCFILTER_DESCRIPTOR* description) {
  PAGED_CODE();
  *description = const_cast<PPCFILTER_DESCRIPTOR>(input() ? &kInputTopologyFilter : &kOutputTopologyFilter);
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
TopologyMiniport::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) {
  PAGED_CODE();
  return STATUS_NOT_IMPLEMENTED;  // no stream ever flows through these pins: the port's own answer is as good
}

NTSTATUS TopologyMiniport::on_volume(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  Level& level = miniport.level();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
    return answer_basic_support(request, VT_I4, StepRange{kVolumeMin, kVolumeMax, kVolumeStep},
                                miniport.studio_->settings().channels);
  const NTSTATUS status = handle_channel_value(
      request, miniport.studio_->settings().channels, [&](ULONG channel) { return level.volume(channel); },
      [&](ULONG channel, LONG value) {
        level.set_volume(channel, value);
        return STATUS_SUCCESS;
      });
  if (NT_SUCCESS(status) && (request->Verb & KSPROPERTY_TYPE_SET)) miniport.control_changed(kVolumeNode);
  return status;
}

NTSTATUS TopologyMiniport::on_mute(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  Level& level = miniport.level();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
    return answer_basic_support(request, VT_BOOL, StepRange{FALSE, TRUE, 1}, miniport.studio_->settings().channels);
  const NTSTATUS status = handle_channel_value(
      request, miniport.studio_->settings().channels,
      [&](ULONG channel) { return static_cast<LONG>(level.muted(channel)); },
      [&](ULONG channel, LONG value) {
        level.set_muted(channel, value != FALSE);
        return STATUS_SUCCESS;
      });
  if (NT_SUCCESS(status) && (request->Verb & KSPROPERTY_TYPE_SET)) miniport.control_changed(kMuteNode);
  return status;
}

// KSPROPERTY_AUDIO_PEAKMETER2: "the maximum audio signal level that occurred since the last time the node was reset";
// asking resets.
NTSTATUS TopologyMiniport::on_meter(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
    return answer_basic_support(request, VT_I4, StepRange{0, MAXLONG, 1}, miniport.studio_->settings().channels);
  return handle_channel_value(
      request, miniport.studio_->settings().channels,
      [&](ULONG channel) { return miniport.studio_->mixer().take_peak(miniport.input(), channel); },
      [](ULONG, LONG) { return STATUS_INVALID_DEVICE_REQUEST; });
}

NTSTATUS TopologyMiniport::on_cpu_resources(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  // The truth: this device's work is done by the host's processor.
  return answer_value<ULONG>(request, VT_UI4, [] { return ULONG{KSAUDIO_CPU_RESOURCES_HOST_CPU}; });
}

// KSEVENT_CONTROL_CHANGE: a mixer that shows the volume moves its slider.
void TopologyMiniport::control_changed(ULONG node) {
  PAGED_CODE();
  if (port_events_)
    port_events_->GenerateEventList(const_cast<GUID*>(&KSEVENTSETID_AudioControlChange), KSEVENT_CONTROL_CHANGE, FALSE,
                                    0, TRUE, node);
}

NTSTATUS TopologyMiniport::on_event(PPCEVENT_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  switch (request->Verb) {
    case PCEVENT_VERB_ADD:
      if (!miniport.port_events_) return STATUS_UNSUCCESSFUL;
      miniport.port_events_->AddEventToEventList(request->EventEntry);
      return STATUS_SUCCESS;
    case PCEVENT_VERB_REMOVE:
    case PCEVENT_VERB_SUPPORT: return STATUS_SUCCESS;
    default: return STATUS_INVALID_PARAMETER;
  }
}

#pragma code_seg()
