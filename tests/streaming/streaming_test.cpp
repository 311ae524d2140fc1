// The loops of an application: by packets, by events and by positions; and what each says of a driver that does wrong.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "client/offered_formats.h"
#include "client/playback.h"
#include "client/processing_mode.h"
#include "client/trial.h"
#include "clocked_miniport.h"
#include "portcls/testing/portcls_fixture.h"

namespace portside::client::testing {
namespace {

constexpr AudioFormat kFormat{.rate_hz = 48000, .bits = 16, .channels = 2};

class Streaming : public PortClsMachine {
 protected:
  Streaming() { Clocked::reset(); }

  void with_driver(const std::function<void()>& body) {
    run([&] {
      FakeDriver::on_start = install_clocked;
      ASSERT_TRUE(start().is_ok());
      const auto filters = list_filters();
      ASSERT_TRUE(filters);
      for (const Endpoint& e : endpoints_of(*filters))
        if (e.filter_name == "Clocked") (e.direction == Direction::kRender ? render_ : capture_) = e;
      body();
    });
  }
  static Sound sound(size_t frames) {
    Sound s{kFormat, {}};
    unsigned seed = 1;
    s.frames.resize(frames * kFormat.frame_bytes());
    for (auto& b : s.frames) b = static_cast<std::byte>((seed = seed * 1664525 + 1013904223) >> 24);
    return s;
  }
  StreamLog play_sound(StreamMode mode, size_t frames = 4800) {
    auto stream = Stream::open(render_, kFormat, {.mode = mode});
    EXPECT_TRUE(stream) << stream.error().to_string();
    if (!stream) return {};
    played_ = sound(frames);
    auto log = play(**stream, played_, {});
    EXPECT_TRUE(log) << log.error().to_string();
    return log ? *log : StreamLog{};
  }
  Recording record_for(StreamMode mode, size_t frames = 4800) {
    auto stream = Stream::open(capture_, kFormat, {.mode = mode});
    EXPECT_TRUE(stream) << stream.error().to_string();
    if (!stream) return {};
    auto recording = record(**stream, {.enough = [=](uint64_t n) { return n >= frames; }, .most_frames = frames});
    EXPECT_TRUE(recording) << recording.error().to_string();
    return recording ? *recording : Recording{};
  }
  static bool has(const StreamLog& log, GlitchKind kind) {
    return std::ranges::any_of(log.glitches, [&](const Glitch& g) { return g.kind == kind; });
  }
  static std::string first_of(const StreamLog& log) { return log.glitches.empty() ? "" : log.glitches[0].sentence; }
  void expect_all_played() {
    ASSERT_GE(Clocked::played.size(), played_.frames.size());
    EXPECT_TRUE(std::equal(played_.frames.begin(), played_.frames.end(), Clocked::played.begin()));
    EXPECT_TRUE(std::all_of(Clocked::played.begin() + static_cast<ptrdiff_t>(played_.frames.size()),
                            Clocked::played.end(), [](std::byte b) { return b == std::byte{0}; }))
        << "behind the sound is silence";
  }

