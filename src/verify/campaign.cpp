#include "verify/campaign.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/kernel.h"
#include "verify/checks.h"
#include "verify/device_pace.h"
#include "verify/driver_use.h"
#include "verify/pictures.h"
#include "verify/place_text.h"

namespace portside::verify {
namespace {

using Wall = std::chrono::steady_clock;

// So many a report can show, and so many a person looks at.
constexpr size_t kMostTimelines = 12;
constexpr Nanoseconds kSecondPatience = std::chrono::seconds(1);

double seconds(Wall::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

bool any_violation(const std::vector<verifier::Finding>& findings) {
  return std::ranges::any_of(findings,
                             [](const verifier::Finding& f) { return f.rule().grade == verifier::Grade::kViolation; });
}

bool RunOutcome::violated() const { return bug_checked || any_violation(findings); }

Campaign::Campaign(Request request)
    : request_(std::move(request)), problems_(report_.problems), began_(Wall::now()),
      deadline_(Wall::time_point::max()) {
  report_.driver = request_.driver.driver.filename().string();
  report_.command = request_.command;
  report_.seed = request_.seed;
  report_.strict = request_.strict;
  report_.budget_seconds = std::chrono::duration<double>(request_.budget).count();
}

std::string Campaign::replay_of(const report::RunName& name) const {
  return fmt::format("{} --checks {} --seed {}", request_.command, name.check, name.seed);
}

RunOutcome Campaign::run(const RunPlan& plan) {
  report::RunName name = plan.name;
  if (name.check.empty()) name.check = check();
  if (name.scenario.empty() && plan.scenario) name.scenario = plan.scenario->name;
  if (name.replay.empty()) name.replay = replay_of(name);
  host::MachineOptions options = plan.machine;
  options.seed = name.seed;
  options.allow_missing_imports = request_.allow_missing_imports;
  options.source_lines = request_.source_lines;
  if (request_.set_state_limit_ms > 0)
    options.set_state_limit = Nanoseconds(static_cast<int64_t>(request_.set_state_limit_ms * 1e6));

  // Who has looped once for ever does so again: a campaign has no time to be as patient each time. What a run finds is the same.
  if (loops_) options.watchdog = kSecondPatience;

  RunOutcome outcome;
  if (summary_) {  // else it is for the report's pictures
    ++summary_->run;
    ++report_.runs;
  }
  auto made = host::Machine::create(options);
  if (!made) {
    outcome.installed = made.error();
    return outcome;
  }
  host::Machine& machine = **made;
  request_.source_lines = machine.options().source_lines;
  const auto step = [&](const std::function<void(host::Machine&)>& hook) {
    if (hook) hook(machine);
  };
  recorder_.clear();
  if (!options.realtime) machine.kernel().trace_observers().add(recorder_);
  step(plan.before_install);
  if (const auto installed = machine.install(request_.driver); !installed) {
    outcome.installed = installed.error();
    // Where nothing was made to fail, no check has anything to say of this driver.
    if (plan.name.fault.empty() && !plan.may_not_install && report_.broken_off.empty())
      report_.broken_off = fmt::format("the driver does not install: {}", outcome.installed.to_string());
  } else {
    // Some endpoints come from a work item or a thread of the driver's.
    if (plan.settles && plan.scenario) (void)machine.run([] { let_register(); });
    step(plan.after_install);
    if (plan.scenario) {
      Result<> used;
      if (const Result<> ran = machine.run([&] { used = plan.scenario->body(machine); }); !ran) used = ran;
      if (!used) outcome.used = used.error();
    }
    step(plan.before_uninstall);
    if (const Result<> removed = machine.uninstall(); !removed) outcome.removed = removed.error();
  }
  step(plan.after_uninstall);
  if (const auto& bug_check = machine.bug_check()) {
    outcome.bug_checked = true;
    outcome.hangs = bug_check->code == kernel::kPortsideWatchdog || bug_check->code == kernel::kPortsideDeadlock;
    loops_ |= bug_check->code == kernel::kDpcWatchdogViolation || bug_check->code == kernel::kPortsideWatchdog;
    outcome.stop = fmt::format("0x{:X} {} in {}", bug_check->code, kernel::bug_check_name(bug_check->code),
                               place_text(frames_of(machine, bug_check->stack)));
  }
  outcome.findings = machine.findings();
  if (!request_.device_pace_not_judged.empty()) erase_device_pace(outcome.findings);
  outcome.machine_time = machine.now();
  report_.machine_time += outcome.machine_time;
  if (plan.report_findings) {
    outcome.new_problems = problems_.add(machine, outcome.findings, name);
    if (outcome.violated()) found_wrong();
  }
  keep_timeline(plan, outcome, name);
  coverage_.add(machine);
  if (!options.realtime) machine.kernel().trace_observers().remove(recorder_);
  return outcome;
}

void Campaign::keep_timeline(const RunPlan& plan, const RunOutcome& outcome, const report::RunName& name) {
  if (report_.timelines.size() >= kMostTimelines || recorder_.seen() == 0 ||
      (outcome.new_problems == 0 && !plan.keep_timeline))
    return;
  for (size_t i = report_.problems.size() - outcome.new_problems; i < report_.problems.size(); ++i)
    report_.problems[i].timeline = report_.timelines.size();
  report_.timelines.push_back(
      recorder_.timeline(name, plan.report_findings ? outcome.findings : std::vector<verifier::Finding>()));
}

bool Campaign::is_over() const {
  return (request_.until_first && wrong_) || Wall::now() >= deadline_ || is_interrupted();
}

std::string_view Campaign::ended_by() const {
  if (is_interrupted()) return "an interrupt ended it";
  return request_.until_first && wrong_ ? "the first mistake ended it" : "the budget ended";
}

void Campaign::progress(double fraction) const {
  if (request_.progress) request_.progress(fraction, check());
}

void Campaign::run_checks() {
  std::vector<Check*> chosen;
  unsigned weights = 0;
  for (const auto& check : all_checks()) {
    if (!request_.checks.empty() && !std::ranges::count(request_.checks, check->name())) continue;
    chosen.push_back(check.get());
    weights += check->weight();
  }
  report_.checks.reserve(chosen.size());  // summary_ points into it
  for (Check* check : chosen) {
    // What an earlier check left of its share goes to the later ones.
    const auto left = request_.budget - (Wall::now() - began_);
    deadline_ = Wall::now() + std::chrono::duration_cast<Wall::duration>(left * check->weight() / weights);
    weights -= check->weight();
    const auto start = Wall::now();
    summary_ = &report_.checks.emplace_back();
    summary_->check = check->name();
    check->run(*this);
    summary_->wall_seconds = seconds(Wall::now() - start);
    if (!report_.broken_off.empty()) break;
    if (is_interrupted()) {
      report_.broken_off = "an interrupt ended it; what was found until then stands here";
      break;
    }
    if (request_.until_first && (wrong_ || report_.failed()) && check != chosen.back()) {
      note("the first mistake ended it, and the checks that come after were not made");
      break;
    }
  }
  summary_ = nullptr;
  if (coverage_.counted()) {
    auto files = coverage_.files();
    if (files) report_.coverage = std::move(*files);
    else report_.coverage_note = files.error().to_string();
  }
  deadline_ = Wall::time_point::max();
  if (report_.broken_off.empty()) take_pictures(*this);
  report_.wall_seconds = seconds(Wall::now() - began_);
}

}  // namespace portside::verify
