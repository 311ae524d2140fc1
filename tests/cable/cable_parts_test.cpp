// The parts of drivers/cable that are arithmetic, compiled for the host: the clock that may not drift, the volume that
// must be exact at 0 dB, and the formats.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cable/formats.h"
#include "cable/frame_clock.h"
#include "cable/level.h"

namespace {

LONGLONG counter_now;
LONGLONG counter_frequency = 10'000'000;

constexpr ULONG kRates[] = {8000, 11025, 22050, 44100, 48000, 88200, 96000, 176400, 192000};

}  // namespace

extern "C" LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER frequency) {
  if (frequency) frequency->QuadPart = counter_frequency;
  LARGE_INTEGER now;
  now.QuadPart = counter_now;
  return now;
}

namespace {

TEST(FrameClock, IsExactAfterAYear) {
  for (const LONGLONG frequency : {10'000'000LL, 3'579'545LL, 24'000'000LL, 2'995'194'777LL}) {
    counter_frequency = frequency;
    counter_now = 123;
    const FrameClock clock;
    for (const ULONG rate : kRates) {
      const LONGLONG year = 365LL * 24 * 3600;
      EXPECT_EQ(clock.frames_at(year * frequency, rate), year * rate);
      EXPECT_EQ(clock.frames_at(year * frequency - 1, rate), year * rate - 1);
    }
  }
}

TEST(FrameClock, TicksOfAFrameIsTheFirstTickThatShowsIt) {
  for (const LONGLONG frequency : {10'000'000LL, 3'579'545LL}) {
    counter_frequency = frequency;
    const FrameClock clock;
    for (const ULONG rate : kRates) {
      for (const LONGLONG frame : {1LL, 2LL, 479LL, 480LL, 44'099LL, 44'100LL, 1'000'000'007LL}) {
        const LONGLONG tick = clock.ticks_of(frame, rate);
        EXPECT_GE(clock.frames_at(tick, rate), frame) << rate;
        EXPECT_LT(clock.frames_at(tick - 1, rate), frame) << rate;
      }
    }
  }
}

TEST(FrameClock, RoundsTimersUp) {
  counter_frequency = 3'579'545;
  const FrameClock clock;
  EXPECT_EQ(clock.hundred_ns(3'579'545), 10'000'000);
  EXPECT_EQ(clock.hundred_ns(1), 3);  // 2.79
  counter_frequency = 10'000'000;
}

SampleFormat format_of(USHORT channels, USHORT bytes, bool is_float = false) {
  return {48000, channels, bytes, static_cast<BOOLEAN>(is_float)};
}

std::vector<UCHAR> noise(size_t bytes) {
  std::vector<UCHAR> data(bytes);
  uint32_t state = 1;
  for (UCHAR& b : data) b = static_cast<UCHAR>((state = state * 1664525 + 1013904223) >> 24);
  return data;
}

TEST(Level, ZeroDecibelIsExactInEveryFormat) {
  const Level sender, receiver;
  for (const USHORT bytes : {1, 2, 3, 4}) {
    for (const bool is_float : {false, true}) {
      if (is_float && bytes != 4) continue;
      const SampleFormat format = format_of(3, bytes, is_float);
      const std::vector<UCHAR> from = noise(format.bytes_per_frame() * 100);
      std::vector<UCHAR> to(from.size());
      copy_frames(to.data(), from.data(), 100, format, sender, receiver);
      EXPECT_EQ(from, to) << bytes;
    }
  }
}

TEST(Level, GoesDownInHalfDecibels) {
  Level level;
  for (int half_steps = 0; half_steps < 192; ++half_steps) {
    level.set_volume(0, -half_steps * kVolumeStep);
    EXPECT_EQ(level.volume(0), -half_steps * kVolumeStep);
    const double wanted = std::pow(10.0, -0.5 * half_steps / 20) * Level::kUnity;
    EXPECT_NEAR(level.gain(0), wanted, wanted * 1e-6 + half_steps + 1) << half_steps;
  }
  level.set_volume(0, -3 * kDecibel - 100);
  EXPECT_EQ(level.volume(0), -3 * kDecibel) << "the nearest step";
  level.set_volume(0, 5 * kDecibel);
  EXPECT_EQ(level.volume(0), kVolumeMax);
  level.set_volume(0, -500 * kDecibel);
  EXPECT_EQ(level.volume(0), kVolumeMin);
  EXPECT_EQ(level.gain(0), 0);
}

TEST(Level, ScalesEachChannelByItsOwn) {
  Level sender, receiver;
  sender.set_volume(1, -6 * kDecibel);
  receiver.set_volume(1, -6 * kDecibel);
  const SampleFormat format = format_of(2, 2);
  const int16_t from[] = {20000, 20000, -20000, -20000};
  int16_t to[4];
  copy_frames(reinterpret_cast<UCHAR*>(to), reinterpret_cast<const UCHAR*>(from), 2, format, sender, receiver);
  EXPECT_EQ(to[0], 20000);
  EXPECT_EQ(to[2], -20000);
  EXPECT_NEAR(to[1], 20000 * std::pow(10.0, -0.6), 1);
  EXPECT_NEAR(to[3], -20000 * std::pow(10.0, -0.6), 1);
}

TEST(Level, ScalesFloatAnd24Bit) {
  Level half, unity;
  half.set_volume(0, -20 * kDecibel);
  const float sample = 0.5f;
  float scaled;
  copy_frames(reinterpret_cast<UCHAR*>(&scaled), reinterpret_cast<const UCHAR*>(&sample), 1, format_of(1, 4, true),
              half, unity);
  EXPECT_NEAR(scaled, 0.05f, 1e-6f);

  const UCHAR minus_million[] = {0xC0, 0xBD, 0xF0};
  UCHAR to[3];
  copy_frames(to, minus_million, 1, format_of(1, 3), half, unity);
  const int32_t value = static_cast<int32_t>(static_cast<uint32_t>(to[0] | to[1] << 8 | to[2] << 16) << 8) >> 8;
  EXPECT_NEAR(value, -100000, 1);
}

TEST(Level, MuteIsSilenceEvenInUnsignedBytes) {
  Level muted, unity;
  for (ULONG c = 0; c < kMaxChannels; ++c) muted.set_muted(c, true);
  const std::vector<UCHAR> from = noise(64);
  for (const USHORT bytes : {1, 2, 3, 4}) {
    const SampleFormat format = format_of(1, bytes);
    std::vector<UCHAR> to(60, 0x55);
    copy_frames(to.data(), from.data(), 60 / bytes, format, unity, muted);
    EXPECT_EQ(to, std::vector<UCHAR>(60, format.silence())) << bytes;
  }
  muted.set_muted(0, false);
  EXPECT_EQ(muted.gain(0), Level::kUnity) << "the volume was kept";
}

// --- formats -------------------------------------------------------------------------------------------------------

struct WaveFormat {
  KSDATAFORMAT format;
  WAVEFORMATEXTENSIBLE wave;
};

WaveFormat wave_format(USHORT tag, USHORT channels, ULONG rate, USHORT bits) {
  WaveFormat f = {};
  f.format.FormatSize = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEX);
  f.format.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  f.format.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  WAVEFORMATEX& w = f.wave.Format;
  w.wFormatTag = tag;
  w.nChannels = channels;
  w.nSamplesPerSec = rate;
  w.wBitsPerSample = bits;
  w.nBlockAlign = static_cast<USHORT>(channels * (bits / 8));
  w.nAvgBytesPerSec = rate * w.nBlockAlign;
  if (tag == WAVE_FORMAT_EXTENSIBLE) {
    f.format.FormatSize = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEXTENSIBLE);
    w.cbSize = sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX);
    f.wave.Samples.wValidBitsPerSample = bits;
    f.wave.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
  }
  return f;
}

