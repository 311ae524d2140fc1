#include "ks/data_format.h"

#include <gtest/gtest.h>

#include <cstring>

#include "ks/data_range.h"
#include "ks/property_request.h"

namespace portside::ks {
namespace {

KSDATAFORMAT_WAVEFORMATEX wave(uint16_t channels, uint32_t rate, uint16_t bits) {
  KSDATAFORMAT_WAVEFORMATEX format{};
  format.DataFormat.FormatSize = sizeof format;
  format.DataFormat.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  format.DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  format.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  format.WaveFormatEx = {
      WAVE_FORMAT_PCM, channels, rate, rate * channels * bits / 8, static_cast<WORD>(channels * bits / 8), bits, 0};
  return format;
}

KSDATARANGE_AUDIO range(ULONG channels, ULONG bits_low, ULONG bits, ULONG rate_low, ULONG rate) {
  KSDATARANGE_AUDIO r{};
  r.DataRange.FormatSize = sizeof r;
  r.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  r.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  r.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  r.MaximumChannels = channels;
  r.MinimumBitsPerSample = bits_low;
  r.MaximumBitsPerSample = bits;
  r.MinimumSampleFrequency = rate_low;
  r.MaximumSampleFrequency = rate;
  return r;
}

template <class T>
std::vector<std::byte> bytes_of(const T& t) {
  std::vector<std::byte> bytes(sizeof t);
  std::memcpy(bytes.data(), &t, sizeof t);
  return bytes;
}

// A format with one processing-mode attribute behind it.
std::vector<std::byte> with_mode(KSDATAFORMAT_WAVEFORMATEX format, ULONG flags = 0) {
  format.DataFormat.Flags |= KSDATAFORMAT_ATTRIBUTES;
  std::vector<std::byte> bytes = bytes_of(format);
  bytes.resize(align_quad(bytes.size()));
  struct {
    KSMULTIPLE_ITEM list;
    KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE mode;
  } tail{};
  tail.list = {sizeof tail, 1};
  tail.mode.AttributeHeader = {sizeof tail.mode, flags, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE};
  tail.mode.SignalProcessingMode = AUDIO_SIGNALPROCESSINGMODE_RAW;
  const auto more = bytes_of(tail);
  bytes.insert(bytes.end(), more.begin(), more.end());
  return bytes;
}

TEST(DataFormat, ParsesWhatAClientSends) {
  const auto format = DataFormat::parse(bytes_of(wave(2, 48000, 16)));
  ASSERT_TRUE(format);
  const auto w = format->wave();
  ASSERT_TRUE(w);
  EXPECT_EQ(w->channels, 2);
  EXPECT_EQ(w->rate, 48000u);
  EXPECT_EQ(w->frame_bytes, 4);
  EXPECT_TRUE(format->attributes().empty());
}

TEST(DataFormat, RefusesSizesThatLie) {
  auto format = wave(2, 48000, 16);
  const auto whole = bytes_of(format);
  EXPECT_FALSE(DataFormat::parse(std::span(whole).first(sizeof(KSDATAFORMAT) - 1)));
  format.DataFormat.FormatSize = sizeof(KSDATAFORMAT) - 1;
  EXPECT_FALSE(DataFormat::parse(bytes_of(format)));
  format.DataFormat.FormatSize = sizeof format + 1;
  EXPECT_FALSE(DataFormat::parse(bytes_of(format)));
  format.DataFormat.FormatSize = 0xFFFFFFFF;
  EXPECT_FALSE(DataFormat::parse(bytes_of(format)));
}

TEST(DataFormat, CarriesItsAttributes) {
  const auto format = DataFormat::parse(with_mode(wave(2, 48000, 16)));
  ASSERT_TRUE(format);
  ASSERT_EQ(format->attributes().size(), 1u);
  EXPECT_TRUE(same_guid(format->attributes()[0]->Attribute, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE));
  EXPECT_EQ(format->format_bytes().size(), sizeof(KSDATAFORMAT_WAVEFORMATEX));
}

TEST(DataFormat, EveryTruncationIsRefusedOrHarmless) {
  const auto whole = with_mode(wave(2, 48000, 16));
  for (size_t bytes = 0; bytes < whole.size(); ++bytes)
    EXPECT_FALSE(DataFormat::parse(std::span(whole).first(bytes))) << bytes;
  auto lying = whole;
  const size_t at = align_quad(sizeof(KSDATAFORMAT_WAVEFORMATEX));
  const KSMULTIPLE_ITEM many{static_cast<ULONG>(whole.size() - at), 0xFFFFFFFF};
  std::memcpy(lying.data() + at, &many, sizeof many);
  EXPECT_FALSE(DataFormat::parse(lying)) << "a count beyond the list";
}

TEST(DataRange, AttributeListsAreCountedAsRanges) {
  auto first = range(2, 16, 16, 44100, 48000);
  first.DataRange.Flags = KSDATARANGE_ATTRIBUTES;
  auto second = range(8, 16, 24, 44100, 96000);
  KSATTRIBUTE mode{sizeof(KSATTRIBUTE), 0, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE};
  PKSATTRIBUTE attributes[] = {&mode};
  KSATTRIBUTE_LIST list{1, attributes};
  PKSDATARANGE ranges[] = {&first.DataRange, reinterpret_cast<PKSDATARANGE>(&list), &second.DataRange};
  KSPIN_DESCRIPTOR pin{};
  pin.DataRangesCount = 3;
  pin.DataRanges = ranges;
  const auto parsed = driver_ranges(pin);
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ((*parsed)[0].attributes, &list);
  EXPECT_EQ((*parsed)[1].attributes, nullptr);

  // As a client gets them, and as it sends them back for an intersection.
  MultipleItemBuilder builder(true);
  append_ranges(builder, *parsed);
  const auto wire = builder.bytes();
  EXPECT_EQ(builder.count(), 3u);
  const auto back = client_ranges(wire);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), 2u);
  EXPECT_EQ((*back)[0].attributes.size(), 1u);
  EXPECT_EQ((*back)[1].range->FormatSize, sizeof(KSDATARANGE_AUDIO));
  for (size_t bytes = 0; bytes < wire.size(); ++bytes) EXPECT_FALSE(client_ranges(wire.first(bytes)));

