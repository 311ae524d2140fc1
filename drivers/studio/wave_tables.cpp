// The wave filters' descriptors. See wave_tables.h.
#include "wave_tables.h"

#include "control.h"

// Tables, a row a line.
// clang-format off

namespace {

// KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE in a range says: streams of this pin are opened in a mode.
KSATTRIBUTE mode_attribute = {sizeof(KSATTRIBUTE), 0, {STATICGUIDOF(KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE)}};
PKSATTRIBUTE mode_attributes[] = {&mode_attribute};
KSATTRIBUTE_LIST mode_attribute_list = {ARRAYSIZE(mode_attributes), mode_attributes};

KSDATARANGE bridge_range = {{sizeof(KSDATARANGE), 0, 0, 0, {STATICGUIDOF(KSDATAFORMAT_TYPE_AUDIO)},
                             {STATICGUIDOF(KSDATAFORMAT_SUBTYPE_ANALOG)}, {STATICGUIDOF(KSDATAFORMAT_SPECIFIER_NONE)}}};
PKSDATARANGE bridge_ranges[] = {&bridge_range};

constexpr ULONG kReadWrite = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;
constexpr ULONG kReadOnly = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT;
constexpr ULONG kWriteOnly = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT;

#define FILTER_PROPERTIES                                                                                           \
    {&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, kWriteOnly, &WaveMiniport::on_proposed_format},            \
    {&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT2, kReadOnly, &WaveMiniport::on_preferred_format},           \
    {&KSPROPSETID_General, KSPROPERTY_GENERAL_COMPONENTID, kReadOnly, &WaveMiniport::on_component_id},              \
    {&KSPROPSETID_AudioEffectsDiscovery, KSPROPERTY_AUDIOEFFECTSDISCOVERY_EFFECTSLIST, kReadOnly,                   \
     &WaveMiniport::on_effects},                                                                                    \
    {&STUDIO_PROPERTY_SET, STUDIO_PROPERTY_WORD_CLOCK, kReadWrite, &WaveMiniport::on_word_clock},                   \
    {&STUDIO_PROPERTY_SET, STUDIO_PROPERTY_STATISTICS, kReadOnly, &WaveMiniport::on_statistics},                    \
    {&STUDIO_PROPERTY_SET, STUDIO_PROPERTY_SELF_TEST, kReadOnly, &WaveMiniport::on_self_test}

#define MODULE_PROPERTIES                                                                                           \
    {&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS, kReadOnly, &WaveMiniport::on_module_descriptors},\
    {&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_COMMAND, kReadOnly, &WaveMiniport::on_module_command},        \
    {&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_NOTIFICATION_DEVICE_ID, kReadOnly,                            \
     &WaveMiniport::on_module_notification_id}

const PCPROPERTY_ITEM render_filter_properties[] = {FILTER_PROPERTIES, MODULE_PROPERTIES};
DEFINE_PCAUTOMATION_TABLE_PROP(render_filter_automation, render_filter_properties);

const PCPROPERTY_ITEM capture_filter_properties[] = {
    FILTER_PROPERTIES,
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS, kReadOnly, &SoundDetector::on_supported_patterns},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_PATTERNS, kWriteOnly, &SoundDetector::on_patterns},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_ARMED, kReadWrite, &SoundDetector::on_armed},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_MATCHRESULT, kReadOnly, &SoundDetector::on_match_result},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_RESET, kWriteOnly, &SoundDetector::on_reset},
    {&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT, kReadOnly, &SoundDetector::on_streaming_support}};
const PCEVENT_ITEM capture_filter_events[] = {
    {&KSEVENTSETID_SoundDetector, KSEVENT_SOUNDDETECTOR_MATCHDETECTED, KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_BASICSUPPORT,
     &SoundDetector::on_event}};
DEFINE_PCAUTOMATION_TABLE_PROP_EVENT(capture_filter_automation, capture_filter_properties, capture_filter_events);

