// Schedules: races of five shapes are found, replayed and shortened; the good twin and the cable stay silent; a replay
// is the same run to the byte of its trace. docs/schedules.md has how many schedules each race needs; the numbers here
// have margin.

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "support/shared_lines.h"
#include "verify/campaign.h"
#include "verify/minimise.h"
#include "verify/schedule_run.h"
#include "verify/schedule_scenarios.h"

namespace portside::verify {
namespace {

Request request_for(const std::string& driver, uint64_t seeds) {
  Request request;
  request.driver.driver = driver;
  request.checks = {"schedules"};
  request.seeds = seeds;
  request.budget = std::chrono::minutes(10);
  request.command = "portside verify --driver X";
  request.source_lines = testing_support::shared_lines();
  return request;
}

std::string race_sys(int race) { return std::string(RACES) + "/race_" + std::to_string(race) + ".sys"; }

// A line for a failed expectation.
std::string text_of(const Campaign& campaign) {
  std::string text;
  for (const auto& p : const_cast<Campaign&>(campaign).report().problems)
    text += std::string(p.rule().name) + ": " + p.what + "\n  " + p.first.replay + "\n";
  for (const auto& a : const_cast<Campaign&>(campaign).report().assertions)
    if (a.outcome == report::Outcome::kFailed) text += a.name + ": " + a.sentence + "\n";
  return text;
}

struct Race {
  int number;
  const char* scenario;
  uint64_t seeds;                       // that find it with margin
  std::vector<std::string_view> rules;  // one of these is broken
};
void PrintTo(const Race& race, std::ostream* out) { *out << "race " << race.number; }

const Race kRaces[] = {
    {1, "open-and-close", 120, {"PoolTouchedAfterFree"}},
    {2, "events", 300, {"PoolTouchedAfterFree"}},
    {3, "events", 120, {"PoolTouchedAfterFree"}},
    {4, "states", 600, {"PoolTouchedAfterFree"}},
    {5, "states", 700, {"PoolLeaked"}},
};

std::string strategy_of(const report::RunName& run) {
  const std::string mark = "--strategy ";
  return run.replay.substr(run.replay.find(mark) + mark.size());
}

const report::Problem* find(Campaign& campaign, const Race& race) {
  for (const report::Problem& p : campaign.report().problems)
    if (std::ranges::count(race.rules, p.rule().name)) return &p;
  return nullptr;
}

class Races : public testing::TestWithParam<Race> {};

TEST_P(Races, IsFoundReplayedTenTimesOfTenAndShortened) {
  const Race& race = GetParam();
  Request request = request_for(race_sys(race.number), race.seeds);
  request.scenario = race.scenario;
  Campaign campaign(request);
  campaign.run_checks();
  const report::Problem* found = find(campaign, race);
  ASSERT_TRUE(found) << text_of(campaign);
  std::printf("found by order %llu: %s\n", static_cast<unsigned long long>(found->first.seed),
              found->first.replay.c_str());
  EXPECT_EQ(found->first.check, "schedules");
  EXPECT_EQ(found->first.scenario, race.scenario);

  request.seed = found->first.seed;
  request.strategy = strategy_of(found->first);
  for (int i = 0; i < 10; ++i) {
    Campaign again(request);
    again.run_checks();
    const report::Problem* same = find(again, race);
    ASSERT_TRUE(same) << "replay " << i << ": " << found->first.replay << "\n" << text_of(again);
    EXPECT_EQ(same->what, found->what);
    EXPECT_EQ(same->when, found->when);
    EXPECT_EQ(again.report().runs, 1u);
  }

  request.minimise = true;
  Campaign shorter(request);
  shorter.run_checks();
  const report::Problem* same = find(shorter, race);
  ASSERT_TRUE(same);
  std::string replay, list;
  for (const verifier::Fact& fact : same->facts) {
    if (fact.name == "shortest replay") replay = fact.value;
    if (fact.name == "schedule") list = fact.value;
  }
  // The seed also says when applications do things: that alone may be enough.
  if (list.starts_with("needs no switch")) return;
  ASSERT_FALSE(replay.empty()) << list;
  const auto strategy = kernel::ScheduleOptions::parse(strategy_of({.replay = replay}));
  ASSERT_TRUE(strategy) << replay;
  // Shortest: with any one of them left out it is not seen.
  for (size_t i = 0; strategy->decisions.size() > 1 && i < strategy->decisions.size(); ++i) {
    kernel::ScheduleOptions fewer = *strategy;
    fewer.decisions.erase(fewer.decisions.begin() + static_cast<ptrdiff_t>(i));
    request.strategy = fewer.to_string();
    request.minimise = false;
    Campaign without(request);
    without.run_checks();
    EXPECT_FALSE(find(without, race)) << "decision " << i + 1 << " is not needed: " << list;
  }
  EXPECT_GE(strategy->decisions.size(), 1u) << list;
  request.strategy = strategy->to_string();
  request.minimise = false;
  Campaign shortest(request);
  shortest.run_checks();
  EXPECT_TRUE(find(shortest, race)) << replay;
  std::printf("%s\n", list.c_str());
}

INSTANTIATE_TEST_SUITE_P(Schedules, Races, testing::ValuesIn(kRaces), [](const testing::TestParamInfo<Race>& info) {
  return "race" + std::to_string(info.param.number);
});

TEST(Schedules, TheGoodTwinAndTheCableStaySilent) {
  for (const std::string& driver : {race_sys(0), std::string(CABLE_SYS)}) {
    Campaign campaign(request_for(driver, 10));
    campaign.run_checks();
    EXPECT_FALSE(campaign.report().failed()) << driver << "\n" << text_of(campaign);
    EXPECT_TRUE(campaign.report().problems.empty()) << driver << "\n" << text_of(campaign);
    EXPECT_EQ(campaign.report().runs, 10 * schedule_scenario_names().size());
    EXPECT_EQ(campaign.report().assertions.size(), schedule_scenario_names().size());
  }
}

// In the order in which it does harm race 3 is found by the 90th (docs/schedules.md).
TEST(Schedules, ALockThatIsLeftOutIsToldInTheFirstOrder) {
  Campaign campaign(request_for(RACE_3_SEEN_SYS, 1));
  campaign.run_checks();
  EXPECT_TRUE(std::ranges::any_of(campaign.report().problems, [](const report::Problem& p) {
    return p.rule().name == "LockNotHeld" && p.what.find("without the spin lock") != std::string::npos;
  })) << text_of(campaign);
}

// Everything that orders their accesses is known: no lock is told as missing.
TEST(Schedules, GoodDriversWhoseAccessesAreSeenStaySilent) {
  for (const char* driver : {CABLE_PREEMPTIBLE_SYS, STUDIO_PREEMPTIBLE_SYS}) {
    Campaign campaign(request_for(driver, 3));
    campaign.run_checks();
    EXPECT_FALSE(campaign.report().failed()) << driver << "\n" << text_of(campaign);
    EXPECT_TRUE(campaign.report().problems.empty()) << driver << "\n" << text_of(campaign);
  }
}

std::string content(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

TEST(Schedules, AReplayWritesTheSameTrace) {
  const std::filesystem::path first =
      std::filesystem::temp_directory_path() / ("portside_schedule_" + std::to_string(getpid()));
  const std::filesystem::path second = first.string() + "_again";
  for (const char* strategy : {"uniform", "pct:3:3000:9000"})
    for (const Scenario& scenario : schedule_scenarios("")) {
      Request request = request_for(race_sys(0), 1);
      Campaign campaign(request);
      ScheduleRequest run;
      run.scenario = &scenario;
      run.seed = 77;
      run.strategy = kernel::ScheduleOptions::parse(strategy).value();
      run.trace = first;
      run.strategy.record = true;
      const ScheduleOutcome recorded = run_schedule(campaign, run);
      const std::string trace = content(first);
      EXPECT_GT(trace.size(), 1'000u);

      request.scenario = scenario.name;
      request.seed = 77;
      request.strategy = strategy;
      request.trace = second.string();
      Campaign(request).run_checks();
      EXPECT_TRUE(trace == content(second)) << scenario.name << " " << strategy;

      // And by its decisions alone.
      kernel::ScheduleOptions replay{.kind = kernel::ScheduleKind::kReplay, .decisions = recorded.decisions};
      request.strategy = replay.to_string();
      Campaign(request).run_checks();
      EXPECT_TRUE(trace == content(second)) << scenario.name << " " << strategy << " by its decisions";
    }
}

TEST(Schedules, TheBudgetCutsAllScenariosAlikeAndSaysSo) {
  Request request = request_for(race_sys(0), 1'000'000);
  request.budget = std::chrono::milliseconds(300);
  Campaign campaign(request);
  campaign.run_checks();
  const report::CheckSummary& summary = campaign.report().checks.back();
  EXPECT_LT(summary.run, summary.planned);
  EXPECT_EQ(summary.run % schedule_scenario_names().size(), 0u);
  EXPECT_NE(summary.note.find("of 1000000 orders"), std::string::npos) << summary.note;
}

TEST(Schedules, UntilFirstEndsWithTheOrderThatFindsSomethingAndSaysSo) {
  Request request = request_for(race_sys(1), 1'000);
  request.scenario = "open-and-close";
  request.until_first = true;
  Campaign campaign(request);
  campaign.run_checks();
  EXPECT_TRUE(campaign.report().failed());
  const report::CheckSummary& summary = campaign.report().checks.back();
  EXPECT_LT(summary.run, 300u);  // of 1000
  EXPECT_NE(summary.note.find("the first mistake ended it after"), std::string::npos) << summary.note;
}

TEST(Minimise, FindsWhatIsNeededAmongMany) {
  std::vector<kernel::ScheduleDecision> all;
  for (uint64_t i = 0; i < 1000; ++i) all.push_back({4, i, 8, 0, false});
  int runs = 0;
  const auto holds = [&](const std::vector<kernel::ScheduleDecision>& some) {
    ++runs;
    return std::ranges::count(some, all[17]) && std::ranges::count(some, all[500]) &&
           std::ranges::count(some, all[998]);
  };
  const auto shortest = shortest_failing(all, holds);
  EXPECT_EQ(shortest, (std::vector<kernel::ScheduleDecision>{all[17], all[500], all[998]}));
  EXPECT_LT(runs, 200);
  EXPECT_TRUE(shortest_failing(all, [](const auto&) { return true; }).empty());
}

}  // namespace
}  // namespace portside::verify
