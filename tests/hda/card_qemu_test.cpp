// drivers/hda and drivers/ac97 over QEMU's cards, which nobody here wrote, in real time: what comes out of the codec is
// what went in, second by second, and what is said into it is what is recorded. Without QEMU each test says so and is
// skipped.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "base/temporary_folder.h"
#include "client/playback.h"
#include "host/device_choice.h"
#include "support/likeness.h"
#include "support/loopback.h"
#include "support/needs_qemu.h"

namespace portside {
namespace {

using namespace std::chrono_literals;
using client::AudioFormat;
using client::Direction;
using client::StreamMode;

constexpr AudioFormat kCd{48000, 16, 2};
constexpr size_t kRate = 48000;

std::span<const int16_t> samples_of(const client::Sound& sound) {
  return {reinterpret_cast<const int16_t*>(sound.frames.data()), sound.frames.size() / 2};
}

// Left: somebody speaks. Right: a sine from 20 Hz to 20 kHz, as slow as there is time for.
client::Sound speech_and_sweep(size_t seconds) {
  client::Sound sound{kCd, std::vector<std::byte>(seconds * kRate * 4)};
  auto* out = reinterpret_cast<int16_t*>(sound.frames.data());
  std::vector<int16_t> speech;
  for (const char* name : {"Front_Center", "Front_Left", "Front_Right", "Rear_Center", "Rear_Left", "Rear_Right",
                           "Side_Left", "Side_Right"}) {
    const auto clip =
        client::read_sound(std::filesystem::path("/usr/share/sounds/alsa") / (std::string(name) + ".wav"));
    if (!clip) continue;
    const auto mono = client::convert(*clip, {48000, 16, 1});
    if (!mono) continue;
    const auto more = samples_of(*mono);
    speech.insert(speech.end(), more.begin(), more.end());
  }
  const double length = static_cast<double>(seconds), octaves = std::log(20000.0 / 20.0);
  for (size_t i = 0; i < seconds * kRate; ++i) {
    const double t = static_cast<double>(i) / kRate;
    out[2 * i] = speech.empty() ? 0 : speech[i % speech.size()];
    out[2 * i + 1] =
        static_cast<int16_t>(9000 * std::sin(2 * M_PI * 20 * length / octaves * (std::exp(t * octaves / length) - 1)));
  }
  return sound;
}

class Cards : public ::testing::Test {
 protected:
  void SetUp() override { testing_support::needs_qemu(); }
  void start(const char* driver, const char* device, bool hears) {
    auto choice =
        host::DeviceChoice::create({.devices = {device}, .heard = heard_path(), .spoken = hears ? spoken_path() : ""});
    ASSERT_TRUE(choice) << choice.error().to_string();
    choice_ = std::make_unique<host::DeviceChoice>(std::move(*choice));
    host::MachineOptions options;
    choice_->apply(options);
    auto machine = host::Machine::create(options);
    ASSERT_TRUE(machine) << machine.error().to_string();
    machine_ = std::move(*machine);
    const auto slots = choice_->plug(*machine_);
    ASSERT_TRUE(slots) << slots.error().to_string();
    const auto installed = machine_->install({.driver = driver, .slot = slots->front()});
    ASSERT_TRUE(installed) << installed.error().to_string();
  }
  // Ends the machine and QEMU; what was heard.
  client::Sound stop() {
    const auto removed = machine_->uninstall();
    EXPECT_TRUE(removed) << removed.error().to_string();
    EXPECT_TRUE(machine_->findings().empty()) << testing_support::report_of(*machine_);
    machine_.reset();
    choice_.reset();
    auto sound = client::read_sound(heard_path());
    EXPECT_TRUE(sound) << sound.error().to_string();
    return sound ? *sound : client::Sound{};
  }
  client::StreamLog play(const client::Sound& sound, Nanoseconds buffer, StreamMode mode) {
    client::StreamLog log;
    const auto ran = machine_->run([&] {
      const auto filters = client::list_filters();
      const auto endpoint = client::find_endpoint(client::endpoints_of(*filters), Direction::kRender, {});
      ASSERT_TRUE(endpoint) << endpoint.error().to_string();
      client::StreamOptions options;
      options.buffer = buffer;
      options.mode = mode;
      options.notifications = mode == StreamMode::kPosition ? 0 : 2;
      auto stream = client::Stream::open(*endpoint, kCd, options);
      ASSERT_TRUE(stream) << stream.error().to_string();
      auto played = client::play(**stream, sound, {.tail = 300ms});
      ASSERT_TRUE(played) << played.error().to_string();
      log = *played;
    });
    EXPECT_TRUE(ran) << ran.error().to_string();
    return log;
  }
  static void expect_alike(const client::Sound& played, const client::Sound& heard, const char* what) {
    for (const unsigned side : {0u, 1u}) {
      const auto alike = testing_support::likeness(testing_support::channel(samples_of(played), side),
                                                   testing_support::channel(samples_of(heard), side), kRate);
      std::printf("%s, %s: %zu seconds, lowest correlation %.6f, %zu shifted\n", what, side ? "right" : "left",
                  alike.seconds, alike.worst, alike.shifted);
      EXPECT_GE(alike.offset, 0) << what;
      EXPECT_GT(alike.seconds, 0u) << what;
      EXPECT_GE(alike.worst, 0.999) << what << ", second " << alike.worst_second;
      EXPECT_EQ(alike.shifted, 0u) << what;
    }
  }
  std::string heard_path() const { return folder_.path() / "heard.wav"; }
  std::string spoken_path() const { return folder_.path() / "spoken.wav"; }