const PCPROPERTY_ITEM render_pin_properties[] = {
    MODULE_PROPERTIES,
    {&STUDIO_PROPERTY_SET, STUDIO_PROPERTY_STREAM_FACTS, kReadOnly, &WaveMiniport::on_stream_facts}};
DEFINE_PCAUTOMATION_TABLE_PROP(render_pin_automation, render_pin_properties);
const PCPROPERTY_ITEM capture_pin_properties[] = {
    {&STUDIO_PROPERTY_SET, STUDIO_PROPERTY_STREAM_FACTS, kReadOnly, &WaveMiniport::on_stream_facts}};
DEFINE_PCAUTOMATION_TABLE_PROP(capture_pin_automation, capture_pin_properties);

// KSNODETYPE_AUDIO_ENGINE: the properties of KSPROPSETID_AudioEngine are answered by the port, which asks the miniport's
// IMiniportAudioEngineNode; but for this one, for which that has no method.
const PCPROPERTY_ITEM engine_properties[] = {
    {&KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_DEVICECONTROLS, kReadOnly, &WaveMiniport::on_device_controls}};
DEFINE_PCAUTOMATION_TABLE_PROP(engine_automation, engine_properties);
const PCNODE_DESCRIPTOR render_nodes[] = {{0, &engine_automation, &KSNODETYPE_AUDIO_ENGINE, nullptr}};
const PCNODE_DESCRIPTOR capture_nodes[] = {{0, nullptr, &KSNODETYPE_ADC, nullptr}};

// The engine's own pins, in the order that the page on offload draws them: the output to the device is 0, the loopback 1,
// offload and host come in behind. (Unconfirmed: no page numbers the pins of an engine node.)
const PCCONNECTION_DESCRIPTOR render_connections[] = {
    {PCFILTER_NODE, WaveMiniport::kHostPin, WaveMiniport::kEngineNode, 1},
    {PCFILTER_NODE, WaveMiniport::kOffloadPin, WaveMiniport::kEngineNode, 2},
    {WaveMiniport::kEngineNode, 3, PCFILTER_NODE, WaveMiniport::kLoopbackPin},
    {WaveMiniport::kEngineNode, 0, PCFILTER_NODE, WaveMiniport::kRenderBridgePin}};
const PCCONNECTION_DESCRIPTOR capture_connections[] = {
    {PCFILTER_NODE, WaveMiniport::kCaptureBridgePin, WaveMiniport::kAdcNode, KSNODEPIN_STANDARD_IN},
    {WaveMiniport::kAdcNode, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, WaveMiniport::kInputPin},
    {WaveMiniport::kAdcNode, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, WaveMiniport::kKeywordPin}};

const GUID render_categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_RENDER)},
                                  {STATICGUIDOF(KSCATEGORY_REALTIME)}};
const GUID capture_categories[] = {{STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_CAPTURE)},
                                   {STATICGUIDOF(KSCATEGORY_REALTIME)}};
// clang-format on

PCPIN_DESCRIPTOR pin(ULONG streams, const PCAUTOMATION_TABLE* automation, ULONG range_count, PKSDATARANGE* ranges,
                     KSPIN_DATAFLOW direction, KSPIN_COMMUNICATION communication, const GUID* category) {
  PCPIN_DESCRIPTOR descriptor = {};
  descriptor.MaxGlobalInstanceCount = descriptor.MaxFilterInstanceCount = streams;
  descriptor.AutomationTable = automation;
  descriptor.KsPinDescriptor.DataRangesCount = range_count;
  descriptor.KsPinDescriptor.DataRanges = ranges;
  descriptor.KsPinDescriptor.DataFlow = direction;
  descriptor.KsPinDescriptor.Communication = communication;
  descriptor.KsPinDescriptor.Category = category;
  return descriptor;
}

