#include "report/campaign.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::report {

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed: return "passed";
    case Outcome::kFailed: return "failed";
    case Outcome::kWarned: return "warned";
    case Outcome::kNotApplicable: return "not applicable";
    case Outcome::kNotRun: return "not run";
  }
  return "";
}

bool CampaignReport::failed() const {
  return !broken_off.empty() || std::ranges::any_of(problems, [this](const Problem& p) {
    return p.bug_check || p.rule().grade == verifier::Grade::kViolation ||
           (strict && p.rule().grade == verifier::Grade::kDeviation);
  }) || std::ranges::any_of(assertions, [](const Assertion& a) { return a.outcome == Outcome::kFailed; });
}

std::string CampaignReport::verdict() const {
  std::string out;
  const auto add = [&](auto n, std::string_view one, std::string_view many) {
    if (n == 0) return;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", n, n == 1 ? one : many);
  };
  const auto count = [&](verifier::Grade grade) {
    return std::ranges::count_if(problems, [grade](const Problem& p) { return p.rule().grade == grade; });
  };
  add(count(verifier::Grade::kViolation), "violation", "violations");
  add(count(verifier::Grade::kDeviation), "deviation", "deviations");
  add(count(verifier::Grade::kAdvice), "piece of advice", "pieces of advice");
  if (const auto n = std::ranges::count(assertions, Outcome::kFailed, &Assertion::outcome))
    out += fmt::format("{}{} of {} assertions failed", out.empty() ? "" : "; ", n, assertions.size());
  if (!broken_off.empty()) out += fmt::format("{}broken off: {}", out.empty() ? "" : "; ", broken_off);
  if (!out.empty()) return out;
  // A check that the budget cut short says so in its note.
  const bool whole = std::ranges::none_of(
      checks, [](const CheckSummary& c) { return c.note.find("budget ended") != std::string::npos; });
  return whole ? "clean" : "clean as far as the budget went";
}

}  // namespace portside::report
