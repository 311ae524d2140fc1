// The wave filters' descriptors: what Windows learns of them before any stream exists.
//
// A filter is a box with pins. Streams enter and leave through host pins; a bridge pin stands for the wire to the
// topology filter, which StartDevice connects (adapter.cpp).
#include "wave_miniport.h"

// Tables, a row a line.
// clang-format off

namespace {

// What the host pins take: any rate and count of channels in bounds, in integers of 8 to 32 bits ...
// ... or in 32-bit floating point. A range cannot say "multiples of 8 bits"; parse_format() refuses the rest.
KSDATARANGE_AUDIO integer_range = {
    {{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
      {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_PCM)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)}}},
    kMaxChannels, 8, 32, kMinRate, kMaxRate};
KSDATARANGE_AUDIO float_range = {
    {{sizeof(KSDATARANGE_AUDIO), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
      {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_IEEE_FLOAT)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)}}},
    kMaxChannels, 32, 32, kMinRate, kMaxRate};
PKSDATARANGE host_ranges[] = {reinterpret_cast<PKSDATARANGE>(&integer_range),
                              reinterpret_cast<PKSDATARANGE>(&float_range)};

// A bridge carries no digital stream.
KSDATARANGE bridge_range = {{sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
                             {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
PKSDATARANGE bridge_ranges[] = {&bridge_range};

constexpr ULONG kOneStream = 1;

#define HOST_PIN(direction)                                                                              \
  {kOneStream, kOneStream, 0, nullptr,                                                                   \
   {0, nullptr, 0, nullptr, ARRAYSIZE(host_ranges), host_ranges, direction, KSPIN_COMMUNICATION_SINK,    \
    &KSCATEGORY_AUDIO, nullptr, {0}}}
#define BRIDGE_PIN(direction)                                                                            \
  {0, 0, 0, nullptr,                                                                                     \
   {0, nullptr, 0, nullptr, ARRAYSIZE(bridge_ranges), bridge_ranges, direction, KSPIN_COMMUNICATION_NONE,\
    &KSCATEGORY_AUDIO, nullptr, {0}}}

// WaveMiniport::RenderPin and CapturePin
const PCPIN_DESCRIPTOR render_pins[] = {HOST_PIN(KSPIN_DATAFLOW_IN), BRIDGE_PIN(KSPIN_DATAFLOW_OUT)};
const PCPIN_DESCRIPTOR capture_pins[] = {BRIDGE_PIN(KSPIN_DATAFLOW_IN), HOST_PIN(KSPIN_DATAFLOW_OUT)};

// One node each: where samples become a signal, or a signal samples.
const PCNODE_DESCRIPTOR render_nodes[] = {{0, nullptr, &KSNODETYPE_DAC, nullptr}};
const PCNODE_DESCRIPTOR capture_nodes[] = {{0, nullptr, &KSNODETYPE_ADC, nullptr}};

// From, to: a node and its pin, PCFILTER_NODE being the filter itself. A node's input is its pin 1, its output pin 0.
const PCCONNECTION_DESCRIPTOR render_connections[] = {
    {PCFILTER_NODE, WaveMiniport::kRenderHostPin, 0, KSNODEPIN_STANDARD_IN},
    {0, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, WaveMiniport::kRenderBridgePin}};
const PCCONNECTION_DESCRIPTOR capture_connections[] = {
    {PCFILTER_NODE, WaveMiniport::kCaptureBridgePin, 0, KSNODEPIN_STANDARD_IN},
    {0, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, WaveMiniport::kCaptureHostPin}};

// The device interfaces under which Windows finds the filter. REALTIME is what makes it a WaveRT one.
const GUID render_categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_RENDER)},
                                  {STATICGUIDOF(KSCATEGORY_REALTIME)}};
const GUID capture_categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_CAPTURE)},
                                   {STATICGUIDOF(KSCATEGORY_REALTIME)}};

// An application asks whether a format would do before it opens a pin with it.
const PCPROPERTY_ITEM filter_properties[] = {
    {&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT,
     &WaveMiniport::on_proposed_format}};
DEFINE_PCAUTOMATION_TABLE_PROP(filter_automation, filter_properties);

}  // namespace

const PCFILTER_DESCRIPTOR kRenderWaveFilter = {
    0, &filter_automation,
    sizeof(PCPIN_DESCRIPTOR), ARRAYSIZE(render_pins), render_pins,
    sizeof(PCNODE_DESCRIPTOR), ARRAYSIZE(render_nodes), render_nodes,
    ARRAYSIZE(render_connections), render_connections,
    ARRAYSIZE(render_categories), render_categories};

const PCFILTER_DESCRIPTOR kCaptureWaveFilter = {
    0, &filter_automation,
    sizeof(PCPIN_DESCRIPTOR), ARRAYSIZE(capture_pins), capture_pins,
    sizeof(PCNODE_DESCRIPTOR), ARRAYSIZE(capture_nodes), capture_nodes,
    ARRAYSIZE(capture_connections), capture_connections,
    ARRAYSIZE(capture_categories), capture_categories};
