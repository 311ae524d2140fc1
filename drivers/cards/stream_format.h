// StreamFormat: a client's sample format as the link and the converter know it (HDA 1.0a §3.7.1), and which of them a
// converter can do (§7.3.4.7).
#pragma once

#include "formats.h"

// What a converter said it can do.
struct ConverterFormats {
  ULONG pcm;       // §7.3.4.7: rates in bits 0 to 11, sizes in bits 16 to 20
  ULONG channels;  // at most
};

struct StreamFormat {
  SampleFormat samples;  // containers: 16-bit samples in 2 bytes, all longer ones in 4
  ULONG valid_bits;
  USHORT link;  // §3.7.1: what SDnFMT and the converter are told

  ULONG bytes_per_frame() const { return samples.bytes_per_frame(); }
  ULONG bytes_per_second() const { return samples.rate * samples.bytes_per_frame(); }
};

// STATUS_NO_MATCH: well formed, and not what the converter can do; others as parse_format().
NTSTATUS match_format(const KSDATAFORMAT* format, const ConverterFormats& converter, StreamFormat* result);

// Data ranges: one for each rate and size. `ranges` has room for kMaxRanges; the result is how many there are.
constexpr ULONG kMaxRanges = 32;
ULONG list_ranges(const ConverterFormats& converter, KSDATARANGE_AUDIO* ranges);

// IMiniport::DataRangeIntersection with one of those ranges.
NTSTATUS intersect_format(const KSDATARANGE* client, const KSDATARANGE* ours, ULONG room, PVOID result, ULONG* length);
