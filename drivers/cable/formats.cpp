// Formats. See formats.h.
#include "formats.h"

#pragma code_seg("PAGE")

namespace {

bool is_guid(const GUID& a, const GUID& b) { return IsEqualGUID(a, b) != 0; }

// Speaker positions for a count of channels that names none: the usual rooms, and "no position" for odd counts.
ULONG default_channel_mask(ULONG channels) {
  switch (channels) {
    case 1: return KSAUDIO_SPEAKER_MONO;
    case 2: return KSAUDIO_SPEAKER_STEREO;
    case 4: return KSAUDIO_SPEAKER_QUAD;
    case 6: return KSAUDIO_SPEAKER_5POINT1;
    case 8: return KSAUDIO_SPEAKER_7POINT1_SURROUND;
    default: return KSAUDIO_SPEAKER_DIRECTOUT;
  }
}

// The client's may be the wrong way round.
bool ranges_meet(ULONG low, ULONG high, ULONG client_low, ULONG client_high) {
  return client_low <= client_high && low <= client_high && client_low <= high;
}

ULONG smaller(ULONG a, ULONG b) { return a < b ? a : b; }
ULONG larger(ULONG a, ULONG b) { return a > b ? a : b; }

}  // namespace

NTSTATUS parse_format(const KSDATAFORMAT* format, SampleFormat* result) {
  PAGED_CODE();
  // The sizes come from a client: look at no field before its bytes are known to be there. (The sum, and not
  // sizeof(KSDATAFORMAT_WAVEFORMATEX): that has six bytes of padding at its end which clients need not send.)
  if (format->FormatSize < sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEX)) return STATUS_INVALID_PARAMETER;
  if (!is_guid(format->MajorFormat, KSDATAFORMAT_TYPE_AUDIO) ||
      !is_guid(format->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)) {
    return STATUS_NO_MATCH;
  }
  const auto& wave = *reinterpret_cast<const WAVEFORMATEX*>(format + 1);
  const ULONG wave_bytes = format->FormatSize - sizeof(KSDATAFORMAT);

  ULONG valid_bits = wave.wBitsPerSample;
  bool is_float = wave.wFormatTag == WAVE_FORMAT_IEEE_FLOAT;
  if (wave.wFormatTag == WAVE_FORMAT_EXTENSIBLE) {
    if (wave_bytes < sizeof(WAVEFORMATEXTENSIBLE) ||
        wave.cbSize < sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX)) {
      return STATUS_INVALID_PARAMETER;
    }
    const WAVEFORMATEXTENSIBLE& extensible = reinterpret_cast<const WAVEFORMATEXTENSIBLE&>(wave);
    is_float = is_guid(extensible.SubFormat, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
    if (!is_float && !is_guid(extensible.SubFormat, KSDATAFORMAT_SUBTYPE_PCM)) return STATUS_NO_MATCH;
    // Zero means "all of them". Fewer valid bits sit at the top of the container; the cable carries containers, so they
    // pass as they are.
    if (extensible.Samples.wValidBitsPerSample != 0) valid_bits = extensible.Samples.wValidBitsPerSample;
    if (valid_bits > wave.wBitsPerSample) return STATUS_INVALID_PARAMETER;
  } else if (wave.wFormatTag != WAVE_FORMAT_PCM && !is_float) {
    return STATUS_NO_MATCH;
  }

  if (wave.nChannels == 0 || wave.nChannels > kMaxChannels || wave.nSamplesPerSec < kMinRate ||
      wave.nSamplesPerSec > kMaxRate) {
    return STATUS_NO_MATCH;
  }
  const bool known_width = is_float ? wave.wBitsPerSample == 32
                                    : wave.wBitsPerSample == 8 || wave.wBitsPerSample == 16 ||
                                          wave.wBitsPerSample == 24 || wave.wBitsPerSample == 32;
  if (!known_width) return STATUS_NO_MATCH;
  const ULONG block = static_cast<ULONG>(wave.nChannels) * (wave.wBitsPerSample / 8);
  if (wave.nBlockAlign != block || wave.nAvgBytesPerSec != block * wave.nSamplesPerSec) return STATUS_INVALID_PARAMETER;

  result->rate = wave.nSamplesPerSec;
  result->channels = wave.nChannels;
  result->bytes_per_sample = static_cast<USHORT>(wave.wBitsPerSample / 8);
  result->is_float = is_float;
  return STATUS_SUCCESS;
}

