// The topology filters' descriptors: pin 0 -> volume -> mute -> meter -> pin 1, in either direction of the audio.
#include "control.h"
#include "topology_miniport.h"

// Tables, a row a line.
// clang-format off

namespace {

KSDATARANGE bridge_range = {{sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
                             {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
PKSDATARANGE bridge_ranges[] = {&bridge_range};

#define BRIDGE_PIN(direction, category, name)                                                            \
  {0, 0, 0, nullptr,                                                                                     \
   {0, nullptr, 0, nullptr, ARRAYSIZE(bridge_ranges), bridge_ranges, direction, KSPIN_COMMUNICATION_NONE,\
    category, name, {0}}}

const PCPIN_DESCRIPTOR output_pins[] = {BRIDGE_PIN(KSPIN_DATAFLOW_IN, &KSCATEGORY_AUDIO, nullptr),
                                        BRIDGE_PIN(KSPIN_DATAFLOW_OUT, &KSNODETYPE_HEADPHONES, nullptr)};
const PCPIN_DESCRIPTOR input_pins[] = {BRIDGE_PIN(KSPIN_DATAFLOW_IN, &KSNODETYPE_MICROPHONE, nullptr),
                                       BRIDGE_PIN(KSPIN_DATAFLOW_OUT, &KSCATEGORY_AUDIO, nullptr)};

constexpr ULONG kReadWrite = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
constexpr ULONG kReadOnly = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT;
constexpr ULONG kEvent = KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_BASICSUPPORT;

const PCEVENT_ITEM control_events[] = {
    {&KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE, kEvent, &TopologyMiniport::on_event}};

const PCPROPERTY_ITEM volume_properties[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, kReadWrite, &TopologyMiniport::on_volume},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_CPU_RESOURCES, kReadOnly, &TopologyMiniport::on_cpu_resources}};
DEFINE_PCAUTOMATION_TABLE_PROP_EVENT(volume_automation, volume_properties, control_events);

const PCPROPERTY_ITEM mute_properties[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE, kReadWrite, &TopologyMiniport::on_mute},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_CPU_RESOURCES, kReadOnly, &TopologyMiniport::on_cpu_resources}};
DEFINE_PCAUTOMATION_TABLE_PROP_EVENT(mute_automation, mute_properties, control_events);

const PCPROPERTY_ITEM meter_properties[] = {
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2, kReadOnly, &TopologyMiniport::on_meter},
    {&KSPROPSETID_Audio, KSPROPERTY_AUDIO_CPU_RESOURCES, kReadOnly, &TopologyMiniport::on_cpu_resources}};
DEFINE_PCAUTOMATION_TABLE_PROP(meter_automation, meter_properties);

const PCPROPERTY_ITEM jack_properties[] = {
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, kReadOnly, &TopologyMiniport::on_jack_description},
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION2, kReadOnly, &TopologyMiniport::on_jack_description2},
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION3, kReadOnly, &TopologyMiniport::on_jack_description3},
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_SINK_INFO, kReadOnly, &TopologyMiniport::on_jack_sink},
    {&KSPROPSETID_Jack, KSPROPERTY_JACK_CONTAINERID, kReadOnly, &TopologyMiniport::on_jack_container}};
const PCEVENT_ITEM jack_events[] = {
    {&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE, kEvent, &TopologyMiniport::on_event}};
DEFINE_PCAUTOMATION_TABLE_PROP_EVENT(filter_automation, jack_properties, jack_events);

// TopologyMiniport::Node
const PCNODE_DESCRIPTOR nodes[] = {{0, &volume_automation, &KSNODETYPE_VOLUME, &KSAUDFNAME_MASTER_VOLUME},
                                   {0, &mute_automation, &KSNODETYPE_MUTE, &KSAUDFNAME_MASTER_MUTE},
                                   {0, &meter_automation, &KSNODETYPE_PEAKMETER, nullptr}};

const PCCONNECTION_DESCRIPTOR connections[] = {
    {PCFILTER_NODE, TopologyMiniport::kInputPin, TopologyMiniport::kVolumeNode, KSNODEPIN_STANDARD_IN},
    {TopologyMiniport::kVolumeNode, KSNODEPIN_STANDARD_OUT, TopologyMiniport::kMuteNode, KSNODEPIN_STANDARD_IN},
    {TopologyMiniport::kMuteNode, KSNODEPIN_STANDARD_OUT, TopologyMiniport::kMeterNode, KSNODEPIN_STANDARD_IN},
    {TopologyMiniport::kMeterNode, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, TopologyMiniport::kOutputPin}};

const GUID categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_TOPOLOGY)}};

}  // namespace

const PCFILTER_DESCRIPTOR kOutputTopologyFilter = {
    0, &filter_automation,
    sizeof(PCPIN_DESCRIPTOR), ARRAYSIZE(output_pins), output_pins,
    sizeof(PCNODE_DESCRIPTOR), ARRAYSIZE(nodes), nodes,
    ARRAYSIZE(connections), connections,
    ARRAYSIZE(categories), categories};

const PCFILTER_DESCRIPTOR kInputTopologyFilter = {
    0, &filter_automation,
    sizeof(PCPIN_DESCRIPTOR), ARRAYSIZE(input_pins), input_pins,
    sizeof(PCNODE_DESCRIPTOR), ARRAYSIZE(nodes), nodes,
    ARRAYSIZE(connections), connections,
    ARRAYSIZE(categories), categories};
