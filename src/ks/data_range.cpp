#include "ks/data_range.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "ks/property_request.h"

namespace portside::ks {
namespace {

bool is_wildcard(const GUID& guid) { return same_guid(guid, GUID{}); }

// One field of the GUID triple: the driver's wildcard matches anything; a client's matches only where it may.
bool field_meets(const GUID& client, const GUID& driver, bool client_may_wildcard) {
  return same_guid(client, driver) || is_wildcard(driver) || (client_may_wildcard && is_wildcard(client));
}

bool triple_meets(const KSDATAFORMAT& client, const KSDATAFORMAT& driver, bool client_may_wildcard) {
  return field_meets(client.MajorFormat, driver.MajorFormat, client_may_wildcard) &&
         field_meets(client.SubFormat, driver.SubFormat, client_may_wildcard) &&
         field_meets(client.Specifier, driver.Specifier, client_may_wildcard);
}

bool lists(const Attributes& attributes, const GUID& id) {
  return std::ranges::any_of(attributes, [&](const KSATTRIBUTE* a) { return same_guid(a->Attribute, id); });
}

Attributes attributes_of(const KSATTRIBUTE_LIST* list) {
  Attributes attributes;
  if (list)
    for (ULONG i = 0; i < list->Count; ++i)
      if (list->Attributes && list->Attributes[i]) attributes.push_back(list->Attributes[i]);
  return attributes;
}

// KSATTRIBUTE_REQUIRED on one side needs the attribute on the other.
bool attributes_meet(const Attributes& a, const Attributes& b) {
  const auto satisfied = [](const Attributes& wanted, const Attributes& offered) {
    return std::ranges::all_of(wanted, [&](const KSATTRIBUTE* x) {
      return !(x->Flags & KSATTRIBUTE_REQUIRED) || lists(offered, x->Attribute);
    });
  };
  return satisfied(a, b) && satisfied(b, a);
}

const KSDATARANGE_AUDIO* audio_of(const KSDATARANGE& range) {
  const bool is_audio =
      same_guid(range.MajorFormat, KSDATAFORMAT_TYPE_AUDIO) && range.FormatSize >= sizeof(KSDATARANGE_AUDIO);
  return is_audio ? reinterpret_cast<const KSDATARANGE_AUDIO*>(&range) : nullptr;
}

// An attribute list begins with its count, which is small, a range with its size.
bool is_range(const KSDATARANGE* entry) { return entry && entry->FormatSize >= sizeof(KSDATARANGE); }

}  // namespace

std::optional<ULONG> range_without_its_list(const KSPIN_DESCRIPTOR& pin) {
  for (ULONG i = 0; pin.DataRanges && i + 1 < pin.DataRangesCount; ++i) {
    const KSDATARANGE* entry = pin.DataRanges[i];
    if (!is_range(entry) || !(entry->Flags & KSDATARANGE_ATTRIBUTES)) continue;
    if (is_range(pin.DataRanges[i + 1])) return i;
    ++i;
  }
  return std::nullopt;
}

Result<std::vector<DataRange>> driver_ranges(const KSPIN_DESCRIPTOR& pin) {
  std::vector<DataRange> ranges;
  if (pin.DataRangesCount && !pin.DataRanges)
    return fail(StatusCode::kInvalidParameter, "DataRangesCount without DataRanges");
  for (ULONG i = 0; i < pin.DataRangesCount; ++i) {
    DataRange range{pin.DataRanges[i], nullptr};
    if (!range.range) return fail(StatusCode::kInvalidParameter, fmt::format("data range {} is NULL", i));
    if (range.range->FormatSize < sizeof(KSDATARANGE))
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("data range {} has FormatSize {}", i, range.range->FormatSize));
    if (range.range->Flags & KSDATARANGE_ATTRIBUTES) {
      if (i + 1 >= pin.DataRangesCount)
        return fail(StatusCode::kInvalidParameter,
                    fmt::format("data range {} announces an attribute list, and the array ends", i));
      if (!is_range(pin.DataRanges[i + 1]))
        range.attributes = reinterpret_cast<const KSATTRIBUTE_LIST*>(pin.DataRanges[++i]);
    }
    ranges.push_back(range);
  }
  return ranges;
}