void fill_format(KSDATAFORMAT* format, const GUID& sub_format, ULONG channels, ULONG bits, ULONG rate) {
  PAGED_CODE();
  constexpr ULONG needed = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEXTENSIBLE);
  auto* wave = reinterpret_cast<WAVEFORMATEXTENSIBLE*>(format + 1);
  RtlZeroMemory(format, needed);
  const ULONG block = channels * (bits / 8);
  format->FormatSize = needed;
  format->SampleSize = block;
  format->MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  format->SubFormat = sub_format;
  format->Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  wave->Format.wFormatTag = WAVE_FORMAT_EXTENSIBLE;
  wave->Format.nChannels = static_cast<USHORT>(channels);
  wave->Format.nSamplesPerSec = rate;
  wave->Format.nAvgBytesPerSec = block * rate;
  wave->Format.nBlockAlign = static_cast<USHORT>(block);
  wave->Format.wBitsPerSample = static_cast<USHORT>(bits);
  wave->Format.cbSize = sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX);
  wave->Samples.wValidBitsPerSample = static_cast<USHORT>(bits);
  wave->dwChannelMask = default_channel_mask(channels);
  wave->SubFormat = sub_format;
}

NTSTATUS intersect_ranges(const KSDATARANGE* client, const KSDATARANGE* ours, ULONG room, PVOID result, ULONG* length) {
  PAGED_CODE();
  // A bridge's range holds no rates or widths: the port's own answer is as good.
  if (!is_guid(ours->Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)) return STATUS_NOT_IMPLEMENTED;
  // A client may ask with wildcards in place of each GUID; ours never holds any.
  const bool any_specifier = is_guid(client->Specifier, KSDATAFORMAT_SPECIFIER_WILDCARD);
  if (!any_specifier && !is_guid(client->Specifier, ours->Specifier)) return STATUS_NO_MATCH;
  if (!is_guid(client->SubFormat, KSDATAFORMAT_SUBTYPE_WILDCARD) && !is_guid(client->SubFormat, ours->SubFormat)) {
    return STATUS_NO_MATCH;
  }

  const auto& mine = *reinterpret_cast<const KSDATARANGE_AUDIO*>(ours);
  ULONG channels = mine.MaximumChannels;
  ULONG low_bits = mine.MinimumBitsPerSample, high_bits = mine.MaximumBitsPerSample;
  const ULONG low_rate = mine.MinimumSampleFrequency;
  ULONG high_rate = mine.MaximumSampleFrequency;
  if (!any_specifier) {
    if (client->FormatSize < sizeof(KSDATARANGE_AUDIO)) return STATUS_INVALID_PARAMETER;
    const auto& theirs = *reinterpret_cast<const KSDATARANGE_AUDIO*>(client);
    if (theirs.MaximumChannels == 0 ||
        !ranges_meet(low_bits, high_bits, theirs.MinimumBitsPerSample, theirs.MaximumBitsPerSample) ||
        !ranges_meet(low_rate, high_rate, theirs.MinimumSampleFrequency, theirs.MaximumSampleFrequency)) {
      return STATUS_NO_MATCH;
    }
    channels = smaller(channels, theirs.MaximumChannels);
    low_bits = larger(low_bits, theirs.MinimumBitsPerSample);
    high_bits = smaller(high_bits, theirs.MaximumBitsPerSample);
    high_rate = smaller(high_rate, theirs.MaximumSampleFrequency);
  }
  // "Highest quality" is the rule of the page; a container is a whole number of bytes.
  const ULONG bits = high_bits & ~7u;
  if (bits < low_bits || bits == 0) return STATUS_NO_MATCH;
  const ULONG rate = high_rate;

  const ULONG needed = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEXTENSIBLE);
  *length = needed;
  if (room == 0) return STATUS_BUFFER_OVERFLOW;
  if (room < needed) return STATUS_BUFFER_TOO_SMALL;

  fill_format(static_cast<KSDATAFORMAT*>(result), ours->SubFormat, channels, bits, rate);
  return STATUS_SUCCESS;
}

#pragma code_seg()
