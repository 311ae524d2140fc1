// WaveFilter. See wave_filter.h.
#include "wave_filter.h"

namespace {

// One node: where samples become a signal, or a signal samples.
const PCNODE_DESCRIPTOR render_node = {0, nullptr, &KSNODETYPE_DAC, nullptr};
const PCNODE_DESCRIPTOR capture_node = {0, nullptr, &KSNODETYPE_ADC, nullptr};

// REALTIME is what makes the filter a WaveRT one.
const GUID render_categories[] = {
    {STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_RENDER)}, {STATICGUIDOF(KSCATEGORY_REALTIME)}};
const GUID capture_categories[] = {
    {STATICGUIDOF(KSCATEGORY_AUDIO)}, {STATICGUIDOF(KSCATEGORY_CAPTURE)}, {STATICGUIDOF(KSCATEGORY_REALTIME)}};

}  // namespace

#pragma code_seg("PAGE")

void WaveFilter::describe(const ConverterFormats& formats, bool capture, const PCAUTOMATION_TABLE* automation) {
  PAGED_CODE();
  const ULONG ranges = list_ranges(formats, ranges_);
  for (ULONG i = 0; i < ranges; ++i) host_ranges_[i] = reinterpret_cast<PKSDATARANGE>(&ranges_[i]);
  PCPIN_DESCRIPTOR& host = pins_[capture ? 1 : 0];
  host = bridge_pin_of(capture ? KSPIN_DATAFLOW_OUT : KSPIN_DATAFLOW_IN, &KSCATEGORY_AUDIO);
  host.MaxGlobalInstanceCount = host.MaxFilterInstanceCount = 1;
  host.KsPinDescriptor.Communication = KSPIN_COMMUNICATION_SINK;
  host.KsPinDescriptor.DataRangesCount = ranges;
  host.KsPinDescriptor.DataRanges = host_ranges_;
  pins_[capture ? 0 : 1] = bridge_pin_of(capture ? KSPIN_DATAFLOW_IN : KSPIN_DATAFLOW_OUT, &KSCATEGORY_AUDIO);
  connections_[0] = {PCFILTER_NODE, 0, 0, KSNODEPIN_STANDARD_IN};
  connections_[1] = {0, KSNODEPIN_STANDARD_OUT, PCFILTER_NODE, 1};
  filter_ = filter_of(automation, pins_, capture ? &capture_node : &render_node, 1, connections_, 2);
  filter_.CategoryCount = ARRAYSIZE(render_categories);
  filter_.Categories = capture ? capture_categories : render_categories;
}

#pragma code_seg()
