// What a watcher is told: levels, lateness, and the list for ALSA.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "base/temporary_folder.h"
#include "service/alsa_hints.h"
#include "service/lateness_histogram.h"
#include "service/level_meter.h"

namespace portside::service {
namespace {

template <class Value>
std::vector<std::byte> bytes_of(const std::vector<Value>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(Value));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

TEST(LevelMeter, MeasuresEachChannelOverATenthOfASecond) {
  LevelMeter meter({SampleType::kSigned16, 2, 8000, 0});
  std::vector<int16_t> sound;
  for (int n = 0; n < 800; ++n) {
    sound.push_back(static_cast<int16_t>(std::lround(16384 * std::sin(n * 2 * std::numbers::pi / 80))));
    sound.push_back(n == 3 ? -32768 : 0);
  }
  const auto bytes = bytes_of(sound);
  meter.add(std::span(bytes).first(400 * 4));
  EXPECT_TRUE(meter.levels().empty());
  meter.add(std::span(bytes).subspan(400 * 4));
  ASSERT_EQ(meter.levels().size(), 2u);
  EXPECT_NEAR(meter.levels()[0].peak, 0.5, 1e-3);
  EXPECT_NEAR(meter.levels()[0].rms, 0.5 / std::numbers::sqrt2, 1e-3);
  EXPECT_EQ(meter.levels()[1].peak, 1);
  EXPECT_NEAR(meter.levels()[1].rms, std::sqrt(1.0 / 800), 1e-6);
  meter.clear();
  EXPECT_TRUE(meter.levels().empty());
}

TEST(LevelMeter, KnowsEverySample) {
  const auto peak = [](SampleType type, const std::vector<std::byte>& bytes) {
    LevelMeter meter({type, 1, 10, 0});
    meter.add(bytes);
    return meter.levels().empty() ? -1 : meter.levels()[0].peak;
  };
  EXPECT_DOUBLE_EQ(peak(SampleType::kUnsigned8, bytes_of<uint8_t>({128 + 32})), 0.25);
  EXPECT_DOUBLE_EQ(peak(SampleType::kSigned16, bytes_of<int16_t>({-8192})), 0.25);
  EXPECT_DOUBLE_EQ(peak(SampleType::kSigned24, bytes_of<uint8_t>({0, 0, 0xE0})), 0.25);
  EXPECT_DOUBLE_EQ(peak(SampleType::kSigned32, bytes_of<int32_t>({1 << 29})), 0.25);
  EXPECT_DOUBLE_EQ(peak(SampleType::kSigned24In32, bytes_of<int32_t>({1 << 29})), 0.25);
  EXPECT_DOUBLE_EQ(peak(SampleType::kFloat32, bytes_of<float>({0.25F})), 0.25);
  EXPECT_DOUBLE_EQ(peak(SampleType::kFloat32, bytes_of<float>({NAN})), 0);
}

TEST(AlsaHints, AreAFile_AndNoNameBreaksThem) {
  const TemporaryFolder folder;
  const std::string socket = (folder.path() / "host").string();
  const std::vector<EndpointInfo> endpoints = {{.id = "speaker",
                                                .name = "Speaker \"A\"|\n(\x7F\u009B\x9B"
                                                        "cable)",
                                                .direction = Direction::kRender},
                                               {.id = "line-in", .name = "Line In", .direction = Direction::kCapture}};
  const std::string text = alsa_hints(endpoints, socket);
  EXPECT_NE(text.find("\t\"portside:speaker|Speaker A(cable)|IOIDOutput\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\t\"portside:line-in|Line In|IOIDInput\"\n"), std::string::npos) << text;
  EXPECT_NE(
      text.find("pcm.portside-line-in {\n\ttype portside\n\tendpoint \"line-in\"\n\tsocket \"" + socket + "\"\n}\n"),
      std::string::npos)
      << text;
  // Nobody's name but ours is defined, and nothing where the text would not be what it stands for.
  const std::vector<EndpointInfo> odd = {{.id = "a.b c", .name = "default"}, {.id = "x\"y", .name = "hw"}};
  const std::string defined = alsa_hints(odd, socket);
  EXPECT_NE(defined.find("pcm.portside-a-b-c {"), std::string::npos) << defined;
  EXPECT_EQ(defined.find("pcm.", defined.find("a-b-c {")), std::string::npos) << defined;
  EXPECT_EQ(alsa_hints(odd, "/a\"b").find("pcm.portside"), std::string::npos);
  const std::filesystem::path file = socket + ".alsa.conf";
  const AlsaHints hints(socket);
  hints.write(endpoints);
  EXPECT_EQ(std::filesystem::file_size(file), text.size());
  hints.remove();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(LatenessHistogram, CountsInStepsThatDouble) {
  LatenessHistogram histogram;
  for (const int64_t ns : {0LL, 24'999LL, 25'000LL, 30'000'000LL}) histogram.add(ns);
  EXPECT_EQ(histogram.counts()[0], 2u);
  EXPECT_EQ(histogram.counts()[1], 1u);
  EXPECT_EQ(histogram.counts().back(), 1u);
}

}  // namespace
}  // namespace portside::service