  Endpoint render_, capture_;
  Sound played_;
};

TEST_F(Streaming, AutoChoosesAsWindowsDoes) {
  struct Case {
    bool notification, packets;
    StreamMode chosen;
  };
  with_driver([&] {
    for (const Case& c : {Case{true, true, StreamMode::kPacket}, Case{true, false, StreamMode::kEvent},
                          Case{false, true, StreamMode::kPosition}, Case{false, false, StreamMode::kPosition}}) {
      Clocked::notification = c.notification;
      Clocked::packets = c.packets;
      for (const Endpoint* endpoint : {&render_, &capture_}) {
        auto stream = Stream::open(*endpoint, kFormat, {});
        ASSERT_TRUE(stream);
        EXPECT_EQ((*stream)->facts().mode, c.chosen);
        EXPECT_EQ((*stream)->facts().why_mode.empty(), c.chosen == StreamMode::kPacket) << (*stream)->facts().why_mode;
      }
    }
  });
}

TEST_F(Streaming, AModeThatIsNotThereIsRefusedWithItsReason) {
  with_driver([&] {
    Clocked::packets = false;
    auto stream = Stream::open(render_, kFormat, {.mode = StreamMode::kPacket});
    ASSERT_FALSE(stream);
    EXPECT_NE(stream.error().sentence().find("IMiniportWaveRTOutputStream"), std::string::npos)
        << stream.error().sentence();
    Clocked::notification = false;
    stream = Stream::open(capture_, kFormat, {.mode = StreamMode::kEvent});
    ASSERT_FALSE(stream);
    EXPECT_NE(stream.error().sentence().find("event mode is not possible"), std::string::npos);
  });
}

TEST_F(Streaming, EverySoundArrivesInEveryMode) {
  with_driver([&] {
    for (const StreamMode mode : {StreamMode::kPacket, StreamMode::kEvent, StreamMode::kPosition}) {
      // Whole packets, one frame more, and less than one packet.
      for (const size_t frames : {4800u, 4801u, 100u}) {
        Clocked::played.clear();
        Clocked::written.clear();
        const StreamLog log = play_sound(mode, frames);
        SCOPED_TRACE(fmt::format("{} {}: {} {}", name_of(mode), frames, first_of(log), log.stalled));
        EXPECT_EQ(log.facts.mode, mode);
        EXPECT_TRUE(log.flawless());
        EXPECT_EQ(log.frames, frames);
        EXPECT_EQ(log.notifications == 0, mode == StreamMode::kPosition);
        expect_all_played();
        if (mode != StreamMode::kPacket) continue;
        EXPECT_EQ(log.end_of_stream, "taken");
        EXPECT_EQ(Clocked::end_bytes, (frames % 480 ? frames % 480 : 480) * 4);
        EXPECT_EQ(log.packets, (frames + 479) / 480);
        for (size_t i = 0; i < Clocked::written.size(); ++i)
          EXPECT_EQ(Clocked::written[i], i) << "each packet once, in order";
      }
    }
  });
}

TEST_F(Streaming, ADriverWithoutTheEndOfStreamFlagGetsAWholePacket) {
  with_driver([&] {
    Clocked::end_of_stream = false;
    const StreamLog log = play_sound(StreamMode::kPacket, 1000);
    EXPECT_TRUE(log.flawless()) << first_of(log);
    EXPECT_NE(log.end_of_stream.find("STATUS_INVALID_PARAMETER"), std::string::npos) << log.end_of_stream;
    expect_all_played();
  });
}

TEST_F(Streaming, PacketsAreReadInOrderAndBursts) {
  with_driver([&] {
    for (const uint32_t burst : {0u, 5u}) {
      Clocked::burst = burst;
      const Recording recording = record_for(StreamMode::kPacket);
      EXPECT_TRUE(recording.log.flawless()) << first_of(recording.log);
      EXPECT_EQ(recording.log.frames, 4800u);
      for (size_t i = 0; i < recording.sound.frames.size(); ++i)
        ASSERT_EQ(recording.sound.frames[i], capture_byte(static_cast<uint32_t>(i / 1920), i % 1920)) << i;
    }
  });
}

TEST_F(Streaming, AStuckDeviceIsGivenUpWithASentence) {
  with_driver([&] {
    Clocked::freeze_at = 5000;
    for (const StreamMode mode : {StreamMode::kPacket, StreamMode::kEvent, StreamMode::kPosition}) {
      const StreamLog log = play_sound(mode);
      EXPECT_FALSE(log.stalled.empty()) << name_of(mode);
      EXPECT_EQ(log.frames, 0u);
      if (mode == StreamMode::kEvent)
        EXPECT_NE(log.stalled.find("stood still at 1160"), std::string::npos) << log.stalled;
      EXPECT_FALSE(record_for(mode).log.stalled.empty()) << name_of(mode);
    }
  });
}

TEST_F(Streaming, NotificationsThatNeverComeAreTold) {
  with_driver([&] {
    Clocked::silent_events = true;
    for (const StreamMode mode : {StreamMode::kPacket, StreamMode::kEvent}) {
      const StreamLog log = play_sound(mode);
      EXPECT_TRUE(log.stalled.empty());
      EXPECT_EQ(log.notifications, 0u);
      EXPECT_TRUE(has(log, GlitchKind::kNoNotification)) << name_of(mode);
    }
    Clocked::freeze_at = 0;
    const StreamLog log = play_sound(StreamMode::kEvent);
    EXPECT_NE(log.stalled.find("2 notifications a buffer were asked for, none came"), std::string::npos) << log.stalled;
  });
}

TEST_F(Streaming, AJumpOfThePositionIsHeard) {
  with_driver([&] {
    // By events a position is read twice a round: three quarters of a round more look there like a quarter less, and a device
    // may lag by a packet.
    Clocked::jump_at = 9600;
    const StreamLog log = play_sound(StreamMode::kPosition);
    EXPECT_EQ(log.glitch_count, 1u) << first_of(log);
    EXPECT_TRUE(has(log, GlitchKind::kPositionJumped));
    Clocked::jump_at = ~0ull;
    EXPECT_TRUE(play_sound(StreamMode::kPosition).flawless());
    EXPECT_TRUE(play_sound(StreamMode::kEvent).flawless());
  });
}

TEST_F(Streaming, AMissedPacketIsHeard) {
  with_driver([&] {
    Clocked::drop_packet = 3;
    const StreamLog log = play_sound(StreamMode::kPacket);
    EXPECT_TRUE(has(log, GlitchKind::kPacketMissed)) << first_of(log);
    EXPECT_EQ(log.frames, 4800u) << "the rest is played";
    const Recording recording = record_for(StreamMode::kPacket);
    EXPECT_TRUE(recording.log.flawless()) << "both packets were still in the buffer: " << first_of(recording.log);
    Clocked::drop_packet = ~0u;
    Clocked::clock_backwards = true;
    EXPECT_TRUE(has(record_for(StreamMode::kPacket).log, GlitchKind::kClockBackwards));
  });
}

TEST_F(Streaming, TheProcessingModeReachesTheMiniport) {
  with_driver([&] {
    ASSERT_EQ(processing_names(render_.pin), "raw, default");
    auto stream = Stream::open(render_, kFormat, {});
    ASSERT_TRUE(stream);
    EXPECT_EQ(processing_name(Clocked::processing), "default");
    stream->reset();
    stream = Stream::open(render_, kFormat, {.processing = *parse_processing("RAW")});
    ASSERT_TRUE(stream);
    EXPECT_EQ(processing_name(Clocked::processing), "raw");
    EXPECT_EQ(processing_name(*(*stream)->facts().processing), "raw");
    const auto refused = open_agreed(render_, kFormat, {.processing = *parse_processing("speech")});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().sentence().find("it has: raw, default"), std::string::npos) << refused.error().sentence();
    EXPECT_FALSE(parse_processing("loud"));
  });
}

TEST_F(Streaming, TheOfferFollowsTheRanges) {
  with_driver([&] {
    const auto before = formats_of(render_.pin);
    EXPECT_TRUE(std::ranges::find(before, kFormat) != before.end());
    EXPECT_TRUE(std::ranges::none_of(
        before, [](const AudioFormat& f) { return f.rate_hz > 48000 || f.bits > 16 || f.channels > 2; }));
    Endpoint narrow = render_;
    for (FormatRange& range : narrow.pin.ranges) range.max_channels = 1;
    const auto after = formats_of(narrow.pin);
    EXPECT_EQ(after.size() * 2, before.size());
    const auto offered = offered_formats(render_);
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->size(), before.size());
    EXPECT_TRUE(
        std::ranges::all_of(*offered, [](const OfferedFormat& f) { return f.proposal == Proposal::kNotAsked; }));
  });
}

