// The parts of the client that need no machine: formats, files, conversion, comparison.

#include <gtest/gtest.h>
#include <ks.h>
#include <ksmedia.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "client/audio_format.h"
#include "client/comparison.h"
#include "client/filter.h"
#include "client/topology.h"
#include "client/wav_file.h"

namespace portside::client {
namespace {

AudioFormat format(const char* text) { return AudioFormat::parse(text).value(); }

TEST(AudioFormat, ReadsWhatItWrites) {
  EXPECT_EQ(format("48000/16/2").to_string(), "48000 Hz, 16-bit, 2 channels");
  EXPECT_EQ(format("192000/32f/8").kind, SampleKind::kFloat);
  EXPECT_EQ(format("8000/8/1").silence(), 0x80);
  EXPECT_EQ(format("44100/24/2").frame_bytes(), 6u);
}

TEST(AudioFormat, RefusesWithAReason) {
  for (const char* text : {"", "48000", "48000/16", "0/16/2", "48000/15/2", "48000/16/0", "48000/16f/2", "48000/16/2x",
                           "-1/16/2", "99999999999/16/2", "48000/16/33"}) {
    const auto parsed = AudioFormat::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().sentence().find("is no format"), std::string::npos) << text;
  }
}

class WavFile : public testing::TestWithParam<const char*> {
 protected:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("portside_wav_" + std::to_string(getpid()) + ".wav");
  ~WavFile() override { std::filesystem::remove(path_); }
};

TEST_P(WavFile, ComesBackBitForBit) {
  Sound sound{format(GetParam()), {}};
  sound.frames.resize(sound.format.frame_bytes() * 1000);
  for (size_t i = 0; i < sound.frames.size(); ++i) sound.frames[i] = static_cast<std::byte>(i * 37 + i / 256);
  if (sound.format.kind == SampleKind::kFloat) {
    for (size_t i = 0; i < sound.frames.size() / 4; ++i) {
      const float value = static_cast<float>(i % 2000) / 1000.0f - 1.0f;
      std::memcpy(&sound.frames[i * 4], &value, 4);
    }
  }
  ASSERT_TRUE(write_wav(path_, sound.format, sound.frames));
  const auto back = read_sound(path_);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(back->format.bits, sound.format.bits);
  EXPECT_EQ(back->format.channels, sound.format.channels);
  EXPECT_EQ(back->format.rate_hz, sound.format.rate_hz);
  EXPECT_TRUE(back->frames == sound.frames);
}
INSTANTIATE_TEST_SUITE_P(Formats, WavFile,
                         testing::Values("8000/8/1", "48000/16/2", "44100/24/2", "96000/32/8", "192000/32f/8"));

TEST(WavFileErrors, AreSentences) {
  EXPECT_FALSE(read_sound("/nowhere/at/all.wav"));
  const auto text = std::filesystem::temp_directory_path() / ("portside_text_" + std::to_string(getpid()) + ".wav");
  std::ofstream(text) << "this is not a sound";
  const auto read = read_sound(text);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().sentence().find(text.string()), std::string::npos);
  std::filesystem::remove(text);
}

TEST(Convert, WideningLosesNothing) {
  Sound narrow{format("48000/16/1"), {}};
  for (int i = 0; i < 65536; i += 7) {
    narrow.frames.push_back(static_cast<std::byte>(i & 0xFF));
    narrow.frames.push_back(static_cast<std::byte>(i >> 8));
  }
  const auto wide = convert(narrow, format("48000/32/1"));
  ASSERT_TRUE(wide);
  const auto back = convert(*wide, narrow.format);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->frames == narrow.frames);
}

TEST(Convert, RepeatsAMonoSoundOnEveryChannel) {
  Sound mono{format("48000/16/1"), {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}};
  const auto stereo = convert(mono, format("48000/16/2"));
  ASSERT_TRUE(stereo);
  const std::vector<std::byte> expected{std::byte{1}, std::byte{2}, std::byte{1}, std::byte{2},
                                        std::byte{3}, std::byte{4}, std::byte{3}, std::byte{4}};
  EXPECT_TRUE(stereo->frames == expected);
}

std::vector<std::byte> ramp(size_t bytes, unsigned seed) {
  std::vector<std::byte> out(bytes);
  for (auto& b : out) b = static_cast<std::byte>((seed = seed * 1664525 + 1013904223) >> 24);
  return out;
}

