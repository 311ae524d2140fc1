#include "verify/assertion_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "host/machine.h"

namespace portside::verify {

void AssertionRuns::run() {
  do {
    campaign_.plan_runs(1);
    if (!run_machine()) break;
  } while (next_ < tests_.size() && !campaign_.is_over());
  tell_left_out();
  std::string_view not_judged;
  if (!verdicts_.not_judged.empty()) not_judged = "the device hangs, and what is asserted is told and not judged";
  else if (!verdicts_.pace_not_judged.empty()) not_judged = "the pace of streams is told and not judged";
  // Some checks make several of these.
  if (!not_judged.empty() && !campaign_.has_note(not_judged)) campaign_.note(not_judged);
}

std::string AssertionRuns::cut_short() const {
  return next_ < tests_.size() ? fmt::format("{} after {} of {} tests", campaign_.ended_by(), next_, tests_.size())
                               : "";
}

bool AssertionRuns::run_machine() {
  const std::string check(campaign_.check());
  const Scenario scenario{check, [this](host::Machine& machine) { return test(machine); }};
  RunPlan plan;
  plan.name.seed = campaign_.request().seed;
  plan.machine = machine_;
  plan.scenario = &scenario;
  plan.before_install = prepare_;
  running_ = nullptr;
  const size_t began_at = next_;
  const RunOutcome outcome = campaign_.run(plan);
  hand_over();
  if (outcome.bug_checked || !outcome.used.is_ok() || !outcome.removed.is_ok()) {
    Verdict verdict(verdicts_, running_ ? running_->name : check,
                    running_ ? running_->subject : campaign_.report().driver, "debugger/bug-check-code-reference2");
    verdict.of_driver();
    verdict.fail(outcome.bug_checked ? outcome.windows_stops()
                 : !outcome.used.is_ok()
                     ? outcome.used.to_string()
                     : fmt::format("the driver does not let itself be removed: {}", outcome.removed.to_string()));
  }
  if (verdicts_.any_failed()) campaign_.found_wrong();
  hand_over();
  // A machine that ends before it has tested anything would end so again.
  return outcome.installed.is_ok() && next_ > began_at;
}

Result<> AssertionRuns::test(host::Machine& machine) {
  if (!planned_) {
    TRY_ASSIGN(tests_, planner_(machine));
    planned_ = true;
  }
  while (next_ < tests_.size() && !campaign_.is_over()) {
    running_ = &tests_[next_++];
    running_->body(verdicts_);
    if (campaign_.request().until_first && (verdicts_.any_failed() || any_violation(machine.findings())))
      campaign_.found_wrong();
    campaign_.progress(static_cast<double>(next_) / static_cast<double>(tests_.size()));
  }
  running_ = nullptr;
  return {};
}

void AssertionRuns::hand_over() {
  report::CampaignReport& report = campaign_.report();
  const std::string check(campaign_.check());
  for (report::Assertion& assertion : verdicts_.assertions) assertion.check = check;
  std::ranges::move(verdicts_.assertions, std::back_inserter(report.assertions));
  report::RunName run{.check = check, .scenario = check, .seed = campaign_.request().seed, .fault = {}, .replay = {}};
  run.replay = campaign_.replay_of(run);
  for (BrokenRule& broken : verdicts_.broken)
    campaign_.problems().add(broken.rule, std::move(broken.cause), std::move(broken.what), std::move(broken.facts),
                             run);
  verdicts_.assertions.clear();
  verdicts_.broken.clear();
}

// One assertion for each kind of test that the budget cut short.
void AssertionRuns::tell_left_out() {
  std::map<std::string, uint64_t> left;
  for (size_t i = next_; i < tests_.size(); ++i) ++left[tests_[i].name];
  for (const auto& [test, count] : left) {
    report::Assertion assertion;
    assertion.check = campaign_.check();
    assertion.name = test;
    assertion.subject = fmt::format("{} more", count);
    assertion.outcome = report::Outcome::kNotRun;
    assertion.sentence = fmt::format("{} before them", campaign_.ended_by());
    campaign_.report().assertions.push_back(std::move(assertion));
  }
}

}  // namespace portside::verify
