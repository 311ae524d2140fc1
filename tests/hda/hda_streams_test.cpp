// drivers/hda over the model: what is played comes out of the codec, what goes in is recorded, sample by sample,
// whatever the buffer and the way the client keeps in step.

#include "client/playback.h"
#include "hda/hda_machine.h"

namespace portside {
namespace {

using namespace std::chrono_literals;
using client::AudioFormat;
using client::Direction;
using client::StreamMode;
using hardware::HdaCodec;
using testing_support::HdaMachine;

constexpr AudioFormat kCd{48000, 16, 2};

struct Way {
  const char* name;
  StreamMode mode;
  unsigned notifications;
  Nanoseconds buffer;
  AudioFormat format = kCd;
};

client::StreamOptions options_of(const Way& way) {
  client::StreamOptions options;
  options.buffer = way.buffer;
  options.notifications = way.notifications;
  options.mode = way.mode;
  return options;
}

class HdaStreams : public ::testing::TestWithParam<Way> {};

TEST_P(HdaStreams, PlayWhatIsWritten) {
  HdaMachine machine;
  const client::Sound sound = testing_support::noise(GetParam().format, GetParam().format.rate_hz);
  client::StreamLog log;
  machine.run([&] {
    auto stream = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), GetParam().format,
                                       options_of(GetParam()));
    ASSERT_TRUE(stream) << stream.error().to_string();
    auto played = client::play(**stream, sound, {});
    ASSERT_TRUE(played) << played.error().to_string();
    log = *played;
  });
  EXPECT_TRUE(log.flawless()) << (log.glitches.empty() ? log.stalled : log.glitches.front().sentence);
  EXPECT_EQ(log.frames, GetParam().format.rate_hz);
  const auto heard = machine.card().heard(HdaCodec::kHeadphonePin);
  const auto compared = client::compare(sound.frames, heard.bytes, GetParam().format);
  EXPECT_TRUE(compared.all_identical()) << compared.identical << " of " << compared.samples << " samples";
  EXPECT_EQ(heard.stretches.size(), 1u);
}

TEST_P(HdaStreams, RecordWhatIsHeard) {
  HdaMachine machine;
  const client::Sound sound = testing_support::noise(GetParam().format, GetParam().format.rate_hz, 2);
  machine.card().play_into(HdaCodec::kLineInPin, sound.frames);
  client::Recording recording;
  machine.run([&] {
    auto stream =
        client::Stream::open(HdaMachine::endpoint(Direction::kCapture), GetParam().format, options_of(GetParam()));
    ASSERT_TRUE(stream) << stream.error().to_string();
    auto recorded = client::record(**stream, {.enough = [](uint64_t frames) { return frames >= 24000; }});
    ASSERT_TRUE(recorded) << recorded.error().to_string();
    recording = std::move(*recorded);
  });
  EXPECT_TRUE(recording.log.flawless()) << (recording.log.glitches.empty() ? ""
                                                                           : recording.log.glitches.front().sentence);
  const auto bytes = std::min(recording.sound.frames.size(), sound.frames.size());
  ASSERT_GE(bytes, 24000u * GetParam().format.frame_bytes());
  EXPECT_EQ(std::memcmp(recording.sound.frames.data(), sound.frames.data(), bytes), 0);
}

