// drivers/hda over the model, besides streams: volume and mute, jacks, sleep, removal, rebalance.

#include "client/filter_details.h"
#include "client/jack.h"
#include "client/playback.h"
#include "hda/hda_machine.h"
#include "memory/memory.h"
#include "support/ks_requests.h"

namespace portside {
namespace {

using namespace std::chrono_literals;
using client::AudioFormat;
using client::Direction;
using hardware::HdaCodec;
using testing_support::channel_request;
using testing_support::filter_named;
using testing_support::HdaMachine;
using testing_support::kDecibel;
using testing_support::KsEvent;

constexpr AudioFormat kCd{48000, 16, 2};
constexpr ULONG kVolume = 0, kMute = 1;

void play(HdaMachine& machine, const client::Sound& sound) {
  machine.card().forget_heard();
  auto stream = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), kCd, {});
  ASSERT_TRUE(stream) << stream.error().to_string();
  auto played = client::play(**stream, sound, {});
  ASSERT_TRUE(played) << played.error().to_string();
  EXPECT_TRUE(played->flawless());
}

int16_t sample_at(const HdaCodec::Heard& heard, size_t index) {
  int16_t sample = 0;
  if (heard.bytes.size() >= 2 * index + 2) std::memcpy(&sample, &heard.bytes[2 * index], 2);
  return sample;
}

TEST(HdaLife, FindsTheEndpointsThatTheCodecHas) {
  HdaMachine machine;
  machine.run([&] {
    const auto filters = client::list_filters();
    ASSERT_TRUE(filters) << filters.error().to_string();
    std::vector<std::string> names;
    for (const client::Endpoint& endpoint : client::endpoints_of(*filters)) names.push_back(endpoint.name);
    std::ranges::sort(names);
    // The S/PDIF pin is soldered to nothing; the line-in comes before the microphone in the selector.
    ASSERT_EQ(names.size(), 3u) << ::testing::PrintToString(names);
    EXPECT_NE(names[0].find("Headphones"), std::string::npos);
    const client::Endpoint headphones = HdaMachine::endpoint(Direction::kRender, "Headphones");
    for (const client::FormatRange& range : headphones.pin.ranges) EXPECT_LE(range.max_channels, 2u);
    EXPECT_EQ(headphones.pin.ranges.size(), 12u) << "three sizes at four rates";
  });
}

TEST(HdaLife, VolumeAndMuteAreTheAmplifiers) {
  HdaMachine machine;
  client::Sound sound{kCd, std::vector<std::byte>(4800 * 4)};
  for (size_t i = 0; i < sound.frames.size(); i += 2) {
    const int16_t sample = 10000;
    std::memcpy(&sound.frames[i], &sample, 2);
  }
  machine.run([&] {
    const auto filter = filter_named("TopologyRender2");
    const auto bytes =
        filter.get_bytes(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, kVolume, 0, KSPROPERTY_TYPE_BASICSUPPORT));
    ASSERT_TRUE(bytes) << bytes.error().to_string();
    KSPROPERTY_STEPPING_LONG step;
    std::memcpy(&step, bytes->data() + bytes->size() - sizeof step, sizeof step);
    EXPECT_EQ(step.Bounds.SignedMinimum, -63 * kDecibel);
    EXPECT_EQ(step.Bounds.SignedMaximum, 0);
    EXPECT_EQ(step.SteppingDelta, static_cast<ULONG>(kDecibel));

    const auto set = [&](ULONG id, ULONG node, LONG channel, LONG value) {
      EXPECT_TRUE(filter.set(channel_request(id, node, channel, KSPROPERTY_TYPE_SET), value));
    };
    set(KSPROPERTY_AUDIO_VOLUMELEVEL, kVolume, 0, -6 * kDecibel + 100);
    EXPECT_EQ(*filter.get<LONG>(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, kVolume, 0, KSPROPERTY_TYPE_GET)),
              -6 * kDecibel)
        << "the nearest step";
    set(KSPROPERTY_AUDIO_MUTE, kMute, 1, TRUE);
    play(machine, sound);
    auto heard = machine.card().heard(HdaCodec::kHeadphonePin);
    EXPECT_EQ(sample_at(heard, 2000), 5011);
    EXPECT_EQ(sample_at(heard, 2001), 0);
    set(KSPROPERTY_AUDIO_MUTE, kMute, -1, FALSE);
    set(KSPROPERTY_AUDIO_VOLUMELEVEL, kVolume, -1, 0);
    play(machine, sound);
    heard = machine.card().heard(HdaCodec::kHeadphonePin);
    EXPECT_EQ(sample_at(heard, 2000), 10000);
    EXPECT_EQ(sample_at(heard, 2001), 10000);
    EXPECT_FALSE(filter.set(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, kVolume, 2, KSPROPERTY_TYPE_SET), LONG{0}))
        << "no such channel";
  });
}