TEST_F(Streaming, TrialsCoverEveryEndpointFormatAndMode) {
  with_driver([&] {
    TrialOptions options{.endpoint = "Clocked", .time = std::chrono::milliseconds(30)};
    Clocked::refuse_format = STATUS_NO_MATCH;
    Trials trials;
    const auto ran = run_trials(options, trials);
    ASSERT_TRUE(ran) << ran.error().to_string();
    ASSERT_EQ(trials.endpoints.size(), 2u);
    const size_t formats = formats_of(render_.pin).size();
    EXPECT_EQ(trials.trials.size(), 2 * formats * 2 * 3) << "endpoints, formats, processing modes, ways";
    for (const Trial& t : trials.trials) {
      EXPECT_EQ(t.outcome, t.format.rate_hz == 44100 ? TrialOutcome::kRefused : TrialOutcome::kFlawless)
          << t.format.to_string() << ' ' << name_of(t.mode) << ' ' << t.status.to_string() << ' ' << first_of(t.log)
          << t.log.stalled;
      EXPECT_FALSE(t.at_fault());
    }
    Clocked::packets = false;
    Clocked::freeze_at = 0;
    options.modes = {StreamMode::kPacket, StreamMode::kPosition};
    Trials worse;
    ASSERT_TRUE(run_trials(options, worse));
    for (const Trial& t : worse.trials) {
      if (t.outcome == TrialOutcome::kRefused) continue;
      EXPECT_EQ(t.outcome, t.mode == StreamMode::kPacket ? TrialOutcome::kNotOffered : TrialOutcome::kStalled);
      EXPECT_EQ(t.at_fault(), t.mode == StreamMode::kPosition);
    }
    // A machine that ended in the fourth trial: another goes on with the fifth.
    Trials rest;
    rest.trials.assign(worse.trials.begin(), worse.trials.begin() + 4);
    rest.trials.back().outcome = TrialOutcome::kBugCheck;
    ASSERT_TRUE(run_trials(options, rest));
    ASSERT_EQ(rest.trials.size(), worse.trials.size());
    for (size_t i = 0; i < rest.trials.size(); ++i) {
      EXPECT_EQ(rest.trials[i].outcome, i == 3 ? TrialOutcome::kBugCheck : worse.trials[i].outcome) << i;
      EXPECT_TRUE(rest.trials[i].format == worse.trials[i].format && rest.trials[i].mode == worse.trials[i].mode) << i;
    }
  });
}

}  // namespace
}  // namespace portside::client::testing
