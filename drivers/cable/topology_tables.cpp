// The topology filters' descriptors: pin 0 -> volume -> mute -> pin 1, in either direction of the audio.
#include "topology_miniport.h"

// Tables, a row a line.
// clang-format off

namespace {

KSDATARANGE bridge_range = {{sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
                             {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
PKSDATARANGE bridge_ranges[] = {&bridge_range};

#define BRIDGE_PIN(direction, category)                                                                  \
  {0, 0, 0, nullptr,                                                                                     \
   {0, nullptr, 0, nullptr, ARRAYSIZE(bridge_ranges), bridge_ranges, direction, KSPIN_COMMUNICATION_NONE,\
    category, nullptr, {0}}}

// The category of the pin that leads out of the computer decides what Windows calls the endpoint, and what icon it has.
const PCPIN_DESCRIPTOR render_pins[] = {BRIDGE_PIN(KSPIN_DATAFLOW_IN, &KSCATEGORY_AUDIO),
                                        BRIDGE_PIN(KSPIN_DATAFLOW_OUT, &KSNODETYPE_SPEAKER)};
const PCPIN_DESCRIPTOR capture_pins[] = {BRIDGE_PIN(KSPIN_DATAFLOW_IN, &KSNODETYPE_LINE_CONNECTOR),
                                         BRIDGE_PIN(KSPIN_DATAFLOW_OUT, &KSCATEGORY_AUDIO)};

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

// TopologyMiniport::Node
const PCNODE_DESCRIPTOR nodes[] = {{0, &volume_automation, &KSNODETYPE_VOLUME, &KSAUDFNAME_MASTER_VOLUME},
                                   {0, &mute_automation, &KSNODETYPE_MUTE, &KSAUDFNAME_MASTER_MUTE}};

const PCCONNECTION_DESCRIPTOR connections[] = {
    {PCFILTER_NODE, TopologyMiniport::kInputPin, TopologyMiniport::kVolumeNode, KSNODEPIN_STANDARD_IN},
    {TopologyMiniport::kVolumeNode, KSNODEPIN_STANDARD_OUT, TopologyMiniport::kMuteNode, KSNODEPIN_STANDARD_IN},
    {TopologyMiniport::kMuteNode, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, TopologyMiniport::kOutputPin}};

const GUID categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_TOPOLOGY)}};

}  // namespace

const PCFILTER_DESCRIPTOR kRenderTopologyFilter = {
    0, nullptr,
    sizeof(PCPIN_DESCRIPTOR), ARRAYSIZE(render_pins), render_pins,
    sizeof(PCNODE_DESCRIPTOR), ARRAYSIZE(nodes), nodes,
    ARRAYSIZE(connections), connections,
    ARRAYSIZE(categories), categories};

const PCFILTER_DESCRIPTOR kCaptureTopologyFilter = {
    0, nullptr,
    sizeof(PCPIN_DESCRIPTOR), ARRAYSIZE(capture_pins), capture_pins,
    sizeof(PCNODE_DESCRIPTOR), ARRAYSIZE(nodes), nodes,
    ARRAYSIZE(connections), connections,
    ARRAYSIZE(categories), categories};
