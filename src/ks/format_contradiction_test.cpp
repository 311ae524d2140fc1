#include "ks/format_contradiction.h"

#include <gtest/gtest.h>
#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>

#include <functional>

namespace portside::ks {
namespace {

KSDATAFORMAT_WAVEFORMATEXTENSIBLE stereo() {
  KSDATAFORMAT_WAVEFORMATEXTENSIBLE f{};
  f.DataFormat.FormatSize = sizeof f;
  f.DataFormat.SampleSize = 4;
  f.DataFormat.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  f.DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  f.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  f.WaveFormatExt.Format = {
      WAVE_FORMAT_EXTENSIBLE, 2, 48000, 192000, 4, 16, sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX)};
  f.WaveFormatExt.Samples.wValidBitsPerSample = 16;
  f.WaveFormatExt.dwChannelMask = KSAUDIO_SPEAKER_STEREO;
  f.WaveFormatExt.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  return f;
}
std::string with(const std::function<void(KSDATAFORMAT&, WAVEFORMATEXTENSIBLE&)>& change) {
  KSDATAFORMAT_WAVEFORMATEXTENSIBLE f = stereo();
  change(f.DataFormat, f.WaveFormatExt);
  return format_contradiction(std::as_bytes(std::span(&f, 1)));
}

TEST(FormatContradiction, OfARightFormatThereIsNone) {
  EXPECT_EQ(with([](auto&, auto&) {}), "");
  EXPECT_EQ(with([](auto& f, auto&) { f.SampleSize = 0; }), "") << "as many drivers have it";
  EXPECT_EQ(with([](auto&, auto& w) { w.Samples.wValidBitsPerSample = 12; }), "");
}

TEST(FormatContradiction, EachFieldIsLookedAt) {
  EXPECT_NE(with([](auto& f, auto&) { ++f.FormatSize; }), "");
  EXPECT_NE(with([](auto& f, auto&) { --f.FormatSize; }), "");
  EXPECT_NE(with([](auto& f, auto&) { f.Flags = 0xC7; }), "");
  EXPECT_NE(with([](auto& f, auto&) { f.Reserved = 1; }), "");
  EXPECT_NE(with([](auto& f, auto&) { f.SampleSize = 5; }), "");
  EXPECT_NE(with([](auto& f, auto&) { f.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT; }), "");
  EXPECT_NE(with([](auto&, auto& w) { w.Format.wFormatTag = 0; }), "");
  EXPECT_NE(with([](auto&, auto& w) { w.Format.wFormatTag = WAVE_FORMAT_IEEE_FLOAT; }), "");
  EXPECT_NE(with([](auto&, auto& w) { w.Format.nChannels = 0; }), "");
  EXPECT_NE(with([](auto&, auto& w) { w.Format.nSamplesPerSec = 0; }), "");
  EXPECT_NE(with([](auto&, auto& w) { ++w.Format.nAvgBytesPerSec; }), "");
  EXPECT_NE(with([](auto&, auto& w) { ++w.Format.nBlockAlign; }), "");
  EXPECT_NE(with([](auto&, auto& w) { w.Format.wBitsPerSample = 12; }), "");
  EXPECT_NE(with([](auto&, auto& w) { ++w.Format.cbSize; }), "");
  EXPECT_NE(with([](auto&, auto& w) { --w.Format.cbSize; }), "");
  EXPECT_NE(with([](auto&, auto& w) { w.Samples.wValidBitsPerSample = 17; }), "");
  EXPECT_NE(with([](auto&, auto& w) { w.Samples.wValidBitsPerSample = 0; }), "");
}

TEST(FormatContradiction, ChannelsHaveSpeakers) {
  const auto named = [](WORD channels, ULONG mask) {
    KSDATAFORMAT_WAVEFORMATEXTENSIBLE f = stereo();
    f.WaveFormatExt.Format.nChannels = channels;
    f.WaveFormatExt.dwChannelMask = mask;
    return speakers_unnamed(std::as_bytes(std::span(&f, 1))).empty();
  };
  EXPECT_TRUE(named(2, KSAUDIO_SPEAKER_STEREO));
  EXPECT_FALSE(named(2, SPEAKER_FRONT_LEFT));
  EXPECT_TRUE(named(2, KSAUDIO_SPEAKER_DIRECTOUT));
  EXPECT_FALSE(named(1, KSAUDIO_SPEAKER_STEREO));
  EXPECT_TRUE(named(8, KSAUDIO_SPEAKER_DIRECTOUT));
  EXPECT_TRUE(named(8, KSAUDIO_SPEAKER_7POINT1_SURROUND));
}

}  // namespace
}  // namespace portside::ks
