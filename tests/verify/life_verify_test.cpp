// The life check: right drivers go on or end with a clear status whatever befalls them; wrong ones are told, and the
// name that the report gives the event makes it again.

#include <gtest/gtest.h>

#include <algorithm>

#include "report/campaign_text.h"
#include "verify/campaign.h"
#include "verify/campaign_request.h"
#include "verify/case_inf.h"
#include "verify/life_point.h"

namespace portside {
namespace {

using testing_support::CaseInf;

report::CampaignReport life_of(const std::filesystem::path& driver, const std::string& event = "") {
  verify::Request request = testing_support::campaign_request(driver);
  request.checks = {"life"};
  request.life_event = event;
  verify::Campaign campaign(request);
  campaign.run_checks();
  return campaign.report();
}

std::string text_of(const report::CampaignReport& report) { return report::to_text(report, {}); }

void expect_clean(const report::CampaignReport& report) {
  EXPECT_TRUE(report.problems.empty()) << text_of(report);
  EXPECT_FALSE(report.failed()) << text_of(report);
  for (const report::Assertion& assertion : report.assertions)
    EXPECT_EQ(assertion.outcome, report::Outcome::kPassed) << assertion.subject << ": " << assertion.sentence;
  ASSERT_EQ(report.checks.size(), 1u);
  EXPECT_EQ(report.checks[0].run, report.checks[0].planned) << report.checks[0].note;
}

TEST(LifeCheck, TheCableLivesThroughEverything) {
  const report::CampaignReport report = life_of(CABLE_SYS);
  expect_clean(report);
  EXPECT_GT(report.runs, 200u);
}

TEST(LifeCheck, TheStudioLivesThroughEverything) {
  const report::CampaignReport report = life_of(STUDIO_SYS);
  expect_clean(report);
  EXPECT_GT(report.runs, 200u);
}

TEST(LifeCheck, TheRightTwinIsSilent) {
  const CaseInf inf(FAULTY_SYS, "");
  expect_clean(life_of(inf.inf()));
}

// What is wrong when nothing happens is shown by one run again.
TEST(LifeCheck, WhatTheFirstRunFindsIsMadeAgainAlone) {
  const CaseInf inf(FAULTY_SYS, "FreesUnderOtherTags");
  const report::CampaignReport report = life_of(inf.inf());
  ASSERT_EQ(report.problems.size(), 2u) << text_of(report);
  EXPECT_TRUE(report.problems[0].first.replay.ends_with("--checks life --seed 1 --life none")) << text_of(report);
  const report::CampaignReport again = life_of(inf.inf(), "none");
  EXPECT_EQ(again.problems.size(), 2u) << text_of(again);
  EXPECT_EQ(again.runs, 1u);
}

// One kind of stream that stops Windows hides nothing of the other.
TEST(LifeCheck, AKindOfStreamThatStopsWindowsIsLeftOut) {
  const CaseInf inf(FAULTY_SYS, "NeedsEvents");
  const report::CampaignReport report = life_of(inf.inf());
  const auto stops =
      std::ranges::count_if(report.problems, [](const report::Problem& p) { return p.bug_check.has_value(); });
  EXPECT_EQ(stops, 1) << text_of(report);
  EXPECT_GT(report.runs, 100u) << text_of(report);
  ASSERT_EQ(report.checks.size(), 1u);
  EXPECT_TRUE(report.checks[0].note.starts_with("streams by positions end Windows")) << report.checks[0].note;
}

TEST(LifeCheck, WhereEveryStreamStopsWindowsNothingElseIsTried) {
  const CaseInf inf(FAULTY_SYS, "RunsNowhere");
  const report::CampaignReport report = life_of(inf.inf());
  EXPECT_EQ(report.runs, 3u) << text_of(report);
  ASSERT_EQ(report.checks.size(), 1u);
  EXPECT_TRUE(report.checks[0].note.starts_with("the run in which nothing happens ends Windows"))
      << report.checks[0].note;
}

TEST(LifeCheck, ADeviceTouchedAfterItIsGoneIsTold) {
  const CaseInf inf(FAULTY_SYS, "TouchesGoneDevice");
  const report::CampaignReport report = life_of(inf.inf());
  ASSERT_FALSE(report.problems.empty()) << text_of(report);
  const report::Problem& problem = report.problems[0];
  EXPECT_TRUE(problem.bug_check.has_value()) << text_of(report);
  EXPECT_TRUE(problem.first.fault.starts_with("surprise-remove@")) << problem.first.fault;
  const report::CampaignReport again = life_of(inf.inf(), problem.first.fault);
  ASSERT_EQ(again.problems.size(), 1u) << text_of(again);
  EXPECT_EQ(again.problems[0].what, problem.what);
}

// A removal is asked for, and called off: what went when it was asked for is missed.
TEST(LifeCheck, WhoGoesWhenAskedIsTold) {
  constexpr const char* kEvent = "call-off@run,position,500us:Wave";
  const report::CampaignReport report = life_of(CaseInf(FAULTY_SYS, "GoesWhenAsked").inf(), kEvent);
  EXPECT_FALSE(report.problems.empty()) << text_of(report);
  EXPECT_TRUE(report.failed()) << text_of(report);
  expect_clean(life_of(CaseInf(FAULTY_SYS, "").inf(), kEvent));
}

TEST(LifeCheck, AWorkItemThatOutlivesItsDeviceIsTold) {
  const CaseInf inf(FAULTY_SYS, "ForgetsWorkItem");
  const report::CampaignReport report = life_of(inf.inf());
  ASSERT_FALSE(report.problems.empty()) << text_of(report);
  const report::Problem& problem = report.problems[0];
  EXPECT_TRUE(problem.first.fault.find("remove@started") != std::string::npos) << text_of(report);
  const report::CampaignReport again = life_of(inf.inf(), problem.first.fault);
  ASSERT_FALSE(again.problems.empty()) << text_of(again);
  EXPECT_EQ(again.problems[0].what, problem.what);
}

TEST(LifeCheck, AStreamThatStandsStillAfterPowerCameBackIsTold) {
  const CaseInf inf(FAULTY_SYS, "SleepsOn");
  const report::CampaignReport report = life_of(inf.inf());
  const auto told = std::ranges::find_if(report.assertions, [](const report::Assertion& a) {
    return a.outcome == report::Outcome::kFailed && a.sentence.find("stands still") != std::string::npos;
  });
  ASSERT_NE(told, report.assertions.end()) << text_of(report);
  EXPECT_NE(told->sentence.find("--life"), std::string::npos);
}

TEST(LifePoint, ReadsWhatItWrites) {
  using verify::LifeKind, verify::LifePoint, verify::LifeStage;
  for (const LifeKind kind : verify::kLifeKinds)
    for (const LifeStage stage : {LifeStage::kOpening, LifeStage::kStop, LifeStage::kAcquire, LifeStage::kPause,
                                  LifeStage::kRun, LifeStage::kClosing, LifeStage::kStarted}) {
      LifePoint point{
          .kind = kind, .stage = stage, .notified = kind == LifeKind::kSleep, .endpoint = "Speakers: a, b @ c"};
      if (point.counts_calls()) point.call = 37;
      else point.delay = std::chrono::microseconds(1234);
      const auto read = LifePoint::parse(point.text());
      ASSERT_TRUE(read) << point.text();
      EXPECT_EQ(read->text(), point.text());
      EXPECT_EQ(read->delay, point.delay);
      EXPECT_EQ(read->call, point.call);
    }
  for (const char* text : {"", "sleep", "sleep@run", "sleep@run,event,:x",
                           "sleep@run,event,12us:", "sleep@opening,event,12us:x", "nap@run,event,12us:x"})
    EXPECT_FALSE(LifePoint::parse(text)) << text;
}

}  // namespace
}  // namespace portside
