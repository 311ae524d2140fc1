// TopologyMiniport. See topology_miniport.h.
#include "topology_miniport.h"

#include "channel_value.h"
#include "filter_parts.h"
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

const PCNODE_DESCRIPTOR nodes[] = {{0, &volume_automation, &KSNODETYPE_VOLUME, &KSAUDFNAME_MASTER_VOLUME},
                                   {0, &mute_automation, &KSNODETYPE_MUTE, &KSAUDFNAME_MASTER_MUTE}};

const PCCONNECTION_DESCRIPTOR connections[] = {
    {PCFILTER_NODE, TopologyMiniport::kInputPin, TopologyMiniport::kVolumeNode, KSNODEPIN_STANDARD_IN},
    {TopologyMiniport::kVolumeNode, KSNODEPIN_STANDARD_OUT, TopologyMiniport::kMuteNode, KSNODEPIN_STANDARD_IN},
    {TopologyMiniport::kMuteNode, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, TopologyMiniport::kOutputPin}};

const GUID categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_TOPOLOGY)}};

}  // namespace

// clang-format on

#pragma code_seg("PAGE")

TopologyMiniport::TopologyMiniport(Card& card, bool capture) : capture_(capture) {
  PAGED_CODE();
  card_.share(&card);
  pins_[kInputPin] = bridge_pin_of(KSPIN_DATAFLOW_IN, capture ? &KSNODETYPE_LINE_CONNECTOR : &KSCATEGORY_AUDIO);
  pins_[kOutputPin] = bridge_pin_of(KSPIN_DATAFLOW_OUT, capture ? &KSCATEGORY_AUDIO : &KSNODETYPE_SPEAKER);
  filter_ = filter_of(nullptr, pins_, nodes, ARRAYSIZE(nodes), connections, ARRAYSIZE(connections));
  filter_.CategoryCount = ARRAYSIZE(categories);
  filter_.Categories = categories;
}

NTSTATUS TopologyMiniport::create(Card& card, bool capture, TopologyMiniport** result) {
  PAGED_CODE();
  *result = new TopologyMiniport(card, capture);
  return *result ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
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
  *description = &filter_;
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS)
TopologyMiniport::DataRangeIntersection(ULONG, PKSDATARANGE, PKSDATARANGE, ULONG, PVOID, PULONG) {
  PAGED_CODE();
  return STATUS_NOT_IMPLEMENTED;
}

NTSTATUS TopologyMiniport::on_volume(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  Card& card = *miniport.card_.get();
  const MixerLevel& level = card.level(miniport.capture_);
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT) {
    const StepRange range = {level.minimum(), level.maximum(), static_cast<ULONG>(MixerLevel::kStep)};
    return answer_basic_support(request, VT_I4, range, MixerLevel::kChannels);
  }
  return handle_channel_value(
      request, MixerLevel::kChannels, [&](ULONG channel) { return level.volume(channel); },
      [&](ULONG channel, LONG value) {
        card.set_volume(miniport.capture_, channel, value);
        return STATUS_SUCCESS;
      });
}

// The codec has one mute for both channels, so this node has one channel.
NTSTATUS TopologyMiniport::on_mute(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  TopologyMiniport& miniport = of(request->MajorTarget);
  Card& card = *miniport.card_.get();
  if (request->Verb & KSPROPERTY_TYPE_BASICSUPPORT)
    return answer_basic_support(request, VT_BOOL, StepRange{FALSE, TRUE, 1}, 1);
  return handle_channel_value(
      request, 1, [&](ULONG) { return static_cast<LONG>(card.level(miniport.capture_).muted()); },
      [&](ULONG, LONG value) {
        card.set_muted(miniport.capture_, value != FALSE);
        return STATUS_SUCCESS;
      });
}

NTSTATUS TopologyMiniport::on_cpu_resources(PPCPROPERTY_REQUEST request) {
  PAGED_CODE();
  return answer_value<ULONG>(request, VT_UI4, [] { return ULONG{KSAUDIO_CPU_RESOURCES_NOT_HOST_CPU}; });
}

#pragma code_seg()