INSTANTIATE_TEST_SUITE_P(
    , HdaStreams,
    ::testing::Values(
        Way{"OnePagePackets", StreamMode::kPacket, 2, 20ms}, Way{"OnePageEvents", StreamMode::kEvent, 2, 20ms},
        Way{"OnePageOneEvent", StreamMode::kEvent, 1, 20ms}, Way{"OnePagePositions", StreamMode::kPosition, 0, 20ms},
        Way{"SixteenPagesPackets", StreamMode::kPacket, 2, 341ms},
        Way{"SixteenPagesEvents", StreamMode::kEvent, 2, 341ms}, Way{"OneSecondPackets", StreamMode::kPacket, 2, 1s},
        Way{"OneSecondPositions", StreamMode::kPosition, 0, 1s},
        Way{"ThreeMillisecondsPackets", StreamMode::kPacket, 2, 6ms},
        Way{"ThreeMillisecondsEvents", StreamMode::kEvent, 2, 6ms},
        Way{"Cd", StreamMode::kPacket, 2, 20ms, {44100, 16, 2}},
        Way{"Deep", StreamMode::kPacket, 2, 20ms, {48000, 32, 2}},
        Way{"DeepOf24Bits", StreamMode::kEvent, 2, 20ms, {96000, 32, 2, client::SampleKind::kInteger, 24}},
        Way{"Fast", StreamMode::kPacket, 2, 10ms, {192000, 32, 2}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HdaFullDuplex, PlaysAndRecordsAtOnce) {
  HdaMachine machine;
  const client::Sound out = testing_support::noise(kCd, 48000), in = testing_support::noise(kCd, 96000, 3);
  machine.card().play_into(HdaCodec::kLineInPin, in.frames);
  client::DuplexRequest request;
  request.render_endpoint = "Headphones";
  request.sound = out;
  request.record = true;
  auto outcome = testing_support::duplex(*machine, request);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_TRUE(client::compare(out.frames, machine.card().heard(HdaCodec::kHeadphonePin).bytes, kCd).all_identical());
  const auto& recorded = outcome->recording->sound.frames;
  ASSERT_GE(recorded.size(), 48000u * 4);
  EXPECT_EQ(std::memcmp(recorded.data(), in.frames.data(), std::min(recorded.size(), in.frames.size())), 0);
}

// The packet count, the position, the position register and what came out agree.
TEST(HdaPositions, Agree) {
  HdaMachine machine;
  machine.run([&] {
    client::StreamOptions options;
    options.buffer = 20ms;
    auto opened = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), kCd, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    client::Stream& stream = **opened;
    EXPECT_TRUE(stream.facts().has_position_register);
    EXPECT_TRUE(stream.facts().call_memory_barrier) << "write-combined";
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) ASSERT_TRUE(stream.set_state(state));
    for (int i = 0; i < 200; ++i) {
      client::sleep_for(7ms + Nanoseconds(i * 1009));
      const auto packets = stream.packet_count();
      const auto position = stream.position();
      const uint64_t heard = machine.card().heard(HdaCodec::kHeadphonePin).bytes.size();
      ASSERT_TRUE(packets && position);
      EXPECT_EQ(*position % stream.buffer().size(), heard % stream.buffer().size());
      EXPECT_EQ(*packets, heard / stream.packet_bytes());
    }
    for (const KSSTATE state : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_STOP}) ASSERT_TRUE(stream.set_state(state));
    EXPECT_EQ(*stream.position(), 0u);
    EXPECT_EQ(*stream.packet_count(), 0u);
  });
}

// Packets of 3 ms, for a minute: each is told, and their count is that of the frames which came out.
TEST(HdaPositions, CountShortPacketsForAMinute) {
  HdaMachine machine;
  machine.run([&] {
    client::StreamOptions options;
    options.buffer = 6ms;
    options.mode = StreamMode::kPacket;
    auto opened = client::Stream::open(HdaMachine::endpoint(Direction::kRender, "Headphones"), kCd, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    client::Stream& stream = **opened;
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) ASSERT_TRUE(stream.set_state(state));
    const Nanoseconds end = client::now() + 60s;
    uint32_t events = 0;
    for (; client::now() < end; ++events) ASSERT_TRUE(stream.wait(100ms)) << "no event after " << events;
    const uint64_t heard = machine.card().heard(HdaCodec::kHeadphonePin).bytes.size();
    EXPECT_EQ(*stream.packet_count(), heard / stream.packet_bytes());
    EXPECT_EQ(events, heard / stream.packet_bytes());
    EXPECT_NEAR(static_cast<double>(heard) / 4, 60.0 * 48000, 200);
  });
}

}  // namespace
}  // namespace portside
