#pragma once
// A machine in real time with one of QEMU's cards on its bus, and a driver of ours on that; what is played through it
// and what it hears. Without QEMU each test says so and is skipped.

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
#include "verifier/finding.h"
#include "verifier/rule.h"

namespace portside::testing_support {

inline constexpr client::AudioFormat kCd{48000, 16, 2};
inline constexpr size_t kRate = 48000;

inline std::span<const int16_t> samples_of(const client::Sound& sound) {
  return {reinterpret_cast<const int16_t*>(sound.frames.data()), sound.frames.size() / 2};
}

// Left: somebody speaks. Right: a sine from 20 Hz to 20 kHz, as slow as there is time for.
inline client::Sound speech_and_sweep(size_t seconds) {
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

class QemuCards : public ::testing::Test {
 protected:
  void SetUp() override { needs_qemu(); }
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
  // Ends the machine and QEMU; what was heard. `in_time`: nobody was late, and so what rules say of the pace is judged
  // too.
  client::Sound stop(bool in_time = true) {
    const auto removed = machine_->uninstall();
    EXPECT_TRUE(removed) << removed.error().to_string();
    for (const verifier::Finding& finding : machine_->findings()) {
      const std::string_view rule = finding.rule().name;
      const bool of_pace = rule == "WritePacketLate" || rule == "PositionBackwards" || rule == "PositionAheadOfTime";
      EXPECT_TRUE(of_pace && !in_time) << report_of(*machine_);
    }
    end();
    auto sound = client::read_sound(heard_path());
    EXPECT_TRUE(sound) << sound.error().to_string();
    return sound ? *sound : client::Sound{};
  }
  client::StreamLog play(const client::Sound& sound, Nanoseconds buffer, client::StreamMode mode) {
    client::StreamLog log;
    const auto ran = machine_->run([&] {
      const auto filters = client::list_filters();
      const auto endpoint = client::find_endpoint(client::endpoints_of(*filters), client::Direction::kRender, {});
      ASSERT_TRUE(endpoint) << endpoint.error().to_string();
      client::StreamOptions options;
      options.buffer = buffer;
      options.mode = mode;
      options.notifications = mode == client::StreamMode::kPosition ? 0 : 2;
      auto stream = client::Stream::open(*endpoint, kCd, options);
      ASSERT_TRUE(stream) << stream.error().to_string();
      longest_pause_ = Nanoseconds(0);
      Nanoseconds last = client::now();
      auto played = client::play(**stream, sound, {.tail = std::chrono::milliseconds(300), .progress = [&](double) {
                                                     const Nanoseconds now = client::now();
                                                     longest_pause_ =
                                                         std::max(longest_pause_, now - std::exchange(last, now));
                                                   }});
      ASSERT_TRUE(played) << played.error().to_string();
      log = *played;
    });
    EXPECT_TRUE(ran) << ran.error().to_string();
    return log;
  }
  static void expect_alike(const client::Sound& played, const client::Sound& heard, const char* what, size_t seconds) {
    for (const unsigned side : {0u, 1u}) {
      const auto alike = likeness(channel(samples_of(played), side), channel(samples_of(heard), side), kRate);
      std::printf("%s, %s: %zu seconds (and %zu silent ones), lowest correlation %.6f, %zu shifted\n", what,
                  side ? "right" : "left", alike.seconds, alike.silent, alike.worst, alike.shifted);
      EXPECT_GE(alike.offset, 0) << what;
      EXPECT_GT(alike.seconds, 0u) << what;
      EXPECT_GE(alike.seconds + alike.silent, seconds) << what;
      EXPECT_GE(alike.worst, 0.999) << what << ", second " << alike.worst_second;
      EXPECT_EQ(alike.shifted, 0u) << what;
    }
  }
  // Real time cannot be had of a machine that has none: the test is skipped, and says so where ctest looks.
  static void too_busy(const char* what) {
    std::printf("SKIPPED: this machine is too busy: %s\n", what);
    GTEST_SKIP() << what;
  }
  void end() {
    machine_.reset();
    choice_.reset();
  }
  static client::Endpoint endpoint(client::Direction direction) {
    const auto filters = client::list_filters();
    auto found = client::find_endpoint(client::endpoints_of(*filters), direction, {});
    if (!found) throw std::runtime_error(found.error().to_string());
    return *found;
  }
  std::string heard_path() const { return folder_.path() / "heard.wav"; }
  std::string spoken_path() const { return folder_.path() / "spoken.wav"; }

  // Of the client that played last, between two looks at the stream: one of a whole buffer it cannot know of itself.
  Nanoseconds longest_pause_{};
  const TemporaryFolder folder_;
  std::unique_ptr<host::DeviceChoice> choice_;
  std::unique_ptr<host::Machine> machine_;
};

}  // namespace portside::testing_support