TEST(Compare, FindsTheSoundWhereverItBegins) {
  const AudioFormat f = format("48000/16/2");
  const auto played = ramp(4000, 1);
  std::vector<std::byte> recorded(400);
  recorded.insert(recorded.end(), played.begin(), played.end());
  recorded.resize(recorded.size() + 100);
  const Comparison c = compare(played, recorded, f);
  EXPECT_TRUE(c.all_identical());
  EXPECT_EQ(c.offset_frames, 100u);
  EXPECT_EQ(c.samples, 2000u);
}

TEST(Compare, CountsADroppedAndAChangedSample) {
  const AudioFormat f = format("48000/16/2");
  const auto played = ramp(4000, 1);
  auto changed = played;
  changed[3000] ^= std::byte{1};
  Comparison c = compare(played, changed, f);
  EXPECT_EQ(c.identical, 1999u);
  EXPECT_EQ(c.first_difference_frame, 750u);
  auto dropped = played;
  dropped.erase(dropped.begin() + 2000, dropped.begin() + 2004);
  c = compare(played, dropped, f);
  EXPECT_LT(c.identical, 1100u);
  EXPECT_FALSE(compare(played, std::vector<std::byte>(4000), f).offset_frames);
}

// One wave filter that plays and records, and one topology filter beyond it with both ways.
TEST(Endpoints, EachWayOfAFilterHasTheNameOfItsOwnEnd) {
  const auto pin = [](uint32_t id, KSPIN_DATAFLOW flow, KSPIN_COMMUNICATION communication, std::string name = {}) {
    PinInfo info;
    info.id = id;
    info.dataflow = flow;
    info.communication = communication;
    info.name = std::move(name);
    info.possible_instances = 1;
    FormatRange range;
    range.is_audio = true;
    range.specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    info.ranges = {range};
    return info;
  };
  const auto way = [](uint32_t from_pin, std::optional<uint32_t> from, std::optional<uint32_t> to, uint32_t to_pin) {
    return ConnectionInfo{.from_node = from, .to_node = to, .from_pin = from_pin, .to_pin = to_pin};
  };
  FilterInfo wave, topology;
  wave.name = "Wave";
  wave.symbolic_link = u"x\\Wave";
  wave.pins = {
      pin(0, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_SINK), pin(1, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE),
      pin(2, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_SINK), pin(3, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE)};
  wave.connections = {way(0, std::nullopt, 7, 1), way(0, 7, std::nullopt, 1), way(3, std::nullopt, 8, 1),
                      way(0, 8, std::nullopt, 2)};
  wave.pins[1].connection = PhysicalConnection{.filter = u"x\\Topology", .pin = 0};
  topology.name = "Topology";
  topology.symbolic_link = u"x\\Topology";
  topology.pins = {pin(0, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE),
                   pin(1, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE, "Speakers"),
                   pin(2, KSPIN_DATAFLOW_IN, KSPIN_COMMUNICATION_NONE, "Microphone"),
                   pin(3, KSPIN_DATAFLOW_OUT, KSPIN_COMMUNICATION_NONE)};
  topology.connections = {way(0, std::nullopt, std::nullopt, 1), way(2, std::nullopt, std::nullopt, 3)};
  topology.pins[3].connection = PhysicalConnection{.filter = u"x\\Wave", .pin = 3};
  const std::vector<Endpoint> endpoints = endpoints_of({wave, topology});
  ASSERT_EQ(endpoints.size(), 2u);
  EXPECT_EQ(endpoints[0].name, "Speakers");
  EXPECT_EQ(endpoints[1].name, "Microphone");
  EXPECT_EQ(endpoints[1].direction, Direction::kCapture);
}

TEST(Items, NeverReachOutsideTheBytes) {
  // A KSMULTIPLE_ITEM that promises a thousand ranges of four gigabytes.
  std::vector<std::byte> hostile(32, std::byte{0xFF});
  EXPECT_TRUE(data_range_items(hostile).empty());
  EXPECT_TRUE(data_range_items(std::span(hostile).first(3)).empty());
  EXPECT_EQ(fixed_items(hostile, 16).size(), 1u);
}

}  // namespace
}  // namespace portside::client