Result<std::vector<ClientRange>> client_ranges(std::span<const std::byte> list) {
  if (list.size() < sizeof(KSMULTIPLE_ITEM)) return fail(StatusCode::kInvalidBufferSize, "no KSMULTIPLE_ITEM");
  const auto& header = *reinterpret_cast<const KSMULTIPLE_ITEM*>(list.data());
  if (header.Size < sizeof(KSMULTIPLE_ITEM) || header.Size > list.size())
    return fail(StatusCode::kInvalidBufferSize,
                fmt::format("the range list says {} bytes, there are {}", header.Size, list.size()));
  std::vector<ClientRange> ranges;
  size_t at = sizeof(KSMULTIPLE_ITEM);
  for (ULONG i = 0; i < header.Count; ++i) {
    if (at > header.Size || header.Size - at < sizeof(KSDATARANGE))
      return fail(StatusCode::kInvalidBufferSize, fmt::format("range {} of {} lies outside the list", i, header.Count));
    const auto* range = reinterpret_cast<const KSDATARANGE*>(list.data() + at);
    if (range->FormatSize < sizeof(KSDATARANGE) || range->FormatSize > header.Size - at)
      return fail(StatusCode::kInvalidBufferSize, fmt::format("range {} has FormatSize {}", i, range->FormatSize));
    at += align_quad(range->FormatSize);
    ClientRange client{range, {}};
    if (range->Flags & KSDATARANGE_ATTRIBUTES) {
      if (at > header.Size)
        return fail(StatusCode::kInvalidBufferSize, "a range announces attributes, and the list ends");
      TRY_ASSIGN(client.attributes, walk_attributes(list.subspan(at, header.Size - at)));
      at += align_quad(reinterpret_cast<const KSMULTIPLE_ITEM*>(list.data() + at)->Size);
      ++i;  // the attribute list is counted as a range
    }
    ranges.push_back(std::move(client));
  }
  return ranges;
}

void append_ranges(MultipleItemBuilder& list, const std::vector<DataRange>& ranges) {
  for (const DataRange& range : ranges) {
    list.add(std::span(reinterpret_cast<const std::byte*>(range.range), range.range->FormatSize));
    if (!range.attributes) continue;
    MultipleItemBuilder attributes(true);
    for (const KSATTRIBUTE* attribute : attributes_of(range.attributes))
      attributes.add(std::span(reinterpret_cast<const std::byte*>(attribute), attribute->Size));
    list.add(attributes.bytes());
  }
}

bool format_matches(const DataFormat& format, const DataRange& range) {
  return triple_meets(format.header(), *range.range, false) &&
         attributes_meet(format.attributes(), attributes_of(range.attributes));
}

bool ranges_meet(const ClientRange& client, const DataRange& driver) {
  return triple_meets(*client.range, *driver.range, true) &&
         attributes_meet(client.attributes, attributes_of(driver.attributes));
}