TEST(Formats, TakesWhatTheCableCarries) {
  for (const ULONG rate : kRates) {
    for (USHORT channels = 1; channels <= 8; ++channels) {
      for (const USHORT bits : {8, 16, 24, 32}) {
        for (const USHORT tag : {WAVE_FORMAT_PCM, WAVE_FORMAT_EXTENSIBLE}) {
          SampleFormat parsed;
          const WaveFormat f = wave_format(tag, channels, rate, bits);
          ASSERT_EQ(parse_format(&f.format, &parsed), STATUS_SUCCESS);
          EXPECT_EQ(parsed.rate, rate);
          EXPECT_EQ(parsed.bytes_per_frame(), channels * bits / 8u);
          EXPECT_FALSE(parsed.is_float);
        }
      }
    }
  }
  SampleFormat parsed;
  const WaveFormat f = wave_format(WAVE_FORMAT_IEEE_FLOAT, 2, 48000, 32);
  ASSERT_EQ(parse_format(&f.format, &parsed), STATUS_SUCCESS);
  EXPECT_TRUE(parsed.is_float);
}

TEST(Formats, RefusesTheRest) {
  SampleFormat parsed;
  const auto status_of = [&](WaveFormat f) { return parse_format(&f.format, &parsed); };
  EXPECT_EQ(status_of(wave_format(WAVE_FORMAT_PCM, 0, 48000, 16)), STATUS_NO_MATCH);
  EXPECT_EQ(status_of(wave_format(WAVE_FORMAT_PCM, 9, 48000, 16)), STATUS_NO_MATCH);
  EXPECT_EQ(status_of(wave_format(WAVE_FORMAT_PCM, 2, 7999, 16)), STATUS_NO_MATCH);
  EXPECT_EQ(status_of(wave_format(WAVE_FORMAT_PCM, 2, 192001, 16)), STATUS_NO_MATCH);
  EXPECT_EQ(status_of(wave_format(WAVE_FORMAT_PCM, 2, 48000, 20)), STATUS_NO_MATCH);
  EXPECT_EQ(status_of(wave_format(WAVE_FORMAT_IEEE_FLOAT, 2, 48000, 16)), STATUS_NO_MATCH);
  EXPECT_EQ(status_of(wave_format(0x55, 2, 48000, 16)), STATUS_NO_MATCH);

  WaveFormat f = wave_format(WAVE_FORMAT_PCM, 2, 48000, 16);
  f.wave.Format.nBlockAlign = 3;
  EXPECT_EQ(status_of(f), STATUS_INVALID_PARAMETER);
  f = wave_format(WAVE_FORMAT_PCM, 2, 48000, 16);
  f.format.FormatSize = sizeof(KSDATAFORMAT);
  EXPECT_EQ(status_of(f), STATUS_INVALID_PARAMETER);
  f = wave_format(WAVE_FORMAT_EXTENSIBLE, 2, 48000, 16);
  f.wave.Samples.wValidBitsPerSample = 24;
  EXPECT_EQ(status_of(f), STATUS_INVALID_PARAMETER);
  f = wave_format(WAVE_FORMAT_EXTENSIBLE, 2, 48000, 16);
  f.format.FormatSize = sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEX);
  EXPECT_EQ(status_of(f), STATUS_INVALID_PARAMETER) << "the tag promises what the size does not hold";
  f = wave_format(WAVE_FORMAT_PCM, 2, 48000, 16);
  f.format.Specifier = KSDATAFORMAT_SPECIFIER_NONE;
  EXPECT_EQ(status_of(f), STATUS_NO_MATCH);
}

