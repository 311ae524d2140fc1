// TopologyMiniport. See topology_miniport.h.
#include "topology_miniport.h"

#include "channel_value.h"
#include "filter_parts.h"
#include "jack.h"
#include "property_values.h"

// Tables, a row a line.
// clang-format off

namespace {

constexpr ULONG kReadWrite = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
constexpr ULONG kReadOnly = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT;

const PCPROPERTY_ITEM volume_properties[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, kReadWrite, &TopologyMiniport::on_volume},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_CPU_RESOURCES, kReadOnly, &TopologyMiniport::on_cpu_resources}};
DEFINE_PCAUTOMATION_TABLE_PROP(volume_automation, volume_properties);

const PCPROPERTY_ITEM mute_properties[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, kReadWrite, &TopologyMiniport::on_mute},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_CPU_RESOURCES, kReadOnly, &TopologyMiniport::on_cpu_resources}};
DEFINE_PCAUTOMATION_TABLE_PROP(mute_automation, mute_properties);

const PCPROPERTY_ITEM jack_properties[] = {
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, kReadOnly, &TopologyMiniport::on_jack_description},
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION2, kReadOnly, &TopologyMiniport::on_jack_description2}};
const PCEVENT_ITEM jack_events[] = {
    {&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE, KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_BASICSUPPORT,
     &TopologyMiniport::on_jack_event}};
DEFINE_PCAUTOMATION_TABLE_PROP_EVENT(filter_automation, jack_properties, jack_events);

const GUID categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_TOPOLOGY)}};

}  // namespace

// clang-format on

#pragma code_seg("PAGE")

TopologyMiniport::TopologyMiniport(HdaDevice& device, Endpoint& endpoint) : endpoint_(endpoint) {
  PAGED_CODE();
  device_.share(&device);
}

NTSTATUS TopologyMiniport::create(HdaDevice& device, Endpoint& endpoint, TopologyMiniport** result) {
  PAGED_CODE();
  TopologyMiniport* miniport = new TopologyMiniport(device, endpoint);
  if (!miniport) return STATUS_INSUFFICIENT_RESOURCES;
  miniport->describe();
  *result = miniport;
  return STATUS_SUCCESS;
}

TopologyMiniport::~TopologyMiniport() {
  PAGED_CODE();
  endpoint_.set_events(nullptr);
}

// Pin 0 -> volume -> mute -> pin 1, as far as there are amplifiers for it.
void TopologyMiniport::describe() {
  PAGED_CODE();
  const bool capture = endpoint_.capture();
  const GUID* outside = node_type_of_jack(endpoint_.pin().configuration);
  pins_[kInputPin] = bridge_pin_of(KSPIN_DATAFLOW_IN, capture ? outside : &KSCATEGORY_AUDIO);
  pins_[kOutputPin] = bridge_pin_of(KSPIN_DATAFLOW_OUT, capture ? &KSCATEGORY_AUDIO : outside);
  ULONG nodes = 0;
  if (endpoint_.volume_amplifier().exists())
    nodes_[nodes++] = {0, &volume_automation, &KSNODETYPE_VOLUME, &KSAUDFNAME_MASTER_VOLUME};
  if (endpoint_.mute_amplifier().exists())
    nodes_[nodes++] = {0, &mute_automation, &KSNODETYPE_MUTE, &KSAUDFNAME_MASTER_MUTE};
  ULONG from = PCFILTER_NODE, from_pin = kInputPin;
  for (ULONG node = 0; node < nodes; ++node) {
    connections_[node] = {from, from_pin, node, KSNODEPIN_STANDARD_IN};
    from = node, from_pin = KSNODEPIN_STANDARD_OUT;
  }
  connections_[nodes] = {from, from_pin, PCFILTER_NODE, kOutputPin};
  filter_ = filter_of(&filter_automation, pins_, nodes_, nodes, connections_, nodes + 1);
  filter_.CategoryCount = ARRAYSIZE(categories);
  filter_.Categories = categories;
}

STDMETHODIMP TopologyMiniport::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IMiniport) || IsEqualGUID(iid, IID_IMiniportTopology)) {
    return hand_out(static_cast<IMiniportTopology*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(NTSTATUS) TopologyMiniport::Init(PUNKNOWN, PRESOURCELIST, PPORTTOPOLOGY port) {
  PAGED_CODE();
  if (NT_SUCCESS(port->QueryInterface(IID_IPortEvents, reinterpret_cast<PVOID*>(port_events_.receive()))))
    endpoint_.set_events(port_events_.get());
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) TopologyMiniport::GetDescription(PPCFILTER_DESCRIPTOR* description) {
  PAGED_CODE();
  *description = &filter_;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
TopologyMiniport::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) {
  PAGED_CODE();
  return STATUS_NOT_IMPLEMENTED;  // no stream ever flows through these pins: the port's own answer is as good
}

NTSTATUS TopologyMiniport::on_volume(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  Endpoint& endpoint = of(request->MajorTarget).endpoint_;
  const Amplifier& amplifier = endpoint.volume_amplifier();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
    const StepRange range = {amplifier.minimum(), amplifier.maximum(), static_cast<ULONG>(amplifier.step_size())};
    return answer_basic_support(request, VT_I4, range, Endpoint::kChannels);
  }
  return handle_channel_value(
      request, Endpoint::kChannels, [&](ULONG channel) { return endpoint.volume(channel); },
      [&](ULONG channel, LONG value) { return endpoint.set_volume(channel, value); });
}

NTSTATUS TopologyMiniport::on_mute(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  Endpoint& endpoint = of(request->MajorTarget).endpoint_;
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
    return answer_basic_support(request, VT_BOOL, StepRange{FALSE, TRUE, 1}, Endpoint::kChannels);
  return handle_channel_value(
      request, Endpoint::kChannels, [&](ULONG channel) { return static_cast<LONG>(endpoint.muted(channel)); },
      [&](ULONG channel, LONG value) { return endpoint.set_muted(channel, value != FALSE); });
}

NTSTATUS TopologyMiniport::on_cpu_resources(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  // The codec's amplifiers do the work, and no processor.
  return answer_value<ULONG>(request, VT_UI4, [] { return ULONG{KSAUDIO_CPU_RESOURCES_NOT_HOST_CPU}; });
}

#pragma code_seg()
