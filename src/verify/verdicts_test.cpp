#include "verify/verdicts.h"

#include <gtest/gtest.h>

namespace portside::verify {
namespace {

using report::Outcome;
using verifier::RuleId;

report::Assertion verdict_of(Verdicts& verdicts, const std::function<void(Verdict&)>& judge) {
  {
    Verdict verdict(verdicts, "test", "subject", "page");
    judge(verdict);
  }
  return verdicts.assertions.back();
}

TEST(Verdict, WhatFailsItComesFirstAndNothingTwice) {
  Verdicts verdicts;
  const auto assertion = verdict_of(verdicts, [](Verdict& verdict) {
    for (int i = 0; i < 9; ++i) verdict.warn("that");
    for (const char* other : {"1", "2", "3", "4", "5", "6"}) verdict.warn(other);
    verdict.fail("this");
  });
  EXPECT_EQ(assertion.outcome, Outcome::kFailed);
  EXPECT_EQ(assertion.sentence, "this; that; 1; 2; 3; 4; 5; and 2 more");
}

TEST(Verdict, NotApplicableTakesNoWarningBack) {
  Verdicts verdicts;
  const auto assertion = verdict_of(verdicts, [](Verdict& verdict) {
    verdict.warn("that");
    verdict.not_applicable("no more");
  });
  EXPECT_EQ(assertion.outcome, Outcome::kWarned);
}

TEST(Verdict, ThePaceOfADeviceIsToldAndNotJudged) {
  Verdicts verdicts;
  verdicts.pace_not_judged = "seen over a bus with faults";
  const auto pace =
      verdict_of(verdicts, [](Verdict& verdict) { verdict.fail(RuleId::kPositionRateOff, "Speakers", "it stands"); });
  EXPECT_EQ(pace.outcome, Outcome::kNotApplicable);
  EXPECT_EQ(pace.sentence, "seen over a bus with faults, where it is not judged: it stands");
  EXPECT_TRUE(verdicts.broken.empty());
  const auto other = verdict_of(
      verdicts, [](Verdict& verdict) { verdict.fail(RuleId::kNoRestart, "Speakers", "it does not start again"); });
  EXPECT_EQ(other.outcome, Outcome::kFailed);
}

TEST(Verdict, OfADeviceThatHangsOnlyTheDriversOwnIsJudged) {
  Verdicts verdicts;
  verdicts.not_judged = "seen with a device that hangs";
  EXPECT_EQ(verdict_of(verdicts, [](Verdict& verdict) { verdict.fail("refused"); }).outcome, Outcome::kNotApplicable);
  EXPECT_EQ(verdict_of(verdicts, [](Verdict& verdict) { verdict.of_driver().fail("it stays"); }).outcome,
            Outcome::kFailed);
}

}  // namespace
}  // namespace portside::verify