  pin.DataRangesCount = 1;
  EXPECT_FALSE(driver_ranges(pin)) << "an attribute list is announced, and the array ends";
}

TEST(DataRange, OneThatAnnouncesAListAndHasNoneIsARange) {
  auto first = range(2, 16, 16, 44100, 48000), second = first;
  first.DataRange.Flags = second.DataRange.Flags = KSDATARANGE_ATTRIBUTES;
  KSATTRIBUTE_LIST list{0, nullptr};
  PKSDATARANGE ranges[] = {&first.DataRange, &second.DataRange, reinterpret_cast<PKSDATARANGE>(&list)};
  KSPIN_DESCRIPTOR pin{};
  pin.DataRangesCount = 3;
  pin.DataRanges = ranges;
  EXPECT_EQ(range_without_its_list(pin), 0u);
  const auto parsed = driver_ranges(pin);
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ((*parsed)[0].attributes, nullptr);
  EXPECT_EQ((*parsed)[1].attributes, &list);
  first.DataRange.Flags = 0;
  EXPECT_EQ(range_without_its_list(pin), std::nullopt);
}

TEST(DataRange, MatchesByGuidsAndRequiredAttributes) {
  auto r = range(2, 16, 16, 44100, 48000);
  const auto plain = *DataFormat::parse(bytes_of(wave(2, 48000, 16)));
  EXPECT_TRUE(format_matches(plain, {&r.DataRange, nullptr}));
  r.DataRange.SubFormat = KSDATAFORMAT_SUBTYPE_ANALOG;
  EXPECT_FALSE(format_matches(plain, {&r.DataRange, nullptr}));
  r.DataRange.SubFormat = GUID{};
  EXPECT_TRUE(format_matches(plain, {&r.DataRange, nullptr})) << "the range's wildcard";

  KSATTRIBUTE mode{sizeof(KSATTRIBUTE), KSATTRIBUTE_REQUIRED, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE};
  PKSATTRIBUTE attributes[] = {&mode};
  KSATTRIBUTE_LIST list{1, attributes};
  EXPECT_FALSE(format_matches(plain, {&r.DataRange, &list})) << "the range requires what the format lacks";
  EXPECT_TRUE(format_matches(*DataFormat::parse(with_mode(wave(2, 48000, 16))), {&r.DataRange, &list}));
  EXPECT_FALSE(
      format_matches(*DataFormat::parse(with_mode(wave(2, 48000, 16), KSATTRIBUTE_REQUIRED)), {&r.DataRange, nullptr}));
}

TEST(DataRange, DefaultIntersectionTakesTheBestOfBoth) {
  const auto mine = range(8, 8, 24, 8000, 96000), theirs = range(2, 16, 32, 8000, 48000);
  const auto format = default_intersection(theirs.DataRange, mine.DataRange);
  ASSERT_TRUE(format);
  const auto w = wave_format_of(*format);
  ASSERT_TRUE(w);
  EXPECT_EQ(w->channels, 2);
  EXPECT_EQ(w->rate, 48000u);
  EXPECT_EQ(w->bits, 24);
  EXPECT_EQ(w->tag, WAVE_FORMAT_EXTENSIBLE);
  EXPECT_EQ(default_intersection(range(2, 8, 8, 8000, 48000).DataRange, range(2, 16, 16, 8000, 48000).DataRange)
                .error()
                .code(),
            StatusCode::kNoMatch);
}

TEST(DataRange, DefaultIntersectionOfBridgesIsTheTriple) {
  KSDATARANGE analog{};
  analog.FormatSize = sizeof analog;
  analog.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  analog.SubFormat = KSDATAFORMAT_SUBTYPE_ANALOG;
  analog.Specifier = KSDATAFORMAT_SPECIFIER_NONE;
  const auto format = default_intersection(analog, analog);
  ASSERT_TRUE(format);
  EXPECT_EQ(format->size(), sizeof(KSDATAFORMAT));
}

}  // namespace
}  // namespace portside::ks
