// drivers/hda and drivers/ac97 over QEMU's cards, which nobody here wrote, in real time: what comes out of the codec is
// what went in, second by second, and what is said into it is what is recorded.

#include "hda/qemu_cards.h"
#include "support/ks_requests.h"

namespace portside {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;
using client::StreamMode;

TEST(Likeness, OfASoundThatIsNotThereIsNone) {
  const client::Sound sound = speech_and_sweep(1);
  const auto played = channel(samples_of(sound), 1);
  EXPECT_GT(likeness(played, played, kRate).worst, 0.999);
  const auto alike = likeness(played, std::vector<double>(2 * kRate), kRate);
  EXPECT_EQ(alike.offset, -1);
  EXPECT_EQ(alike.worst, 0.0);
}

TEST_F(QemuCards, HdaPlaysSpeechAndASweepWhileItRecords) {
  const client::Sound sound = speech_and_sweep(31), spoken = speech_and_sweep(30);
  ASSERT_TRUE(client::write_wav(spoken_path(), kCd, spoken.frames));
  // Without its timer the codec takes what its host has room for, and drops nothing when its host is late.
  start(HDA_INF, "qemu:ich9-intel-hda,hda-duplex,use-timer=off", true);
  if (HasFatalFailure()) return;
  client::DuplexRequest request;
  request.sound = sound;
  request.record = true;
  request.tail = 1s;              // until all of what is said is recorded
  request.stream.buffer = 341ms;  // sixteen pages: this machine may be busy with others
  auto outcome = duplex(*machine_, request);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  for (const client::Glitch& glitch : outcome->play_log->glitches)
    std::printf("at %.3f s: %s\n", static_cast<double>(glitch.when.count()) / 1e9, glitch.sentence.c_str());
  expect_alike(sound, stop(), "hda, played", 31);
  const auto& recorded = outcome->recording->sound;
  expect_alike(spoken, recorded, "hda, recorded", 30);
}

struct Buffer {
  const char* name;
  Nanoseconds time;
  StreamMode mode;
};
class CardBuffers : public QemuCards, public ::testing::WithParamInterface<Buffer> {};

TEST_P(CardBuffers, HdaPlays) {
  const client::Sound sound = speech_and_sweep(3);
  // What a client writes too late is played as it was: that says nothing of the driver, and on a busy machine it
  // happens.
  for (int attempt = 0; attempt < 4; ++attempt) {
    start(HDA_INF, "qemu:ich9-intel-hda,hda-output,use-timer=off", false);
    if (HasFatalFailure()) return;
    const auto log = play(sound, GetParam().time, GetParam().mode);
    EXPECT_EQ(log.frames, 3 * kRate);
    const bool in_time = log.late == 0 && log.flawless() && longest_pause_ < GetParam().time * 4 / 5;
    const auto heard = stop(in_time);
    if (in_time) return expect_alike(sound, heard, GetParam().name, 3);
    std::printf("%s: the client was late %lu times, by %.1f ms at the most\n", GetParam().name,
                log.late + log.glitch_count, static_cast<double>(longest_pause_.count()) / 1e6);
  }
  too_busy("in none of four times the client was in time");
}
INSTANTIATE_TEST_SUITE_P(, CardBuffers,
                         ::testing::Values(Buffer{"OnePageInPackets", 21ms, StreamMode::kPacket},
                                           Buffer{"OnePageByEvents", 21ms, StreamMode::kEvent},
                                           Buffer{"SixteenPages", 341ms, StreamMode::kPacket},
                                           Buffer{"OneSecond", 1s, StreamMode::kPosition}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(QemuCards, Ac97PlaysWhileItRecords) {
  const client::Sound sound = speech_and_sweep(5), spoken = speech_and_sweep(4);
  ASSERT_TRUE(client::write_wav(spoken_path(), kCd, spoken.frames));
  start(AC97_INF, "qemu:AC97", true);
  if (HasFatalFailure()) return;
  client::DuplexRequest request;
  request.sound = sound;
  request.record = true;
  request.tail = 1s;
  request.stream.buffer = 200ms;
  request.stream.mode = StreamMode::kPacket;
  // This codec takes its lowest gain, 0 dB, for silence and its highest for 0 dB (docs/hardware.md).
  ASSERT_TRUE(machine_->run([&] {
    const auto topology = filter_named("TopologyCapture1");
    EXPECT_TRUE(topology.set(channel_request(KSPROPERTY_AUDIO_VOLUMELEVEL, 0, -1, KSPROPERTY_TYPE_SET),
                             LONG{45 * kDecibel / 2}));
  }));
  auto outcome = duplex(*machine_, request);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  expect_alike(sound, stop(), "ac97, played", 5);
  expect_alike(spoken, outcome->recording->sound, "ac97, recorded", 4);
}

}  // namespace
}  // namespace portside
