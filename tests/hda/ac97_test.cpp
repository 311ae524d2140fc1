// drivers/ac97 over the model of its card, in virtual time: each sample, both ways, and over a sleep that the card
// forgot.

#include "client/playback.h"
#include "hardware/ac97_model.h"
#include "host/life_cycle.h"
#include "io/pnp.h"
#include "support/loopback.h"

namespace portside {
namespace {

using namespace std::chrono_literals;
using client::AudioFormat;
using client::Direction;

constexpr AudioFormat kCd{48000, 16, 2};

class Ac97 : public ::testing::Test {
 protected:
  void start(bool keeps_state = false) {
    auto machine = host::Machine::create({});
    ASSERT_TRUE(machine) << machine.error().to_string();
    machine_ = std::move(*machine);
    const auto slot = machine_->plug([&](hardware::DeviceHost& host) -> Result<std::unique_ptr<hardware::PciFunction>> {
      auto made = std::make_unique<hardware::Ac97Model>(host, keeps_state);
      card_ = made.get();
      return made;
    });
    ASSERT_TRUE(slot) << slot.error().to_string();
    const auto installed = machine_->install({.driver = AC97_INF, .slot = *slot});
    ASSERT_TRUE(installed) << installed.error().to_string();
  }
  void TearDown() override {
    if (!machine_) return;
    EXPECT_TRUE(machine_->uninstall());
    EXPECT_TRUE(machine_->findings().empty()) << testing_support::report_of(*machine_);
  }
  static client::Endpoint endpoint(Direction direction) {
    const auto filters = client::list_filters();
    return *client::find_endpoint(client::endpoints_of(*filters), direction, {});
  }
  // Plays, and lets the card sleep and wake meanwhile.
  void play(const client::Sound& sound, const client::StreamOptions& options, bool sleeps) {
    const auto ran = machine_->run([&] {
      auto stream = client::Stream::open(endpoint(Direction::kRender), sound.format, options);
      ASSERT_TRUE(stream) << stream.error().to_string();
      host::LifeCycle life(*machine_);
      client::Thread other("power", [&] {
        if (!sleeps) return;
        client::sleep_for(333ms);
        EXPECT_TRUE(life.set_device_power(*machine_->device(), PowerDeviceD3));
        client::sleep_for(70ms);
        EXPECT_TRUE(life.set_device_power(*machine_->device(), PowerDeviceD0));
      });
      const auto played = client::play(**stream, sound, {});
      ASSERT_TRUE(played) << played.error().to_string();
      EXPECT_TRUE(played->flawless()) << (played->glitches.empty() ? played->stalled
                                                                   : played->glitches.front().sentence);
    });
    EXPECT_TRUE(ran) << ran.error().to_string();
  }

  std::unique_ptr<host::Machine> machine_;
  hardware::Ac97Model* card_ = nullptr;
};

TEST_F(Ac97, PlaysEachSampleOnceInEveryMode) {
  for (const auto mode : {client::StreamMode::kPacket, client::StreamMode::kEvent, client::StreamMode::kPosition}) {
    ASSERT_NO_FATAL_FAILURE(start());
    const client::Sound sound = testing_support::noise(kCd, 24000);
    play(sound, {.notifications = mode == client::StreamMode::kPosition ? 0u : 2u, .mode = mode}, false);
    EXPECT_TRUE(client::compare(sound.frames, card_->heard(), kCd).all_identical()) << name_of(mode);
    TearDown();
    machine_.reset();
  }
}

TEST_F(Ac97, PlaysAtAnotherRate) {
  ASSERT_NO_FATAL_FAILURE(start());
  const AudioFormat format{44100, 16, 2};
  const client::Sound sound = testing_support::noise(format, 22050);
  play(sound, {}, false);
  EXPECT_EQ(card_->rate_heard(), 44100u);
  EXPECT_TRUE(client::compare(sound.frames, card_->heard(), format).all_identical());
}

// A list may begin at any sample: nothing is lost, and nothing is played twice.
TEST_F(Ac97, GoesOnToTheSampleAfterASleep) {
  for (const bool keeps : {false, true}) {
    ASSERT_NO_FATAL_FAILURE(start(keeps));
    const client::Sound sound = testing_support::noise(kCd, 48000);
    play(sound, {}, true);
    const auto heard = card_->heard();
    ASSERT_GE(heard.size(), sound.frames.size());
    EXPECT_TRUE(std::ranges::equal(std::span(heard).first(sound.frames.size()), sound.frames)) << keeps;
    TearDown();
    machine_.reset();
  }
}

TEST_F(Ac97, RecordsEachSampleOnce) {
  ASSERT_NO_FATAL_FAILURE(start());
  const client::Sound sound = testing_support::noise(kCd, 48000);
  card_->play_into(sound.frames, false);
  const auto ran = machine_->run([&] {
    auto stream = client::Stream::open(endpoint(Direction::kCapture), kCd, {});
    ASSERT_TRUE(stream) << stream.error().to_string();
    const auto recorded = client::record(**stream, {.enough = [](uint64_t frames) { return frames >= 24000; }});
    ASSERT_TRUE(recorded) << recorded.error().to_string();
    ASSERT_GE(recorded->sound.frames.size(), 24000u * 4);
    EXPECT_TRUE(
        std::ranges::equal(recorded->sound.frames, std::span(sound.frames).first(recorded->sound.frames.size())));
  });
  EXPECT_TRUE(ran) << ran.error().to_string();
}

}  // namespace
}  // namespace portside
