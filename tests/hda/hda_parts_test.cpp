// The parts of drivers/hda that are arithmetic, compiled for the host.

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "cards/stream_format.h"
#include "cards/turn_counter.h"
#include "hda/verbs.h"

namespace {

constexpr LONGLONG kMillisecond = 10'000;

TEST(TurnCounter, CountsWholeTurnsThatNobodySaw) {
  TurnCounter turns;
  turns.reset(3840, 192'000);
  turns.start(0);
  LONGLONG now = 0;
  // Looked at in odd steps, some of many turns: 20 ms each.
  for (const LONGLONG step : {1, 7, 19, 20, 21, 33, 47, 100, 999, 5000, 12345}) {
    now += step * kMillisecond;
    const LONGLONG truth = now * 192'000 / 10'000'000 / 4 * 4;
    EXPECT_EQ(turns.look(static_cast<ULONG>(truth % 3840), now), truth) << step;
  }
}

TEST(TurnCounter, ForgivesHalfABufferOfError) {
  TurnCounter turns;
  turns.reset(3840, 192'000);
  turns.start(0);
  // The device is 9 ms ahead, or behind, of what the clock says: it has begun late, or its clock is another.
  EXPECT_EQ(turns.look(1920 + 1700, 10 * kMillisecond), 3620);
  turns.reset(3840, 192'000);
  turns.start(0);
  EXPECT_EQ(turns.look(3840 - 1728, 20 * kMillisecond), 2112);
}

TEST(TurnCounter, StandsInPause) {
  TurnCounter turns;
  turns.reset(3840, 192'000);
  turns.start(0);
  EXPECT_EQ(turns.look(960, 5 * kMillisecond), 960);
  turns.start(100'000 * kMillisecond);
  EXPECT_EQ(turns.look(1920, 100'005 * kMillisecond), 1920);
}

// A device that moves in bursts of 10 ms and stands still now and then, in a buffer that it goes round in 6.7 ms.
TEST(TurnCounter, IsRightAgainWhenADeviceHasCaughtUp) {
  TurnCounter turns;
  turns.reset(1280, 192'000);
  turns.start(0);
  LONGLONG told = 0;
  for (LONGLONG ms = 1; ms <= 60'000; ++ms) {
    const LONGLONG stands = ms % 1000 < 35 ? ms - ms % 1000 : ms;  // 35 ms in each second it does nothing
    const LONGLONG truth = stands / 10 * 10 * 192;
    const LONGLONG now = turns.look(static_cast<ULONG>(truth % 1280), ms * kMillisecond);
    EXPECT_GE(now, told);
    told = now;
  }
  EXPECT_EQ(told, 60'000 * 192);
}

TEST(TurnCounter, FollowsAnotherClock) {
  for (const LONGLONG ppm : {-300, 300}) {
    TurnCounter turns;
    turns.reset(1280, 192'000);
    turns.start(0);
    for (LONGLONG ms = 3; ms <= 600'000; ms += 3) {
      const LONGLONG truth = ms * 192 * (1'000'000 + ppm) / 1'000'000 / 4 * 4;
      ASSERT_EQ(turns.look(static_cast<ULONG>(truth % 1280), ms * kMillisecond), truth) << ms << " ms, " << ppm;
    }
  }
}

TEST(TurnCounter, IsExactAfterADay) {
  TurnCounter turns;
  turns.reset(1'000'000, 6'144'000);
  turns.start(0);
  const LONGLONG day = 86'400LL * 10'000'000;
  EXPECT_EQ(turns.look(static_cast<ULONG>(86'400LL * 6'144'000 % 1'000'000), day), 86'400LL * 6'144'000);
}

std::vector<UCHAR> format_of(ULONG rate, ULONG bits, ULONG channels, ULONG valid) {
  std::vector<UCHAR> bytes(sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEXTENSIBLE));
  auto* format = reinterpret_cast<KSDATAFORMAT*>(bytes.data());
  fill_format(format, KSDATAFORMAT_SUBTYPE_PCM, channels, bits, rate);
  reinterpret_cast<WAVEFORMATEXTENSIBLE*>(format + 1)->Samples.wValidBitsPerSample = static_cast<WORD>(valid);
  return bytes;
}

struct Word {
  ULONG rate, bits, channels, valid;
  USHORT link;
};

TEST(StreamFormat, IsWrittenAsTheLinkKnowsIt) {
  const ConverterFormats all = {0x1E07FF, 8};
  // HDA 1.0a §3.7.1: base, multiple, divisor, bits, channels.
  for (const Word& w :
       {Word{48000, 16, 2, 16, 0x0011}, Word{44100, 16, 2, 16, 0x4011}, Word{96000, 32, 2, 24, 0x0831},
        Word{192000, 32, 8, 32, 0x1847}, Word{8000, 16, 1, 16, 0x0510}, Word{11025, 16, 2, 16, 0x4311},
        Word{32000, 16, 2, 16, 0x0A11}, Word{176400, 32, 2, 24, 0x5831}, Word{22050, 16, 1, 16, 0x4110}}) {
    StreamFormat found;
    const auto bytes = format_of(w.rate, w.bits, w.channels, w.valid);
    ASSERT_EQ(match_format(reinterpret_cast<const KSDATAFORMAT*>(bytes.data()), all, &found), STATUS_SUCCESS) << w.rate;
    EXPECT_EQ(found.link, w.link) << w.rate;
  }
}

TEST(StreamFormat, IsRefusedWhenTheConverterDidNotNameIt) {
  const ConverterFormats some = {1u << 6 | 1u << 17 | 1u << 19, 2};  // 48 kHz in 16 and 24 bits
  StreamFormat found;
  for (const Word& w : {Word{44100, 16, 2, 16, 0}, Word{48000, 16, 4, 16, 0}, Word{48000, 32, 2, 32, 0},
                        Word{48000, 24, 2, 24, 0}, Word{48000, 8, 2, 8, 0}}) {
    const auto bytes = format_of(w.rate, w.bits, w.channels, w.valid);
    EXPECT_EQ(match_format(reinterpret_cast<const KSDATAFORMAT*>(bytes.data()), some, &found), STATUS_NO_MATCH)
        << w.bits;
  }
}

TEST(StreamFormat, RangesNameEachRateAndSizeOnce) {
  KSDATARANGE_AUDIO ranges[kMaxRanges];
  const ConverterFormats some = {1u << 5 | 1u << 6 | 1u << 17 | 1u << 19, 2};
  ASSERT_EQ(list_ranges(some, ranges), 4u);
  EXPECT_EQ(ranges[3].MinimumBitsPerSample, 24u);
  EXPECT_EQ(ranges[3].MaximumSampleFrequency, 48000u);
  UCHAR result[104];
  ULONG length = 0;
  ASSERT_EQ(intersect_format(&ranges[3].DataRange, &ranges[3].DataRange, sizeof result, result, &length),
            STATUS_SUCCESS);
  StreamFormat found;
  ASSERT_EQ(match_format(reinterpret_cast<const KSDATAFORMAT*>(result), some, &found), STATUS_SUCCESS);
  EXPECT_EQ(found.valid_bits, 24u);
  EXPECT_EQ(found.samples.bytes_per_sample, 4u);
}

TEST(Verbs, AreEncodedWithEightOrSixteenBitsOfPayload) {
  EXPECT_EQ(verb::encode(2, 5, verb::kGetParameter, 9), 0x205F0009u);
  EXPECT_EQ(verb::encode(0, 0x14, verb::kSetAmplifier, 0xB03F), 0x0143B03Fu);
}

}  // namespace
