// The streams check: each of its assertions fails on a driver made for it, and passes on one that is right.

#include "conformance_fixture.h"
#include "io/io.h"
#include "verify/buffer_kept_test.h"
#include "verify/buffer_requests.h"
#include "verify/event_test.h"
#include "verify/hearing.h"
#include "verify/level_test.h"
#include "verify/loopback_test.h"
#include "verify/pace_test.h"
#include "verify/promised_interfaces.h"
#include "verify/protection_test.h"
#include "verify/register_test.h"

namespace portside::verify::testing {
namespace {

using std::chrono::milliseconds;

// ---- Hearing ----
constexpr client::AudioFormat kStereo{.rate_hz = 48000, .bits = 16, .channels = 2};

std::vector<std::byte> joined(const std::vector<std::vector<std::byte>>& parts) {
  std::vector<std::byte> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
std::vector<std::byte> silence(size_t frames) { return std::vector<std::byte>(frames * kStereo.frame_bytes()); }

TEST(Hearing, WhatIsPlayedIsHeardBehindSilence) {
  const Marker marker(kStereo);
  const Hearing heard = hear(marker, joined({silence(100), marker.frames(0, 900), silence(30)}), 900);
  EXPECT_TRUE(heard.flawless()) << heard.fault();
  EXPECT_EQ(heard.right, 900u);
  EXPECT_EQ(heard.before, 100u);
}
TEST(Hearing, ALostPieceIsAJump) {
  const Marker marker(kStereo);
  const Hearing heard = hear(marker, joined({marker.frames(0, 400), marker.frames(416, 400)}), 816);
  ASSERT_EQ(heard.jumps.size(), 1u);
  EXPECT_EQ(heard.jumps[0].from, 400u);
  EXPECT_EQ(heard.jumps[0].to, 416u);
  EXPECT_NE(heard.fault().find("16 frames are lost"), std::string::npos) << heard.fault();
}
TEST(Hearing, ARepeatedPieceAGapAndAChangeAreTold) {
  const Marker marker(kStereo);
  EXPECT_NE(
      hear(marker, joined({marker.frames(0, 400), marker.frames(390, 400)}), 800).fault().find("10 frames come twice"),
      std::string::npos);
  EXPECT_NE(hear(marker, joined({marker.frames(0, 400), silence(7), marker.frames(400, 400)}), 800)
                .fault()
                .find("7 frames of silence"),
            std::string::npos);
  std::vector<std::byte> changed = marker.frames(0, 800);
  changed[4 * 300] ^= std::byte{1};
  const Hearing heard = hear(marker, changed, 800);
  EXPECT_EQ(heard.changed, 1u) << heard.fault();
  EXPECT_TRUE(heard.jumps.empty()) << heard.fault();
}
TEST(Hearing, AnotherSoundIsNotHeard) {
  EXPECT_FALSE(hear(Marker(kStereo), std::vector<std::byte>(4000, std::byte{3}), 1000).begins);
}

// ---- Pace ----
TEST_F(Conformance, StreamsOfARightDriverPassAll) {
  with_driver([&] {
    Wayward::packets = true;
    for (const Subject& subject : {render_, capture_}) {
      test_resume(verdicts_, subject);
      test_notification_pace(verdicts_, subject, 1);
      test_notification_pace(verdicts_, subject, 2);
      test_notification_pace(verdicts_, subject, 2,
                             subject.endpoint.name == render_.endpoint.name ? capture_ : render_);
      test_counts(verdicts_, subject);
      test_several_events(verdicts_, subject);
      test_format_change(verdicts_, subject, {.rate_hz = 44100, .bits = 24, .channels = 2});
      test_buffer_requests(verdicts_, subject);
      test_run_without_buffer(verdicts_, subject);
      test_every_instance(verdicts_, subject);
    }
    test_promised_interfaces(verdicts_);
    expect_all(Outcome::kPassed);
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}
TEST_F(Conformance, APositionThatLeapsOverPauseFails) {
  with_driver([&] {
    Wayward::forgets_ms = 6;
    test_resume(verdicts_, render_);
    expect_broken("position over PAUSE", RuleId::kPositionNotResumed);
  });
}
TEST_F(Conformance, APositionThatPauseFreezesTooEarlyFails) {
  with_driver([&] {
    Wayward::freezes_ms = 5;
    test_resume(verdicts_, render_);
    expect_broken("position over PAUSE", RuleId::kPositionOffAtPause);
  });
}
TEST_F(Conformance, APositionThatPauseResetsFails) {
  with_driver([&] {
    Wayward::pause_resets = true;
    test_resume(verdicts_, render_);
    expect_broken("position over PAUSE", RuleId::kPositionNotResumed);
  });
}
TEST_F(Conformance, RegistersThatFollowTheStreamPass) {
  with_driver([&] {
    Wayward::registers = true;
    for (const Subject& subject : {render_, capture_}) test_registers(verdicts_, subject);
    expect_all(Outcome::kPassed);
    EXPECT_EQ(verdicts_.assertions.size(), 4u);
    clear();
    Wayward::registers = false;
    test_registers(verdicts_, render_);
    expect_all(Outcome::kNotApplicable);
  });
}
TEST_F(Conformance, APositionRegisterInFramesFails) {
  with_driver([&] {
    Wayward::registers = true;
    Wayward::register_unit = 4;
    test_registers(verdicts_, render_);
    expect_broken("position register against positions", RuleId::kRegisterOffPosition);
  });
}
TEST_F(Conformance, AClockRegisterOfAnotherFrequencyFails) {
  with_driver([&] {
    Wayward::registers = true;
    Wayward::clock_told = 9'000'000;
    test_registers(verdicts_, capture_);
    expect_broken("rate of the clock register", RuleId::kClockOffFrequency);
  });
}
TEST_F(Conformance, StreamsThatHaveGoneRoundOnceDoNotStand) {
  with_driver([&] {
    Subject quick = render_;
    quick.packet = milliseconds(4);  // two streams, which are looked at one after the other
    test_every_instance(verdicts_, quick);
    expect_all(Outcome::kPassed);
  });
}
TEST_F(Conformance, APinThatOpensOnceFails) {
  with_driver([&] {
    Wayward::one_stream = true;
    test_every_instance(verdicts_, render_);
    expect_all(Outcome::kPassed);
    clear();
    Wayward::stays_busy = true;
    test_every_instance(verdicts_, render_);
    expect_broken("every instance of a pin", RuleId::kPinNotReopened);
    Wayward::streams = 0;
  });
}
// What is wrong with every stream is not said of unusual requests.
TEST_F(Conformance, AStreamThatStandsIsNotToldOfEachRequest) {
  with_driver([&] {
    Wayward::stands_after_ms = 0;
    test_buffer_requests(verdicts_, render_);
    test_run_without_buffer(verdicts_, render_);
    expect_all(Outcome::kFailed);
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}
TEST_F(Conformance, EventsBesideTheBoundaryFail) {
  with_driver([&] {
    Wayward::late_event_ms = 4;
    test_notification_pace(verdicts_, render_, 2);
    expect_broken("pace of 2 notifications", RuleId::kNotificationOffPosition);
    clear();
    Wayward::late_event_ms = -3;
    test_notification_pace(verdicts_, capture_, 1);
    expect_broken("pace of 1 notification", RuleId::kNotificationOffPosition);
    clear();
    Wayward::late_event_ms = 0;
    Wayward::whole_after_pause = true;
    test_notification_pace(verdicts_, render_, 2);
    expect_broken("pace of 2 notifications", RuleId::kNotificationOffAfterPause);
  });
}
TEST_F(Conformance, AnEventThatIsForgottenFails) {
  with_driver([&] {
    Wayward::removes_another = true;
    test_several_events(verdicts_, render_);
    EXPECT_EQ(only("several events").outcome, Outcome::kFailed);
    EXPECT_TRUE(broke(RuleId::kNotificationAfterUnregister));
    EXPECT_TRUE(broke(RuleId::kNotificationMissing));
  });
}
TEST_F(Conformance, AFormatThatIsTakenAndIgnoredFails) {
  with_driver([&] {
    Wayward::ignores_format = true;
    test_format_change(verdicts_, render_, {.rate_hz = 96000, .bits = 24, .channels = 2});
    expect_broken("format of an open stream", RuleId::kStreamFormatIgnored);
  });
}
TEST_F(Conformance, CountsThatDisagreeFail) {
  with_driver([&] {
    Wayward::packets = true;
    Wayward::count_off = 3;
    test_counts(verdicts_, render_);
    expect_broken("packets against positions", RuleId::kPacketCountOffPosition);
    clear();
    Wayward::count_off = 0;
    Wayward::blocks_off = 960;
    test_counts(verdicts_, render_);
    expect_broken("packets against positions", RuleId::kPresentationOffPosition);
    clear();
    Wayward::read_off = 2;
    test_counts(verdicts_, capture_);
    expect_broken("packets against positions", RuleId::kPacketNotGiven);
    clear();
    Wayward::read_off = 0;
    Wayward::always_more = true;
    test_counts(verdicts_, capture_);
    expect_broken("packets against positions", RuleId::kPacketNotGiven);
  });
}

// ---- What is played is recorded ----
class Loopback : public Conformance {
 protected:
  Loopback() {
    Wayward::loops = true;
    Wayward::volumes[0] = Wayward::volumes[1] = 0;
  }
  LoopPair pair() const { return {render_.endpoint, capture_.endpoint}; }
  void test_all(const client::AudioFormat& format) {
    for (unsigned variant = 0; variant < 6; ++variant) test_loop_format(verdicts_, pair(), format, variant);
    test_loop_states(verdicts_, pair(), format);
  }
};

TEST_F(Loopback, ADeviceThatGivesBackWhatItPlaysPasses) {
  with_driver([&] {
    const std::vector<Loop> loops = find_loops({render_.endpoint, capture_.endpoint});
    ASSERT_EQ(loops.size(), 1u);
    ASSERT_FALSE(loops[0].formats.empty());
    for (const client::AudioFormat& format : loops[0].formats) test_all(format);
    test_capture_written(verdicts_, capture_.endpoint, kStereo);
    test_levels(verdicts_, pair(), kStereo, {filter_});
    expect_all(Outcome::kPassed);
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}
TEST_F(Loopback, ADeviceThatGivesBackNothingIsNone) {
  with_driver([&] {
    Wayward::loops = false;
    EXPECT_TRUE(find_loops({render_.endpoint, capture_.endpoint}).empty());
    test_loop_there(verdicts_, false);
    expect_broken("loopback", RuleId::kLoopbackBroken);
  });
}
TEST_F(Loopback, FramesLostAtTheWrapFail) {
  with_driver([&] {
    Wayward::lost_at_wrap = 2;
    EXPECT_EQ(find_loops({render_.endpoint, capture_.endpoint}).size(), 1u);
    test_loop_format(verdicts_, pair(), kStereo, 0);
    expect_broken("loopback", RuleId::kLoopbackBroken);
    clear();
    test_loop_states(verdicts_, pair(), kStereo);
    expect_broken("loopback over PAUSE and STOP", RuleId::kLoopbackBroken);
  });
}
TEST_F(Loopback, AWidthThatIsChangedFails) {
  with_driver([&] {
    Wayward::breaks_wide = true;
    client::AudioFormat wide = kStereo;
    wide.bits = 24;
    test_loop_format(verdicts_, pair(), wide, 0);
    expect_broken("loopback", RuleId::kLoopbackChanged);
  });
}
TEST_F(Loopback, ABufferThatIsNotWrittenFails) {
  with_driver([&] {
    Wayward::writes_nothing = true;
    test_capture_written(verdicts_, capture_.endpoint, kStereo);
    expect_broken("recorded up to the position", RuleId::kCaptureNotWritten);
  });
}
TEST_F(Loopback, ARenderBufferThatTheDriverWritesFails) {
  with_driver([&] {
    test_buffer_kept(verdicts_, render_);
    expect_all(Outcome::kPassed);
    clear();
    Wayward::clears_played = true;
    test_buffer_kept(verdicts_, render_);
    expect_broken("render buffer", RuleId::kRenderBufferWritten);
  });
}
TEST_F(Loopback, ALevelThatIsNotWhatItSaysFails) {
  with_driver([&] {
    Wayward::gain_off = 1.5;
    test_levels(verdicts_, pair(), kStereo, {filter_});
    expect_broken("level in the loopback", RuleId::kLevelWrong);
    clear();
    Wayward::ignores_volume = true;
    test_levels(verdicts_, pair(), kStereo, {filter_});
    expect_broken("level in the loopback", RuleId::kLevelNotHeard);
  });
}

TEST_F(Loopback, ProtectedContentIsNotRecorded) {
  with_driver([&] {
    test_protected_loop(verdicts_, pair(), kStereo);
    expect_all(Outcome::kNotApplicable);
    clear();
    Wayward::protects = true;
    test_protected_loop(verdicts_, pair(), kStereo);
    expect_all(Outcome::kPassed);
    EXPECT_EQ(Wayward::contents.size(), 1u);
    clear();
    Wayward::refuses_protected = true;
    test_protected_loop(verdicts_, pair(), kStereo);
    expect_all(Outcome::kNotApplicable);
    clear();
    Wayward::refuses_protected = false;
    Wayward::records_protected = true;
    test_protected_loop(verdicts_, pair(), kStereo);
    expect_broken("protected content in the loopback", RuleId::kProtectedContentRecorded);
  });
}
TEST_F(Conformance, EverySetOfRightsIsNamedToAStreamThatProtects) {
  with_driver([&] {
    test_protection(verdicts_, render_);
    expect_all(Outcome::kNotApplicable);
    clear();
    Wayward::protects = true;
    test_protection(verdicts_, render_);
    expect_all(Outcome::kPassed);
    EXPECT_EQ(Wayward::contents.size(), 5u) << "none, three protected ones, and none again";
    clear();
    test_protection(verdicts_, capture_);
    EXPECT_TRUE(verdicts_.assertions.empty()) << "nothing is played to it";
  });
}

// ---- Interfaces ----
TEST_F(Conformance, InterfacesThatAreNotEnabledFail) {
  with_driver([&] {
    const auto all = io_->interfaces().all();
    ASSERT_FALSE(all.empty());
    const GUID other = KSCATEGORY_SPLITTER;
    ASSERT_TRUE(io_->interfaces().register_interface(all.front().pdo, other, all.front().reference));
    test_promised_interfaces(verdicts_);
    EXPECT_TRUE(broke(RuleId::kInterfaceNotEnabled));
    EXPECT_FALSE(broke(RuleId::kInterfaceNeverEnabled));
    clear();
    ASSERT_TRUE(io_->interfaces().register_interface(all.front().pdo, other, u"Nobody"));
    test_promised_interfaces(verdicts_);
    EXPECT_TRUE(broke(RuleId::kInterfaceNeverEnabled));
    // One that the driver has asked for itself is a template, or comes later.
    clear();
    io_->interfaces().key_opened_by_driver(io_->interfaces().all().back().symbolic_link);
    test_promised_interfaces(verdicts_);
    EXPECT_FALSE(broke(RuleId::kInterfaceNeverEnabled)) << "a template";
    EXPECT_TRUE(broke(RuleId::kInterfaceNotEnabled)) << "another name's, as before";
    clear();
    for (const io::DeviceInterface& i : io_->interfaces().all())
      if (!i.enabled) io_->interfaces().asked_for_by_driver(i.symbolic_link);
    test_promised_interfaces(verdicts_);
    EXPECT_FALSE(broke(RuleId::kInterfaceNotEnabled));
    // A template that it asks for in one category stands under its others, too.
    for (const GUID& category : {other, KSCATEGORY_AUDIO})
      ASSERT_TRUE(io_->interfaces().register_interface(all.front().pdo, category, u"Template"));
    clear();
    test_promised_interfaces(verdicts_);
    EXPECT_TRUE(broke(RuleId::kInterfaceNeverEnabled));
    io_->interfaces().asked_for_by_driver(io_->interfaces().all().back().symbolic_link);
    clear();
    test_promised_interfaces(verdicts_);
    EXPECT_FALSE(broke(RuleId::kInterfaceNeverEnabled));
  });
}
TEST_F(Conformance, AnEndpointThatLeadsNowhereFails) {
  with_driver([&] {
    const auto filters = client::list_filters();
    ASSERT_TRUE(filters);
    for (const client::Endpoint& endpoint : client::endpoints_of(*filters)) {
      clear();
      test_endpoint_connected(verdicts_, endpoint, *filters);
      if (endpoint.filter_name == "Wayward") expect_broken("endpoint", RuleId::kEndpointNotConnected);
      else EXPECT_TRUE(verdicts_.broken.empty()) << endpoint.name;
    }
  });
}

}  // namespace
}  // namespace portside::verify::testing
