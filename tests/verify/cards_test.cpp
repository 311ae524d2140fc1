// Cards: started with less than they have, taken out of their slot, and listened to: right drivers are heard as they were
// played, at every level, before and after sleep; twins whose card sounds wrong are told, each by the rule that it breaks.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "hardware/bus_faults.h"
#include "hardware/models.h"
#include "report/campaign_text.h"
#include "verify/campaign.h"
#include "verify/campaign_request.h"

namespace portside {
namespace {

verify::Request request_of(const std::filesystem::path& driver, std::string_view model) {
  verify::Request request = testing_support::campaign_request(driver);
  request.driver.use_inf = driver.extension() != ".sys";
  request.driver.device = [model](hardware::DeviceHost& host) { return hardware::find_model(model)->make(host, {}); };
  return request;
}

report::CampaignReport report_of(std::string check, const std::filesystem::path& driver, std::string_view model,
                                 std::string fault = {}) {
  verify::Request request = request_of(driver, model);
  request.checks = {std::move(check)};
  request.fault = std::move(fault);
  verify::Campaign campaign(request);
  campaign.run_checks();
  return campaign.report();
}

size_t count(const report::CampaignReport& report, std::string_view test, report::Outcome outcome) {
  return static_cast<size_t>(std::ranges::count_if(
      report.assertions, [&](const report::Assertion& a) { return a.name == test && a.outcome == outcome; }));
}

std::set<std::string> jack_rules(const report::CampaignReport& report) {
  std::set<std::string> rules;
  for (const report::Problem& problem : report.problems)
    if (const std::string_view rule = problem.rule().name; rule.starts_with("Jack") || rule.starts_with("Level"))
      rules.emplace(rule);
  return rules;
}

struct Card {
  const char* model;
  const char* driver;
};
class RightCard : public ::testing::TestWithParam<Card> {};

TEST_P(RightCard, IsHeardAsItIsPlayed) {
  const report::CampaignReport report = report_of("streams", GetParam().driver, GetParam().model);
  EXPECT_EQ(jack_rules(report), std::set<std::string>()) << report::to_text(report, {});
  for (const char* test : {"heard at the jack", "recorded from the jack"}) {
    EXPECT_GT(count(report, test, report::Outcome::kPassed), 5u) << test;
  }
  EXPECT_GT(count(report, "level at the jack", report::Outcome::kPassed), 2u);
  EXPECT_GT(count(report, "heard as before it slept", report::Outcome::kPassed), 3u);
}

INSTANTIATE_TEST_SUITE_P(, RightCard, ::testing::Values(Card{"hda", HDA_SYS}, Card{"ac97", AC97_SYS}),
                         [](const auto& info) { return std::string(info.param.model); });

struct Twin {
  const char* fault;
  const char* driver;
  std::set<std::string> rules;
};
class WrongCard : public ::testing::TestWithParam<Twin> {};

TEST_P(WrongCard, IsTold) {
  const report::CampaignReport report = report_of("streams", GetParam().driver, "ac97");
  EXPECT_EQ(jack_rules(report), GetParam().rules) << report::to_text(report, {});
}

INSTANTIATE_TEST_SUITE_P(, WrongCard,
                         ::testing::Values(Twin{"KeepsMute", AC97_KEEPS_MUTE_SYS, {"JackSilent", "JackChangedAsleep"}},
                                           Twin{"ForgetsRate", AC97_FORGETS_RATE_SYS, {"JackSoundBroken"}},
                                           Twin{"ForgetsLevels", AC97_FORGETS_LEVELS_SYS, {"JackChangedAsleep"}},
                                           Twin{"TurnsLevels",
                                                AC97_TURNS_LEVELS_SYS,
                                                {"JackChangedAsleep", "JackSoundBroken", "LevelWrong"}},
                                           Twin{"ForgetsVra", AC97_FORGETS_VRA_SYS, {"JackChangedAsleep"}},
                                           Twin{"SwapsChannels", AC97_SWAPS_CHANNELS_SYS, {"LevelWrong"}}),
                         [](const auto& info) { return std::string(info.param.fault); });

// What a bus does is not held against the driver behind it, and is told.
TEST_P(RightCard, IsNotBlamedForItsBus) {
  for (const char* faults : {"registers=20us,interrupts=1ms,lost=1/20,doubled=1/20", "hang@700ms"}) {
    verify::Request request = request_of(GetParam().driver, GetParam().model);
    const auto parsed = hardware::BusFaults::parse(faults);
    ASSERT_TRUE(parsed);
    request.driver.bus_faults = *parsed;
    request.device_pace_not_judged = "seen over a bus with faults";
    request.checks = {"rules", "streams"};
    verify::Campaign campaign(request);
    campaign.run_checks();
    const report::CampaignReport& report = campaign.report();
    EXPECT_TRUE(report.problems.empty()) << faults << report::to_text(report, {});
    EXPECT_FALSE(report.failed()) << faults;
    EXPECT_TRUE(std::ranges::any_of(report.assertions, [](const report::Assertion& a) {
      return a.outcome == report::Outcome::kNotApplicable && a.sentence.starts_with("seen ");
    })) << faults;
  }
}

// One event of the life check.
report::CampaignReport life_of(const char* driver, const char* model, const char* event) {
  verify::Request request = request_of(driver, model);
  request.checks = {"life"};
  request.life_event = event;
  verify::Campaign campaign(request);
  campaign.run_checks();
  return campaign.report();
}

TEST_P(RightCard, IsTakenOutOfItsSlotAndComesBack) {
  for (const char* event : {"pull-out@started,position,0us:Speaker", "pull-out@run,event,1000us:Speaker",
                            "pull-out@closing,event,call3:Speaker", "pull-out@opening,event,call20:Speaker",
                            "call-off@started,position,0us:Speaker", "call-off@run,event,500us:Speaker"}) {
    const report::CampaignReport report = life_of(GetParam().driver, GetParam().model, event);
    EXPECT_TRUE(report.problems.empty()) << event << "\n" << report::to_text(report, {});
    ASSERT_EQ(report.assertions.size(), 1u) << event;
    EXPECT_EQ(report.assertions[0].outcome, report::Outcome::kPassed) << event << report.assertions[0].sentence;
    EXPECT_EQ(report.assertions[0].measurements.at(0).value, 1) << "it happened: " << event;
  }
}

TEST(ACardThatIsGone, KeepsADriverThatPollsForEver) {
  const report::CampaignReport report = life_of(AC97_POLLS_ON_SYS, "ac97", "pull-out@run,event,1000us:Speaker");
  ASSERT_EQ(report.assertions.size(), 1u);
  EXPECT_EQ(report.assertions[0].measurements.at(0).value, 1) << "it happened";
  EXPECT_TRUE(report.failed()) << report::to_text(report, {});
}

// What another device on the line wants is nothing that a routine may claim, while its own streams run as little as before.
TEST(AnotherDeviceOnTheLine, IsNotTheDriversOwn) {
  const auto told = [](const report::CampaignReport& report) {
    return std::ranges::any_of(report.problems, [](const report::Problem& problem) {
      return problem.rule_id == verifier::RuleId::kInterruptOfAnotherClaimed;
    });
  };
  EXPECT_FALSE(told(report_of("streams", AC97_SYS, "ac97")));
  EXPECT_TRUE(told(report_of("streams", AC97_CLAIMS_ALL_SYS, "ac97")));
}

TEST(AStartWithLess, IsRefused) {
  const report::CampaignReport report = report_of("faults", AC97_SYS, "ac97");
  EXPECT_TRUE(report.problems.empty()) << report::to_text(report, {});
  EXPECT_EQ(count(report, "survives a start with less", report::Outcome::kPassed), 7u);
  EXPECT_EQ(count(report, "survives a start with less", report::Outcome::kFailed), 0u);
}

TEST(AStartWithLess, IsToldOfADriverThatDoesNotLook) {
  const report::CampaignReport report = report_of("faults", AC97_TRUSTS_LENGTHS_SYS, "ac97", "start:1-short");
  EXPECT_EQ(count(report, "survives a start with less", report::Outcome::kWarned), 1u) << report::to_text(report, {});
  EXPECT_FALSE(report.failed()) << "no firmware gives so little";
  const report::CampaignReport none = report_of("faults", AC97_SYS, "ac97", "start:7-short");
  EXPECT_TRUE(none.failed()) << "there is no such resource";
}

}  // namespace
}  // namespace portside