TEST(HdaLife, JacksTellWhenAPlugComesAndGoes) {
  HdaMachine machine;
  machine.run([&] {
    const auto headphones = filter_named("TopologyRender2"), speaker = filter_named("TopologyRender1");
    const auto jack = [](const client::KsFile& file) { return client::read_jacks(file, 1).at(0); };
    EXPECT_TRUE(jack(headphones).detects_presence());
    EXPECT_FALSE(jack(headphones).description.IsConnected);
    EXPECT_EQ(jack(headphones).description.ConnectionType, eConnType3Point5mm);
    EXPECT_EQ(jack(headphones).description.GeoLocation, eGeoLocFront);
    EXPECT_EQ(jack(headphones).description.Color, 0x00FF00u);
    EXPECT_FALSE(jack(speaker).detects_presence());
    EXPECT_TRUE(jack(speaker).description.IsConnected) << "built in";
    EXPECT_EQ(jack(speaker).description.PortConnection, ePortConnIntegratedDevice);

    KsEvent changed(headphones, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
    KsEvent other(speaker, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
    machine.card().plug(HdaCodec::kHeadphonePin, true);
    EXPECT_TRUE(changed.came());
    EXPECT_TRUE(jack(headphones).description.IsConnected);
    EXPECT_FALSE(other.came());
    machine.card().plug(HdaCodec::kHeadphonePin, true);
    EXPECT_FALSE(changed.came()) << "no change, no event";
    machine.card().plug(HdaCodec::kHeadphonePin, false);
    EXPECT_TRUE(changed.came());
    EXPECT_FALSE(jack(headphones).description.IsConnected);
  });
}

// Plays for a second, and lets the device sleep and wake after some of it.
client::StreamLog play_through_sleep(HdaMachine& machine, const client::Sound& sound) {
  client::StreamLog log;
  machine.run([&] {
    host::LifeCycle life(*machine);
    auto stream = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), kCd, {});
    ASSERT_TRUE(stream) << stream.error().to_string();
    client::Thread other("power", [&] {
      client::sleep_for(333ms);
      EXPECT_TRUE(life.set_device_power(*machine->device(), PowerDeviceD3));
      client::sleep_for(70ms);
      EXPECT_TRUE(life.set_device_power(*machine->device(), PowerDeviceD0));
    });
    auto played = client::play(**stream, sound, {});
    ASSERT_TRUE(played) << played.error().to_string();
    log = *played;
  });
  return log;
}

TEST(HdaLife, GoesOnToTheSampleAfterASleepThatTheControllerRemembers) {
  HdaMachine machine(HDA_INF, {.keeps_state_in_d3 = true});
  const client::Sound sound = testing_support::noise(kCd, 48000);
  const auto log = play_through_sleep(machine, sound);
  EXPECT_EQ(log.frames, 48000u);
  const auto heard = machine.card().heard(HdaCodec::kHeadphonePin);
  EXPECT_TRUE(client::compare(sound.frames, heard.bytes, kCd).all_identical());
  EXPECT_EQ(heard.stretches.size(), 2u) << "before the sleep and after";
}