KSDATARANGE_AUDIO range(GUID subtype, ULONG channels, ULONG low_bits, ULONG high_bits, ULONG low_rate,
                        ULONG high_rate) {
  KSDATARANGE_AUDIO r = {};
  r.DataRange.FormatSize = sizeof(r);
  r.DataRange.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  r.DataRange.SubFormat = subtype;
  r.DataRange.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  r.MaximumChannels = channels;
  r.MinimumBitsPerSample = low_bits;
  r.MaximumBitsPerSample = high_bits;
  r.MinimumSampleFrequency = low_rate;
  r.MaximumSampleFrequency = high_rate;
  return r;
}

TEST(Intersection, GivesTheBestOfBoth) {
  const KSDATARANGE_AUDIO ours = range(KSDATAFORMAT_SUBTYPE_PCM, 8, 8, 32, 8000, 192000);
  const KSDATARANGE_AUDIO theirs = range(KSDATAFORMAT_SUBTYPE_PCM, 2, 16, 24, 44100, 48000);
  ULONG length = 0;
  ASSERT_EQ(intersect_ranges(&theirs.DataRange, &ours.DataRange, 0, nullptr, &length), STATUS_BUFFER_OVERFLOW);
  WaveFormat answer = {};
  ASSERT_EQ(length, sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEXTENSIBLE));
  EXPECT_EQ(intersect_ranges(&theirs.DataRange, &ours.DataRange, length - 1, &answer, &length),
            STATUS_BUFFER_TOO_SMALL);
  ASSERT_EQ(intersect_ranges(&theirs.DataRange, &ours.DataRange, length, &answer, &length), STATUS_SUCCESS);
  EXPECT_EQ(answer.wave.Format.nChannels, 2);
  EXPECT_EQ(answer.wave.Format.nSamplesPerSec, 48000u);
  EXPECT_EQ(answer.wave.Format.wBitsPerSample, 24);
  SampleFormat parsed;
  EXPECT_EQ(parse_format(&answer.format, &parsed), STATUS_SUCCESS) << "what is offered is taken";
}

TEST(Intersection, IsEmptyWhereTheRangesDoNotMeet) {
  const KSDATARANGE_AUDIO ours = range(KSDATAFORMAT_SUBTYPE_PCM, 8, 8, 32, 8000, 192000);
  ULONG length = 0;
  for (const KSDATARANGE_AUDIO& theirs : {range(KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, 2, 32, 32, 48000, 48000),
                                          range(KSDATAFORMAT_SUBTYPE_PCM, 2, 33, 64, 48000, 48000),
                                          range(KSDATAFORMAT_SUBTYPE_PCM, 2, 17, 20, 48000, 48000),
                                          range(KSDATAFORMAT_SUBTYPE_PCM, 2, 16, 16, 200000, 384000),
                                          range(KSDATAFORMAT_SUBTYPE_PCM, 0, 16, 16, 48000, 48000)}) {
    EXPECT_EQ(intersect_ranges(&theirs.DataRange, &ours.DataRange, 0, nullptr, &length), STATUS_NO_MATCH);
  }
}

}  // namespace