  const TemporaryFolder folder_;
  std::unique_ptr<host::DeviceChoice> choice_;
  std::unique_ptr<host::Machine> machine_;
};

TEST(Likeness, OfASoundThatIsNotThereIsNone) {
  const client::Sound sound = speech_and_sweep(1);
  const auto played = testing_support::channel(samples_of(sound), 1);
  EXPECT_GT(testing_support::likeness(played, played, kRate).worst, 0.999);
  const auto alike = testing_support::likeness(played, std::vector<double>(2 * kRate), kRate);
  EXPECT_EQ(alike.offset, -1);
  EXPECT_EQ(alike.worst, 0.0);
}

TEST_F(Cards, HdaPlaysSpeechAndASweepWhileItRecords) {
  const client::Sound sound = speech_and_sweep(30), spoken = speech_and_sweep(5);
  ASSERT_TRUE(client::write_wav(spoken_path(), kCd, spoken.frames));
  // Without its timer the codec takes what its host has room for, and drops nothing when its host is late.
  start(HDA_INF, "qemu:ich9-intel-hda,hda-duplex,use-timer=off", true);
  if (HasFatalFailure()) return;
  client::DuplexRequest request;
  request.sound = sound;
  request.record = true;
  request.stream.buffer = 341ms;  // sixteen pages: this machine may be busy with others
  auto outcome = testing_support::duplex(*machine_, request);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  for (const client::Glitch& glitch : outcome->play_log->glitches)
    std::printf("at %.3f s: %s\n", static_cast<double>(glitch.when.count()) / 1e9, glitch.sentence.c_str());
  expect_alike(sound, stop(), "hda, played");
  // What is said comes again and again: any of it that is whole.
  const auto& recorded = outcome->recording->sound;
  expect_alike(spoken, recorded, "hda, recorded");
}

struct Buffer {
  const char* name;
  Nanoseconds time;
  StreamMode mode;
};
class CardBuffers : public Cards, public ::testing::WithParamInterface<Buffer> {};

TEST_P(CardBuffers, HdaPlays) {
  const client::Sound sound = speech_and_sweep(3);
  start(HDA_INF, "qemu:ich9-intel-hda,hda-output,use-timer=off", false);
  if (HasFatalFailure()) return;
  const auto log = play(sound, GetParam().time, GetParam().mode);
  EXPECT_EQ(log.frames, 3 * kRate);
  expect_alike(sound, stop(), GetParam().name);
}
INSTANTIATE_TEST_SUITE_P(, CardBuffers,
                         ::testing::Values(Buffer{"SixteenPages", 341ms, StreamMode::kPacket},
                                           Buffer{"OneSecond", 1s, StreamMode::kPosition}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(Cards, Ac97Plays) {
  const client::Sound sound = speech_and_sweep(3);
  start(AC97_INF, "qemu:AC97", false);
  if (HasFatalFailure()) return;
  const auto log = play(sound, 200ms, StreamMode::kPacket);
  EXPECT_EQ(log.frames, 3 * kRate);
  expect_alike(sound, stop(), "ac97");
}

}  // namespace
}  // namespace portside