TEST(HdaLife, PlaysOnAfterASleepThatTheControllerForgot) {
  HdaMachine machine;
  const client::Sound sound = testing_support::noise(kCd, 48000);
  const auto log = play_through_sleep(machine, sound);
  EXPECT_TRUE(log.flawless()) << (log.glitches.empty() ? log.stalled : log.glitches.front().sentence);
  EXPECT_EQ(log.frames, 48000u);
  const auto heard = machine.card().heard(HdaCodec::kHeadphonePin);
  ASSERT_EQ(heard.stretches.size(), 2u) << "before the sleep and after";
  // Nothing is lost. A list begins on 128 bytes, so that up to 31 frames are heard twice.
  const std::span all(heard.bytes), played(sound.frames);
  const size_t first = heard.stretches[1].first;
  EXPECT_TRUE(std::ranges::equal(all.first(first), played.first(first)));
  size_t twice = 0;
  const auto follows = [&] {
    const auto rest = played.subspan(first - twice);
    return all.size() - first >= rest.size() && std::ranges::equal(all.subspan(first, rest.size()), rest);
  };
  while (twice < 128 && !follows()) twice += 4;
  EXPECT_LT(twice, 128u);
}

// Where the controller counts from the place of the pause, the driver keeps the register: it is a millisecond old at
// the most. From STOP on it is the controller's again.
TEST(HdaLife, KeepsTheClientsRegisterAfterASleepThatTheControllerForgot) {
  HdaMachine machine;
  machine.run([&] {
    host::LifeCycle life(*machine);
    auto opened = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), kCd, {});
    ASSERT_TRUE(opened) << opened.error().to_string();
    client::Stream& stream = **opened;
    ASSERT_TRUE(stream.position_register());
    const auto* reg = static_cast<const volatile uint32_t*>(stream.position_register()->Register);
    const auto run = [&] {
      for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) ASSERT_TRUE(stream.set_state(state));
    };
    // How far the register is behind the position, at its most.
    const auto lag = [&] {
      uint64_t most = 0;
      for (int i = 0; i < 60; ++i) {
        client::sleep_for(1700us + Nanoseconds(i * 1009));
        const uint64_t shown = *reg;
        most = std::max(most, (*stream.position() + stream.buffer().size() - shown) % stream.buffer().size());
      }
      return most;
    };
    run();
    EXPECT_LE(lag(), 64u) << "a burst of the controller's";
    ASSERT_TRUE(life.set_device_power(*machine->device(), PowerDeviceD3));
    ASSERT_GE(*stream.position(), 128u) << "else its list begins where it always does";
    client::sleep_for(10ms);
    ASSERT_TRUE(life.set_device_power(*machine->device(), PowerDeviceD0));
    EXPECT_LE(lag(), 1 * 192u + 128);
    ASSERT_TRUE(stream.set_state(KSSTATE_PAUSE) && stream.set_state(KSSTATE_ACQUIRE) && stream.set_state(KSSTATE_STOP));
    EXPECT_EQ(*reg, 0u);
    run();
    EXPECT_LE(lag(), 64u);
  });
}

TEST(HdaLife, KeepsVolumeAndJackOverASleep) {
  HdaMachine machine;
  machine.run([&] {
    host::LifeCycle life(*machine);
    const auto filter = filter_named("TopologyRender2");
    EXPECT_TRUE(filter.set(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, kVolume, -1, KSPROPERTY_TYPE_SET),
                           LONG{-6 * kDecibel}));
    KsEvent changed(filter, KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_JACKINFOCHANGE);
    ASSERT_TRUE(life.set_device_power(*machine->device(), PowerDeviceD3));
    machine.card().plug(HdaCodec::kHeadphonePin, true);
    ASSERT_TRUE(life.set_device_power(*machine->device(), PowerDeviceD0));
    EXPECT_TRUE(changed.came()) << "a plug that came while it slept";
    client::Sound sound{kCd, std::vector<std::byte>(2400 * 4)};
    for (size_t i = 0; i < sound.frames.size(); i += 2) {
      const int16_t sample = 10000;
      std::memcpy(&sound.frames[i], &sample, 2);
    }
    play(machine, sound);
    EXPECT_EQ(sample_at(machine.card().heard(HdaCodec::kHeadphonePin), 2000), 5011);
  });
}

