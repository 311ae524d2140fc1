// StreamFormat. See stream_format.h.
#include "stream_format.h"

#pragma code_seg("PAGE")

namespace {

// §3.7.1: a rate is a base, times 1 to 4, by 1 to 8. §7.3.4.7: its bit in the list of what a converter can do.
struct Rate {
  ULONG hertz;
  ULONG pcm_bit;
  USHORT base_44100;
  USHORT multiple;  // less one, as it is written
  USHORT divisor;   // less one
};
constexpr Rate kRates[] = {
    {8000, 0, 0, 0, 5},  {11025, 1, 1, 0, 3},  {16000, 2, 0, 0, 2},   {22050, 3, 1, 0, 1},
    {32000, 4, 0, 1, 2}, {44100, 5, 1, 0, 0},  {48000, 6, 0, 0, 0},   {88200, 7, 1, 1, 0},
    {96000, 8, 0, 1, 0}, {176400, 9, 1, 3, 0}, {192000, 10, 0, 3, 0},
};

struct Size {
  ULONG valid_bits;
  ULONG pcm_bit;
  USHORT code;
  ULONG container_bytes;  // §4.5.1: samples of 20 and 24 bits lie in 32, at the top
};
constexpr Size kSizes[] = {{16, 17, 1, 2}, {24, 19, 3, 4}, {32, 20, 4, 4}};

bool can(const ConverterFormats& converter, ULONG bit) { return converter.pcm >> bit & 1; }

ULONG valid_bits_of(const KSDATAFORMAT* format, ULONG container_bits) {
  const auto& wave = *reinterpret_cast<const WAVEFORMATEX*>(format + 1);
  if (wave.wFormatTag != WAVE_FORMAT_EXTENSIBLE) return container_bits;
  const ULONG valid = reinterpret_cast<const WAVEFORMATEXTENSIBLE&>(wave).Samples.wValidBitsPerSample;
  return valid ? valid : container_bits;
}

}  // namespace

NTSTATUS match_format(const KSDATAFORMAT* format, const ConverterFormats& converter, StreamFormat* result) {
  PAGED_CODE();
  StreamFormat found = {};
  const NTSTATUS status = parse_format(format, &found.samples);
  if (!NT_SUCCESS(status)) return status;
  if (found.samples.is_float || found.samples.channels > converter.channels || found.samples.channels > 16)
    return STATUS_NO_MATCH;
  found.valid_bits = valid_bits_of(format, found.samples.bytes_per_sample * 8u);

  const Rate* rate = nullptr;
  for (const Rate& r : kRates)
    if (r.hertz == found.samples.rate && can(converter, r.pcm_bit)) rate = &r;
  const Size* size = nullptr;
  for (const Size& s : kSizes) {
    if (s.valid_bits == found.valid_bits && s.container_bytes == found.samples.bytes_per_sample &&
        can(converter, s.pcm_bit))
      size = &s;
  }
  if (!rate || !size) return STATUS_NO_MATCH;
  found.link = static_cast<USHORT>(rate->base_44100 << 14 | rate->multiple << 11 | rate->divisor << 8 |
                                   size->code << 4 | (found.samples.channels - 1));
  *result = found;
  return STATUS_SUCCESS;
}

ULONG list_ranges(const ConverterFormats& converter, KSDATARANGE_AUDIO* ranges) {
  PAGED_CODE();
  ULONG count = 0;
  for (const Size& size : kSizes) {
    for (const Rate& rate : kRates) {
      if (!can(converter, size.pcm_bit) || !can(converter, rate.pcm_bit) || count == kMaxRanges) continue;
      KSDATARANGE_AUDIO& range = ranges[count++];
      RtlZeroMemory(&range, sizeof(range));
      range.DataRange.FormatSize = sizeof(range);
      range.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
      range.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
      range.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
      range.MaximumChannels = converter.channels;
      range.MinimumBitsPerSample = range.MaximumBitsPerSample = size.valid_bits;
      range.MinimumSampleFrequency = range.MaximumSampleFrequency = rate.hertz;
    }
  }
  return count;
}

NTSTATUS intersect_format(const KSDATARANGE* client, const KSDATARANGE* ours, ULONG room, PVOID result, ULONG* length) {
  PAGED_CODE();
  // A range of ours names one size of sample, and intersect_ranges() a container of as many bits, a multiple of 8.
  const auto& range = *reinterpret_cast<const KSDATARANGE_AUDIO*>(ours);
  const ULONG valid_bits = range.MaximumBitsPerSample;
  const NTSTATUS status = intersect_ranges(client, ours, room, result, length);
  if (status != STATUS_SUCCESS || valid_bits == 16 || valid_bits == 32) return status;
  auto* wave = reinterpret_cast<WAVEFORMATEXTENSIBLE*>(static_cast<KSDATAFORMAT*>(result) + 1);
  fill_format(static_cast<KSDATAFORMAT*>(result), ours->SubFormat, wave->Format.nChannels, 32,
              wave->Format.nSamplesPerSec);
  wave->Samples.wValidBitsPerSample = static_cast<USHORT>(valid_bits);
  return STATUS_SUCCESS;
}

#pragma code_seg()
