// The faults check: right drivers survive every failure; each wrong one is told once, with its rule, and the name that
// the report gives the failure makes it again.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "report/campaign_text.h"
#include "verify/campaign.h"
#include "verify/campaign_request.h"
#include "verify/case_inf.h"
#include "verify/fault_injector.h"

namespace portside {
namespace {

using testing_support::CaseInf;

report::CampaignReport faults_of(const std::filesystem::path& driver, const std::string& fault = "", double rate = 0,
                                 uint64_t seeds = 20) {
  verify::Request request = testing_support::campaign_request(driver);
  request.checks = {"faults"};
  request.fault = fault;
  request.fault_rate = rate;
  request.seeds = seeds;
  verify::Campaign campaign(request);
  campaign.run_checks();
  return campaign.report();
}

std::string text_of(const report::CampaignReport& report) { return report::to_text(report, {}); }

void expect_clean(const report::CampaignReport& report) {
  EXPECT_TRUE(report.problems.empty()) << text_of(report);
  EXPECT_FALSE(report.failed()) << text_of(report);
  ASSERT_EQ(report.checks.size(), 1u);
  EXPECT_EQ(report.checks[0].run, report.checks[0].planned) << report.checks[0].note;
  EXPECT_EQ(report.checks[0].note.find("not reached"), std::string::npos) << report.checks[0].note;
}

TEST(Faults, TheCableSurvivesEveryFailure) {
  const report::CampaignReport report = faults_of(CABLE_SYS);
  expect_clean(report);
  EXPECT_GT(report.runs, 30u);
  // Every kind that the cable can meet.
  std::set<std::string> names;
  for (const report::Assertion& assertion : report.assertions) names.insert(assertion.name);
  for (const char* name : {"survives pool that is not given", "survives pages that are not given",
                           "survives fewer pages than asked for", "survives a mapping that is not made",
                           "survives an object that is not made", "survives a timer that is not given"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Faults, TheStudioSurvivesEveryFailure) {
  const report::CampaignReport report = faults_of(STUDIO_SYS);
  expect_clean(report);
  EXPECT_GT(report.runs, 60u);
}

TEST(Faults, TheCableSurvivesFailuresAtRandom) {
  const report::CampaignReport report = faults_of(CABLE_SYS, "", 0.05);
  expect_clean(report);
  EXPECT_EQ(report.runs, 21u);
}

// What a driver has beside its audio: a control device whose handler trusts the length of what it is given, and one that looks.
TEST(OwnDevices, AreAskedInBuffersOfAllSizes) {
  for (const char* name : {"ControlTrusts", "ControlChecks"}) {
    const CaseInf inf(FAULTY_SYS, name);
    verify::Request request = testing_support::campaign_request(inf.inf());
    request.checks = {"streams"};
    verify::Campaign campaign(request);
    campaign.run_checks();
    const report::CampaignReport& report = campaign.report();
    const auto own = std::ranges::find(report.assertions, "own device", &report::Assertion::name);
    ASSERT_NE(own, report.assertions.end()) << text_of(report);
    const bool trusts = std::string_view(name) == "ControlTrusts";
    EXPECT_EQ(own->outcome, trusts ? report::Outcome::kFailed : report::Outcome::kPassed) << own->sentence;
    const bool outside = std::ranges::any_of(report.problems, [](const report::Problem& problem) {
      return problem.rule_id == verifier::RuleId::kPoolTouchedOutside && problem.stacks.front().frames.front().line;
    });
    EXPECT_EQ(outside, trusts) << text_of(report);
    if (!trusts) EXPECT_GT(own->measurements.front().value, 100) << "requests";
  }
}

struct WrongDriver {
  const char* mistake;
  const char* rule;
  const char* kind;  // of the failure that shows it
};
void PrintTo(const WrongDriver& driver, std::ostream* out) { *out << driver.mistake; }

constexpr WrongDriver kWrong[] = {
    {"PoolUnchecked", "BugCheck", "pool"},
    {"LeaksOnErrorPath", "PoolLeaked", "pool"},
    {"LeaksStream", "PoolLeaked", "pool"},
    {"SwallowsMap", "FailureSwallowed", "map"},
    {"IgnoresShortPages", "AllocatedLessThanRequested", "short-pages"},
    {"LeaksHandle", "HandleLeaked", "object"},
    {"LeavesLink", "SymbolicLinkLeft", ""},
    {"StaysBusy", "DoesNotRecover", "pool"},
    {"StartsInPart", "StartedInPart", ""},
    {"TrustsValue", "PoolTouchedOutside", "value-type"},
    {"TrustsSize", "PoolTouchedOutside", "value-size"},
};

class Wrong : public testing::TestWithParam<WrongDriver> {};

TEST_P(Wrong, IsToldWithItsRuleAndMadeAgainByItsName) {
  const WrongDriver& wrong = GetParam();
  const CaseInf inf(FAULTY_SYS, wrong.mistake);
  const report::CampaignReport report = faults_of(inf.inf());
  ASSERT_EQ(report.problems.size(), 1u) << text_of(report);
  const report::Problem& problem = report.problems[0];
  EXPECT_EQ(problem.rule().name, wrong.rule) << text_of(report);
  EXPECT_TRUE(problem.first.fault.starts_with(wrong.kind)) << problem.first.fault;
  EXPECT_EQ(report.failed(), problem.rule().grade == verifier::Grade::kViolation);
  // The failed call stands in the report, with its stack.
  EXPECT_TRUE(
      std::ranges::any_of(problem.facts, [](const verifier::Fact& fact) { return fact.name.starts_with("made to "); }));
  ASSERT_FALSE(problem.stacks.empty());
  EXPECT_EQ(problem.stacks.back().label, std::string_view(wrong.kind).starts_with("value") ? "read" : "failed call");
  ASSERT_FALSE(problem.stacks.back().frames.empty());
  EXPECT_NE(problem.stacks.back().frames.back().file.find("faulty"), std::string::npos) << text_of(report);

  const size_t at = problem.first.replay.find("--fault ");
  ASSERT_NE(at, std::string::npos) << problem.first.replay;
  const report::CampaignReport again = faults_of(inf.inf(), problem.first.replay.substr(at + 8));
  ASSERT_EQ(again.problems.size(), 1u) << text_of(again);
  EXPECT_EQ(again.problems[0].rule().name, wrong.rule);
  EXPECT_EQ(again.problems[0].what, problem.what);
  EXPECT_EQ(again.runs, 2u);
}

INSTANTIATE_TEST_SUITE_P(Faulty, Wrong, testing::ValuesIn(kWrong),
                         [](const auto& info) { return std::string(info.param.mistake); });

TEST(Faults, TheRightTwinIsSilent) {
  const CaseInf inf(FAULTY_SYS, "");
  expect_clean(faults_of(inf.inf()));
}

// Two mistakes that are made in one allocator are two; and what is wrong when nothing fails is shown by one run again.
TEST(Faults, AnAllocatorsCallersAreToldApart) {
  const CaseInf inf(FAULTY_SYS, "FreesUnderOtherTags");
  const report::CampaignReport report = faults_of(inf.inf());
  ASSERT_EQ(report.problems.size(), 2u) << text_of(report);
  for (const report::Problem& problem : report.problems) {
    EXPECT_EQ(problem.rule().name, "PoolWrongTag");
    EXPECT_TRUE(problem.first.replay.ends_with("--checks faults --seed 1 --fault none")) << problem.first.replay;
  }
  const report::CampaignReport again = faults_of(inf.inf(), "none");
  EXPECT_EQ(again.problems.size(), 2u) << text_of(again);
  EXPECT_EQ(again.runs, 1u);
}

TEST(Faults, ANameThatIsNoneIsSaid) {
  const CaseInf inf(FAULTY_SYS, "");
  for (const char* name : {"pool:deadbeef", "water:12", "pool", "pool:", "pool:12345678z"}) {
    const report::CampaignReport report = faults_of(inf.inf(), name);
    EXPECT_TRUE(report.failed()) << name;
  }
}

TEST(FaultId, ReadsWhatItWrites) {
  for (size_t kind = 0; kind < static_cast<size_t>(kernel::FailureKind::kCount); ++kind) {
    const verify::FaultId id{static_cast<kernel::FailureKind>(kind), 0x00c0ffee};
    const auto read = verify::FaultId::parse(id.text());
    ASSERT_TRUE(read) << id.text();
    EXPECT_EQ(*read, id);
  }
}

}  // namespace
}  // namespace portside