Result<std::vector<std::byte>> default_intersection(const KSDATARANGE& client, const KSDATARANGE& driver) {
  if (!triple_meets(client, driver, true)) return fail(StatusCode::kNoMatch, "the ranges' GUIDs differ");
  const auto pick = [](const GUID& a, const GUID& b) { return is_wildcard(a) ? b : a; };
  KSDATAFORMAT header{};
  header.MajorFormat = pick(driver.MajorFormat, client.MajorFormat);
  header.SubFormat = pick(driver.SubFormat, client.SubFormat);
  header.Specifier = pick(driver.Specifier, client.Specifier);

  const bool wave = same_guid(header.Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX);
  if (!wave) {
    // Bridge pins: KSDATAFORMAT_SPECIFIER_NONE, the triple is the whole format.
    if (!same_guid(header.Specifier, KSDATAFORMAT_SPECIFIER_NONE) && !is_wildcard(header.Specifier))
      return fail(StatusCode::kNoMatch, "the port has no default format for this specifier");
    header.FormatSize = sizeof(KSDATAFORMAT);
    std::vector<std::byte> bytes(sizeof header);
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
  }

  const KSDATARANGE_AUDIO* mine = audio_of(driver);
  const KSDATARANGE_AUDIO* theirs = audio_of(client);
  if (!mine) return fail(StatusCode::kNoMatch, "the pin's range is no KSDATARANGE_AUDIO");
  ULONG channels = mine->MaximumChannels, bits_low = mine->MinimumBitsPerSample, bits = mine->MaximumBitsPerSample,
        rate_low = mine->MinimumSampleFrequency, rate = mine->MaximumSampleFrequency;
  if (theirs) {
    channels = std::min(channels, theirs->MaximumChannels);
    bits_low = std::max(bits_low, theirs->MinimumBitsPerSample);
    bits = std::min(bits, theirs->MaximumBitsPerSample);
    rate_low = std::max(rate_low, theirs->MinimumSampleFrequency);
    rate = std::min(rate, theirs->MaximumSampleFrequency);
  }
  // ULONG(-1) channels on both sides means "any": stereo is the choice then.
  if (channels == ~ULONG{0}) channels = 2;
  if (channels == 0 || channels > 0xFFFF || bits < bits_low || bits == 0 || bits > 64 || rate < rate_low || rate == 0)
    return fail(StatusCode::kNoMatch, "no channels, bits or rate in common");

  const bool is_float = same_guid(header.SubFormat, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
  const ULONG container = (bits + 7) / 8 * 8;
  const bool extensible = channels > 2 || bits > 16 || is_float;
  KSDATAFORMAT_WAVEFORMATEXTENSIBLE format{};
  const size_t size = extensible ? sizeof(KSDATAFORMAT_WAVEFORMATEXTENSIBLE) : sizeof(KSDATAFORMAT_WAVEFORMATEX);
  header.FormatSize = static_cast<ULONG>(size);
  header.SampleSize = channels * container / 8;
  if (is_wildcard(header.SubFormat)) header.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  format.DataFormat = header;
  WAVEFORMATEX& w = format.WaveFormatExt.Format;
  w.wFormatTag = extensible ? WAVE_FORMAT_EXTENSIBLE : WAVE_FORMAT_PCM;
  w.nChannels = static_cast<WORD>(channels);
  w.nSamplesPerSec = rate;
  w.wBitsPerSample = static_cast<WORD>(container);
  w.nBlockAlign = static_cast<WORD>(header.SampleSize);
  w.nAvgBytesPerSec = rate * w.nBlockAlign;
  if (extensible) {
    w.cbSize = sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX);
    format.WaveFormatExt.Samples.wValidBitsPerSample = static_cast<WORD>(bits);
    constexpr ULONG kMasks[] = {0,
                                KSAUDIO_SPEAKER_MONO,
                                KSAUDIO_SPEAKER_STEREO,
                                0x7,
                                KSAUDIO_SPEAKER_QUAD,
                                0x37,
                                KSAUDIO_SPEAKER_5POINT1,
                                0x13F,
                                KSAUDIO_SPEAKER_7POINT1_SURROUND};
    format.WaveFormatExt.dwChannelMask = channels < std::size(kMasks) ? kMasks[channels] : 0;
    format.WaveFormatExt.SubFormat = header.SubFormat;
  }
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), &format, size);
  return bytes;
}

std::string outside_ranges(std::span<const std::byte> format, const KSDATARANGE& client, const KSDATARANGE& driver) {
  if (format.size() < sizeof(KSDATAFORMAT))
    return fmt::format("the format has {} bytes, a KSDATAFORMAT {}", format.size(), sizeof(KSDATAFORMAT));
  KSDATAFORMAT header;
  std::memcpy(&header, format.data(), sizeof header);
  if (!triple_meets(header, driver, false) || !triple_meets(header, client, false))
    return "the format's GUIDs are not those of the ranges";
  if (!same_guid(header.Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX)) return {};
  if (format.size() < sizeof(KSDATAFORMAT_WAVEFORMATEX)) return "the format has no WAVEFORMATEX";
  WAVEFORMATEX wave;
  std::memcpy(&wave, format.data() + sizeof header, sizeof wave);
  const std::optional<WaveFormat> described = wave_format_of(format);
  for (const KSDATARANGE* range : {&client, &driver}) {
    const KSDATARANGE_AUDIO* audio = audio_of(*range);
    if (!audio) continue;
    const char* whose = range == &client ? "the client's range" : "the pin's range";
    if (wave.nChannels > audio->MaximumChannels)
      return fmt::format("{} channels, and {} has at most {}", wave.nChannels, whose, audio->MaximumChannels);
    if (wave.nSamplesPerSec < audio->MinimumSampleFrequency || wave.nSamplesPerSec > audio->MaximumSampleFrequency)
      return fmt::format("{} Hz, and {} has {} to {}", wave.nSamplesPerSec, whose, audio->MinimumSampleFrequency,
                         audio->MaximumSampleFrequency);
    // Containers are wider than the bits in them: a range of 24 bits is met by 24 in 32.
    const uint16_t bits = described && described->valid_bits ? described->valid_bits : wave.wBitsPerSample;
    if (wave.wBitsPerSample < audio->MinimumBitsPerSample || bits < audio->MinimumBitsPerSample ||
        bits > audio->MaximumBitsPerSample)
      return fmt::format("{} bits, and {} has {} to {}", bits, whose, audio->MinimumBitsPerSample,
                         audio->MaximumBitsPerSample);
  }
  return {};
}

}  // namespace portside::ks
