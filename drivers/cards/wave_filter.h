// WaveFilter: the descriptor of a wave filter with one host pin and one bridge pin, made from what a converter can do.
// Pin 0 is where the audio enters.
#pragma once

#include "filter_parts.h"
#include "stream_format.h"

class WaveFilter {
 public:
  void describe(const ConverterFormats& formats, bool capture, const PCAUTOMATION_TABLE* automation);
  PCFILTER_DESCRIPTOR* descriptor() { return &filter_; }

 private:
  KSDATARANGE_AUDIO ranges_[kMaxRanges];
  PKSDATARANGE host_ranges_[kMaxRanges];
  PCPIN_DESCRIPTOR pins_[2];
  PCCONNECTION_DESCRIPTOR connections_[2];
  PCFILTER_DESCRIPTOR filter_;
};
