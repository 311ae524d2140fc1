// The conformance check: each assertion of streams fails on a driver made for it, and the good samples pass them all.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "conformance_fixture.h"
#include "verify/all_endpoints.h"
#include "verify/buffer_sizes.h"
#include "verify/campaign.h"
#include "verify/endurance_test.h"
#include "verify/format_test.h"
#include "verify/keyword_stream.h"
#include "verify/latency_test.h"
#include "verify/pin_conformance.h"
#include "verify/position_drift.h"
#include "verify/scenario.h"
#include "verify/state_control.h"
#include "verify/topology_test.h"

namespace portside::verify::testing {
namespace {

TEST(Drift, OfAStraightLineThereIsNone) {
  std::vector<DriftPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back({100.0 + i * 10, (100.0 + i * 10 - 3) * 192});
  const Drift drift = drift_of(points, 192000);
  EXPECT_NEAR(drift.rate_error_percent, 0, 1e-9);
  EXPECT_NEAR(drift.offset_ms, -3, 1e-9);
  EXPECT_NEAR(drift.largest_error_ms, 0, 1e-9);
}

TEST(Drift, ARateThatIsOffIsMeasured) {
  std::vector<DriftPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back({i * 10.0, i * 10.0 * 192 * 1.02});
  EXPECT_NEAR(drift_of(points, 192000).rate_error_percent, 2, 1e-9);
}

TEST(Drift, ErrorsAreThoseAroundTheLine) {
  std::vector<DriftPoint> points;
  for (int i = 0; i < 100; ++i) points.push_back({i * 10.0, (i * 10.0 + (i % 2 ? 1 : -1)) * 192});
  const Drift drift = drift_of(points, 192000);
  EXPECT_NEAR(drift.rate_error_percent, 0, 0.01);
  EXPECT_NEAR(drift.deviation_ms, 1, 0.01);
  EXPECT_NEAR(drift.largest_error_ms, 1, 0.1);
}

// ---- Positions ----
TEST_F(Conformance, ARightDriverPassesAll) {
  with_driver([&] {
    Wayward::on_format = [](PPCPROPERTY_REQUEST r) {
      return r->Verb & KSPROPERTY_TYPE_SET ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED;
    };
    const Tolerances tight = Tolerances::scaled(0.1);
    for (const Subject& subject : {render_, capture_}) {
      test_drift(verdicts_, subject, tight);
      test_latency(verdicts_, subject, tight);
      test_state_control(verdicts_, subject);
      test_buffer_sizes(verdicts_, subject, {});
      test_pin_conformance(verdicts_, subject, true);
      test_format(verdicts_, subject, client::Proposal::kTaken, tight);
    }
    test_all_endpoints(verdicts_, {render_, capture_});
    test_connections(verdicts_, filter_);
    test_node_properties(verdicts_, filter_);
    expect_all(Outcome::kPassed);
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}

// Where the driver names none itself: one that its ranges admit and it does not refuse, not the one that is wished for.
TEST_F(Conformance, TheUsualFormatIsOneOfThePins) {
  with_driver([&] {
    EXPECT_EQ(usual_format(render_.endpoint)->rate_hz, 48000u);
    for (client::FormatRange& range : render_.endpoint.pin.ranges) range.min_rate = range.max_rate = 44100;
    EXPECT_EQ(usual_format(render_.endpoint)->rate_hz, 44100u);
    Wayward::on_format = [](PPCPROPERTY_REQUEST r) -> NTSTATUS {
      if (!(r->Verb & KSPROPERTY_TYPE_SET)) return STATUS_NOT_SUPPORTED;
      const auto* proposed = static_cast<const KSDATAFORMAT_WAVEFORMATEXTENSIBLE*>(r->Value);
      return proposed->WaveFormatExt.Format.nChannels == 1 ? STATUS_SUCCESS : STATUS_NO_MATCH;
    };
    EXPECT_EQ(usual_format(render_.endpoint)->channels, 1u);
  });
}

TEST_F(Conformance, APositionThatGoesWrongAfterSomeTimeFails) {
  with_driver([&] {
    test_endurance(verdicts_, render_);
    test_endurance(verdicts_, capture_);
    expect_all(Outcome::kPassed);
    clear();
    Wayward::stands_after_ms = 44'739;  // 2^31 / 48000
    test_endurance(verdicts_, capture_);
    expect_broken("pace for 100 seconds", RuleId::kPositionRateOff);
  });
}

TEST_F(Conformance, AClockThatDriftsFails) {
  with_driver([&] {
    Wayward::rate = 1.02;
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionRateOff);
    EXPECT_NEAR(measured("drift and jitter", "rate error"), 2, 0.05);
    // Within one percent it may; not when the tolerance is tightened.
    clear();
    Wayward::rate = 1.0008;
    test_drift(verdicts_, capture_, published_);
    expect_all(Outcome::kPassed);
    clear();
    test_drift(verdicts_, capture_, Tolerances::scaled(0.05));
    expect_broken("drift and jitter", RuleId::kPositionRateOff);
  });
}

TEST_F(Conformance, APositionThatJumpsFails) {
  with_driver([&] {
    Wayward::jump_ms = 5;
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionJitters);
    EXPECT_GT(measured("drift and jitter", "largest error"), 2);
  });
}

TEST_F(Conformance, APositionInCoarseStepsFails) {
  with_driver([&] {
    Wayward::grain_ms = 7;
    test_drift(verdicts_, render_, published_);
    expect_broken("drift and jitter", RuleId::kPositionJitters);
    EXPECT_GT(measured("drift and jitter", "standard deviation"), 1);
    // Coarse enough for the earlier edition's case alone.
    clear();
    Wayward::grain_ms = 1.3;
    test_drift(verdicts_, render_, published_);
    EXPECT_EQ(only("drift and jitter").outcome, Outcome::kWarned) << only("drift and jitter").sentence;
    EXPECT_TRUE(verdicts_.broken.empty());
  });
}

TEST_F(Conformance, FiguresOfRealTimeAreToldAndNotJudged) {
  with_driver([&] {
    Wayward::rate = 1.02;
    verdicts_.figures_not_judged = "measured in real time";
    test_drift(verdicts_, render_, published_);
    EXPECT_EQ(only("drift and jitter").outcome, Outcome::kNotApplicable);
    EXPECT_NE(only("drift and jitter").sentence.find("not judged"), std::string::npos)
        << only("drift and jitter").sentence;
    EXPECT_NEAR(measured("drift and jitter", "rate error"), 2, 0.05);
    EXPECT_TRUE(verdicts_.broken.empty());
    // A shape that does not depend on time is judged.
    Wayward::notification = false;
    test_pin_conformance(verdicts_, render_, true);
    EXPECT_EQ(only("pin conformance").outcome, Outcome::kFailed);
  });
}

TEST_F(Conformance, LatencyIsWarnedOf) {
  struct Case {
    double late_ms, ahead_ms;
    const char* says;
  };
  with_driver([&] {
    for (const Case& c : {Case{600, 0, "no position within 500 ms"}, Case{30, 0.5, "lags"},
                          Case{0, 5, "more than the stream has been in RUN"}}) {
      Wayward::late_ms = c.late_ms;
      Wayward::ahead_ms = c.ahead_ms;
      clear();
      test_latency(verdicts_, render_, published_);
      EXPECT_EQ(only("latency").outcome, Outcome::kWarned) << c.says;
      EXPECT_NE(only("latency").sentence.find(c.says), std::string::npos) << only("latency").sentence;
      EXPECT_TRUE(verdicts_.broken.empty());
    }
  });
}

// ---- States ----
TEST_F(Conformance, APositionThatStandsInRunFails) {
  with_driver([&] {
    Wayward::stands_after_ms = 300;
    test_state_control(verdicts_, render_);
    expect_broken("state control", RuleId::kPositionStandsInRun);
  });
}
TEST_F(Conformance, APositionThatMovesInPauseFails) {
  with_driver([&] {
    Wayward::moves_in_pause = true;
    test_state_control(verdicts_, capture_);
    expect_broken("state control", RuleId::kPositionMovesInPause);
  });
}
TEST_F(Conformance, APositionThatIsKeptInStopFails) {
  with_driver([&] {
    Wayward::keeps_in_stop = true;
    test_state_control(verdicts_, render_);
    expect_broken("state control", RuleId::kPositionKeptInStop);
  });
}
TEST_F(Conformance, AStreamThatRunsOnceFails) {
  with_driver([&] {
    Wayward::runs_once = true;
    test_state_control(verdicts_, render_);
    expect_broken("state control", RuleId::kNoRestart);
  });
}

// ---- Sizes and formats ----
TEST_F(Conformance, PacketsAreReadAsTheDriverDeclaresThem) {
  with_driver([&] {
    EXPECT_FALSE(client::read_packet_constraints(filter_.symbolic_link));
    // The older property has something reserved where the newer has the largest packet; the newer goes before it.
    declare_packets(100'000, 9600, 0, DEVPKEY_KsAudio_PacketSize_Constraints);
    const auto older = client::read_packet_constraints(filter_.symbolic_link);
    ASSERT_TRUE(older);
    EXPECT_EQ(older->least_frames(kFormat, std::nullopt), 480u) << "10 ms";
    EXPECT_EQ(older->most_frames(kFormat), 0u);
    declare_packets(20'000, 9600, 128);
    const auto constraints = client::read_packet_constraints(filter_.symbolic_link);
    ASSERT_TRUE(constraints);
    EXPECT_EQ(constraints->least_frames(kFormat, AUDIO_SIGNALPROCESSINGMODE_RAW), 96u) << "2 ms";
    EXPECT_EQ(constraints->least_frames(kFormat, AUDIO_SIGNALPROCESSINGMODE_DEFAULT), 128u) << "one processing packet";
    EXPECT_EQ(constraints->most_frames(kFormat), 2400u);
    // 8-bit mono: packets of whole 4 bytes.
    EXPECT_EQ(constraints->least_frames({.rate_hz = 11025, .bits = 8, .channels = 1}, std::nullopt) % 4, 0u);
  });
}
TEST_F(Conformance, ADeclaredPacketThatIsRefusedFails) {
  with_driver([&] {
    declare_packets(20'000, 9600);
    test_buffer_sizes(verdicts_, render_, client::read_packet_constraints(filter_.symbolic_link));
    EXPECT_EQ(only("smallest buffer").outcome, Outcome::kPassed) << only("smallest buffer").sentence;
    EXPECT_EQ(only("largest buffer").outcome, Outcome::kPassed) << only("largest buffer").sentence;
    clear();
    Wayward::least_buffer = 1000;
    test_buffer_sizes(verdicts_, render_, client::read_packet_constraints(filter_.symbolic_link));
    expect_broken("smallest buffer", RuleId::kDeclaredPacketRefused);
    clear();
    Wayward::least_buffer = 0;
    Wayward::most_buffer = 9600;
    test_buffer_sizes(verdicts_, render_, client::read_packet_constraints(filter_.symbolic_link));
    expect_broken("largest buffer", RuleId::kDeclaredPacketRefused);
  });
}
TEST_F(Conformance, TheEnginesPacketIsToBeTakenOthersNeedNot) {
  with_driver([&] {
    Wayward::least_buffer = 3840;
    Wayward::most_buffer = 3840;
    test_buffer_sizes(verdicts_, render_, {});
    EXPECT_EQ(only("10 ms packets").outcome, Outcome::kPassed);
    for (const char* other : {"small buffer", "large buffer", "odd buffer"})
      EXPECT_EQ(only(other).outcome, Outcome::kNotApplicable) << only(other).sentence;
    clear();
    Wayward::most_buffer = 3000;
    test_buffer_sizes(verdicts_, render_, {});
    expect_broken("10 ms packets", RuleId::kEnginePacketRefused);
  });
}
TEST_F(Conformance, AFormatThatIsOfferedAndDoesNotStreamFails) {
  with_driver([&] {
    Wayward::refused_rate = 44100;
    render_.format.rate_hz = 44100;
    test_format(verdicts_, render_, client::Proposal::kNotAsked, published_);
    EXPECT_EQ(only("formats and modes").outcome, Outcome::kNotApplicable) << "a range promises nothing";
    clear();
    render_.endpoint.pin.modes.resize(1);
    test_format(verdicts_, render_, client::Proposal::kTaken, published_);
    expect_broken("formats and modes", RuleId::kProposedFormatRefused);
    clear();
    Wayward::refused_rate = 0;
    Wayward::stands_after_ms = 200;
    test_format(verdicts_, render_, client::Proposal::kTaken, published_);
    expect_broken("formats and modes", RuleId::kPositionStandsInRun);
  });
}

// ---- Whole checks ----
report::CampaignReport check(const host::InstallRequest& driver, Nanoseconds budget, double tolerance = 1) {
  Request request;
  request.driver = driver;
  request.checks = {"conformance"};
  request.budget = budget;
  request.tolerance = tolerance;
  request.command = "portside verify";
  Campaign campaign(request);
  campaign.run_checks();
  return std::move(campaign.report());
}

void expect_clean(const report::CampaignReport& report) {
  for (const report::Assertion& a : report.assertions)
    EXPECT_TRUE(a.outcome != Outcome::kFailed && a.outcome != Outcome::kWarned)
        << a.name << ", " << a.subject << ": " << a.sentence;
  for (const report::Problem& p : report.problems) ADD_FAILURE() << p.rule().name << ": " << p.what;
  EXPECT_FALSE(report.failed()) << report.broken_off;
}

TEST(ConformanceCheck, TheCablePassesTightTolerances) {
  const auto report = check({.driver = CABLE_SYS}, std::chrono::seconds(2), 0.1);
  expect_clean(report);
  EXPECT_FALSE(report.assertions.empty());
  // And is drawn.
  EXPECT_EQ(report.topology.size(), 4u);
  EXPECT_EQ(report.endpoints.size(), 2u);
  ASSERT_EQ(report.streams.size(), 2u);
  for (const report::StreamPicture& picture : report.streams) {
    EXPECT_EQ(picture.mode, "event");
    EXPECT_EQ(picture.period, std::chrono::milliseconds(10));
    ASSERT_GT(picture.positions.size(), 50u);
    EXPECT_NEAR(static_cast<double>(picture.positions.back().bytes), static_cast<double>(picture.bytes_per_second) / 5,
                static_cast<double>(picture.bytes_per_second) / 50);
    EXPECT_NEAR(static_cast<double>(picture.notifications.size()), 20, 2);
  }
}

TEST(ConformanceCheck, TheStudioPassesTightTolerances) {
  const auto report = check({.driver = STUDIO_SYS}, std::chrono::seconds(2), 0.1);
  expect_clean(report);
  EXPECT_EQ(report.streams.size(), 5u) << "the loopback's too";
}

TEST(ConformanceCheck, AfterABugCheckItGoesOnInAFreshMachine) {
  // Every stream of this driver ends Windows.
  const auto folder = std::filesystem::temp_directory_path() / "portside_conformance_test";
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(MISUSE_SYS, folder / "misuse.sys", std::filesystem::copy_options::overwrite_existing);
  std::ofstream(folder / "misuse.inf") << R"([Version]
Signature="$Windows NT$"
Class=MEDIA
ClassGuid={4d36e96c-e325-11ce-bfc1-08002be10318}
Provider="Portside"
DriverVer=11/22/2026,0.1.0.0
[Manufacturer]
"Portside"=Models,NTamd64
[Models.NTamd64]
"Misuse"=Misuse,ROOT\PortsideMisuse
[Misuse.NT]
CopyFiles=Files
[Files]
misuse.sys
[DestinationDirs]
Files=13
[SourceDisksNames]
1="Disk"
[SourceDisksFiles]
misuse.sys=1
[Misuse.NT.Services]
AddService=misuse,2,Service
[Service]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%13%\misuse.sys
AddReg=Service.AddReg
[Service.AddReg]
HKR,Parameters,Case,,WritePastView
HKR,Parameters,Wrong,0x00010001,1
)";
  const auto report = check({.driver = folder / "misuse.inf"}, std::chrono::seconds(5));
  EXPECT_TRUE(report.broken_off.empty()) << report.broken_off;
  EXPECT_GT(report.runs, 4u);
  EXPECT_TRUE(report.failed());
  // The tests that open no stream are made all the same, and those behind the bug check too.
  const auto outcome = [&](std::string_view name) {
    const auto found = std::ranges::find(report.assertions, name, &report::Assertion::name);
    return found == report.assertions.end() ? Outcome::kNotRun : found->outcome;
  };
  EXPECT_EQ(outcome("topology"), Outcome::kPassed);
  EXPECT_EQ(outcome("state control"), Outcome::kFailed);
  EXPECT_EQ(outcome("formats and modes"), Outcome::kFailed);
  EXPECT_NE(outcome("property robustness"), Outcome::kNotRun);
  // One cause, however many machines it ended.
  EXPECT_EQ(std::ranges::count_if(report.problems, [](const report::Problem& p) { return p.bug_check.has_value(); }),
            1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace portside::verify::testing