TEST(HdaLife, SurvivesRemovalInTheMiddleOfAStream) {
  HdaMachine machine;
  const Nanoseconds before = machine->now();
  machine.run([&] {
    auto stream = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), kCd, {});
    ASSERT_TRUE(stream) << stream.error().to_string();
    client::Thread other("hand", [&] {
      client::sleep_for(200ms);
      machine.card().unplug_card();
      client::sleep_for(10ms);
      host::LifeCycle life(*machine);
      (void)life.surprise_remove(*machine->device());  // the bus may have told it already
    });
    const auto played = client::play(**stream, testing_support::noise(kCd, 48000), {});
    EXPECT_TRUE(!played || !played->flawless()) << "nobody plays on a card that is gone";
  });
  EXPECT_LT(machine->now() - before, 5s) << "no wait without an end";
  (void)machine->uninstall();
  EXPECT_EQ(machine->memory().stats().live_mdls, 0u);
}

TEST(HdaLife, SurvivesRemovalWhileVerbsAreSent) {
  HdaMachine machine;
  machine.run([&] {
    const auto filter = filter_named("TopologyRender2");
    machine.card().unplug_card();
    (void)filter.set(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, kVolume, -1, KSPROPERTY_TYPE_SET),
                     LONG{-6 * kDecibel});
  });
}

TEST(HdaLife, ComesBackFromARebalance) {
  HdaMachine machine;
  host::LifeCycle life(*machine);
  const auto rebalanced = life.rebalance(*machine->device());
  ASSERT_TRUE(rebalanced) << rebalanced.error().to_string();
  const client::Sound sound = testing_support::noise(kCd, 4800);
  machine.run([&] { play(machine, sound); });
  EXPECT_TRUE(client::compare(sound.frames, machine.card().heard(HdaCodec::kHeadphonePin).bytes, kCd).all_identical());
}

TEST(HdaLife, UnloadLeavesNothing) {
  HdaMachine machine;
  ASSERT_TRUE(machine->uninstall());
  EXPECT_EQ(machine->memory().stats().live_mdls, 0u);
  EXPECT_EQ(machine->memory().stats().live_views, 0u);
}

// Twins that are wrong on purpose: each is caught, with its own report.
void play_a_little(HdaMachine& machine) {
  machine.expect_faults();
  (void)machine->run([&] {
    auto stream = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), kCd, {});
    if (!stream) return;
    (void)client::play(**stream, testing_support::noise(kCd, 4800), {});
    stream->reset();
    client::sleep_for(50ms);
  });
  (void)machine->uninstall();
}

TEST(HdaTwins, TheOneThatForgetsToUnmapIsCaught) {
  HdaMachine machine(HDA_FORGETS_UNMAP);
  play_a_little(machine);
  const auto rules = machine.broken_rules();
  ASSERT_FALSE(rules.empty());
  EXPECT_EQ(rules.front(), "FreedWhileMapped") << testing_support::report_of(*machine);
}

TEST(HdaTwins, TheOneThatFreesPagesUnderTheControllerIsCaught) {
  HdaMachine machine(HDA_FREES_EARLY);
  play_a_little(machine);
  const std::string report = testing_support::report_of(*machine);
  EXPECT_GE(std::ranges::count(machine.broken_rules(), "DmaToFreedPage"), 1) << report;
  EXPECT_NE(report.find("freed by"), std::string::npos) << report;
  EXPECT_NE(report.find("allocated by"), std::string::npos) << report;
  bool told = false;
  for (const auto& v : machine.violations) told |= v.rule == hardware::HdaRule::kDmaFailed;
  EXPECT_TRUE(told);
  machine.violations.clear();
}

TEST(HdaTwins, TheOneThatNamesAPageTooFarIsCaught) {
  HdaMachine machine(HDA_WRONG_DESCRIPTOR);
  play_a_little(machine);
  EXPECT_GE(std::ranges::count(machine.broken_rules(), "DmaOutside"), 1) << testing_support::report_of(*machine);
  bool told = false;
  for (const auto& v : machine.violations) told |= v.rule == hardware::HdaRule::kDmaFailed;
  EXPECT_TRUE(told);
  machine.violations.clear();
}

}  // namespace
}  // namespace portside