KSDATARANGE_AUDIO range(const GUID& sub_format, ULONG channels, ULONG fewest_bits, bool modes) {
  KSDATARANGE_AUDIO audio = {};
  audio.DataRange.FormatSize = sizeof(audio);
  audio.DataRange.Flags = modes ? KSDATARANGE_ATTRIBUTES : 0;
  audio.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  audio.DataRange.SubFormat = sub_format;
  audio.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  audio.MaximumChannels = channels;
  audio.MinimumBitsPerSample = fewest_bits;
  audio.MaximumBitsPerSample = 32;
  audio.MinimumSampleFrequency = kLowestRate;
  audio.MaximumSampleFrequency = kHighestRate;
  return audio;
}

}  // namespace

#pragma code_seg("PAGE")

void WaveTables::fill(bool capture, ULONG channels) {
  PAGED_CODE();
  integers = range(KSDATAFORMAT_SUBTYPE_PCM, channels, kFewestBits, true);
  floats = range(KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, channels, 32, true);
  plain_integers = range(KSDATAFORMAT_SUBTYPE_PCM, channels, kFewestBits, false);
  plain_floats = range(KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, channels, 32, false);
  with_modes[0] = reinterpret_cast<PKSDATARANGE>(&integers);
  with_modes[1] = with_modes[3] = reinterpret_cast<PKSDATARANGE>(&mode_attribute_list);
  with_modes[2] = reinterpret_cast<PKSDATARANGE>(&floats);
  without_modes[0] = reinterpret_cast<PKSDATARANGE>(&plain_integers);
  without_modes[1] = reinterpret_cast<PKSDATARANGE>(&plain_floats);

  const auto bridge = [](KSPIN_DATAFLOW direction) {
    return pin(0, nullptr, ARRAYSIZE(bridge_ranges), bridge_ranges, direction, KSPIN_COMMUNICATION_NONE,
               &KSCATEGORY_AUDIO);
  };
  RtlZeroMemory(&filter, sizeof(filter));
  if (capture) {
    pins[WaveMiniport::kCaptureBridgePin] = bridge(KSPIN_DATAFLOW_IN);
    pins[WaveMiniport::kInputPin] =
        pin(1, &capture_pin_automation, 4, with_modes, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO);
    pins[WaveMiniport::kKeywordPin] = pin(1, &capture_pin_automation, 2, without_modes, KSPIN_DATAFLOW_OUT,
                                          KSPIN_COMMUNICATION_SINK, &KSNODETYPE_AUDIO_KEYWORDDETECTOR);
    filter.PinCount = 3;
  } else {
    pins[WaveMiniport::kHostPin] =
        pin(1, &render_pin_automation, 4, with_modes, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO);
    pins[WaveMiniport::kOffloadPin] = pin(kOffloadStreams, &render_pin_automation, 4, with_modes, KSPIN_DATAFLOW_IN,
                                          KSPIN_COMMUNICATION_SINK, &KSCATEGORY_AUDIO);
    // KSNODETYPE_AUDIO_LOOPBACK is what marks the pin as the loopback.
    pins[WaveMiniport::kLoopbackPin] = pin(1, &capture_pin_automation, 2, without_modes, KSPIN_DATAFLOW_OUT,
                                           KSPIN_COMMUNICATION_SINK, &KSNODETYPE_AUDIO_LOOPBACK);
    pins[WaveMiniport::kRenderBridgePin] = bridge(KSPIN_DATAFLOW_OUT);
    filter.PinCount = 4;
  }
  filter.AutomationTable = capture ? &capture_filter_automation : &render_filter_automation;
  filter.PinSize = sizeof(PCPIN_DESCRIPTOR);
  filter.Pins = pins;
  filter.NodeSize = sizeof(PCNODE_DESCRIPTOR);
  filter.NodeCount = 1;
  filter.Nodes = capture ? capture_nodes : render_nodes;
  filter.ConnectionCount = capture ? ULONG{ARRAYSIZE(capture_connections)} : ULONG{ARRAYSIZE(render_connections)};
  filter.Connections = capture ? capture_connections : render_connections;
  filter.CategoryCount = 3;
  filter.Categories = capture ? capture_categories : render_categories;
}

#pragma code_seg()
