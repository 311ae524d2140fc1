// The schedules check: scenarios in which things cross, each under many orders of threads. Half of the orders are
// uniform, half are of random priorities with 1 to 3 change points (kernel/schedule_strategy.h). All scenarios have
// their first order before any has its second, so that a budget that ends early has cut all alike.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "verify/campaign.h"
#include "verify/checks.h"
#include "verify/minimise.h"
#include "verify/schedule_run.h"
#include "verify/schedule_scenarios.h"

namespace portside::verify {
namespace {

// A scenario, how long its first run was, and what the check says of it in the end.
struct Subject {
  Scenario scenario;
  uint64_t calls = 0, accesses = 0;
  report::Assertion assertion;
  uint64_t ends_alike = 0;  // orders, one after the other, that stop Windows and show nothing new

  // What a driver does in all of so many orders, it does in the next.
  bool is_hopeless() const { return ends_alike >= 20; }
};

class ScheduleCheck final : public Check {
 public:
  std::string_view name() const override { return "schedules"; }
  std::string_view about() const override { return "things that cross, under many orders of threads"; }
  unsigned weight() const override { return 2; }

  void run(Campaign& campaign) override {
    const Request& request = campaign.request();
    std::vector<Subject> subjects;
    for (Scenario& scenario : schedule_scenarios(request.endpoint))
      if (request.scenario.empty() || request.scenario == scenario.name)
        subjects.push_back({.scenario = std::move(scenario), .assertion = {}});
    for (Subject& s : subjects) {
      s.assertion.check = name();
      s.assertion.name = s.scenario.name;
      s.assertion.subject = campaign.report().driver;
    }
    uint64_t done = 0;
    if (!request.strategy.empty()) {
      if (subjects.size() == 1) one(campaign, subjects.front());
    } else {
      campaign.plan_runs(request.seeds * subjects.size());
      for (; done < request.seeds && !campaign.is_over(); ++done) {
        for (Subject& s : subjects)
          if (!s.is_hopeless()) try_order(campaign, s, done);
        if (std::ranges::all_of(subjects, &Subject::is_hopeless)) break;
        campaign.progress(static_cast<double>(done + 1) / static_cast<double>(request.seeds));
      }
      note_hopeless(campaign, subjects);
      if (done > 0 && std::ranges::all_of(subjects, [](const Subject& s) { return s.accesses == 0; }))
        campaign.note(
            "threads changed at kernel calls alone: locks that are left out show in a driver built PREEMPTIBLE");
      if (done < request.seeds && campaign.is_over())
        campaign.note(fmt::format("{} after {} of {} orders of each of {} scenarios", campaign.ended_by(), done,
                                  request.seeds, subjects.size()));
      if (done == 0)
        for (Subject& s : subjects) s.assertion.outcome = report::Outcome::kNotRun;
    }
    for (Subject& s : subjects) campaign.report().assertions.push_back(std::move(s.assertion));
  }

 private:
  static void note_hopeless(Campaign& campaign, const std::vector<Subject>& subjects) {
    std::vector<std::string_view> names;
    for (const Subject& s : subjects)
      if (s.is_hopeless()) names.push_back(s.scenario.name);
    if (!names.empty())
      campaign.note(
          fmt::format("Windows stopped in the last 20 orders of {}, and nothing new showed: no more were tried",
                      fmt::join(names, ", ")));
  }

  // The nth order of a scenario: the first tells how long a run is.
  static kernel::ScheduleOptions strategy_of(const Subject& s, uint64_t n) {
    kernel::ScheduleOptions options;
    if (n % 2 == 0) return options;
    options.kind = kernel::ScheduleKind::kPct;
    options.depth = 2 + static_cast<uint32_t>(n / 2 % 3);
    options.calls = s.calls;
    options.accesses = s.accesses;
    return options;
  }

  void try_order(Campaign& campaign, Subject& s, uint64_t n) {
    ScheduleRequest request;
    request.scenario = &s.scenario;
    request.seed = campaign.request().seed + n;
    request.strategy = strategy_of(s, n);
    const ScheduleOutcome outcome = run_schedule(campaign, request);
    if (n == 0) {
      s.calls = std::max<uint64_t>(1, outcome.calls);
      s.accesses = outcome.accesses;
    }
    judge(campaign, s, request, outcome);
    s.ends_alike = outcome.run.bug_checked && !outcome.run.new_problems ? s.ends_alike + 1 : 0;
    if (campaign.request().minimise && outcome.run.new_problems) shorten(campaign, request, outcome);
  }

  void one(Campaign& campaign, Subject& s) {
    ScheduleRequest request;
    request.scenario = &s.scenario;
    request.seed = campaign.request().seed;
    request.strategy = kernel::ScheduleOptions::parse(campaign.request().strategy).value();
    request.trace = campaign.request().trace;
    campaign.plan_runs(1);
    const ScheduleOutcome outcome = run_schedule(campaign, request);
    judge(campaign, s, request, outcome);
    if (campaign.request().minimise && !outcome.causes.empty()) shorten(campaign, request, outcome);
  }

  // What the rules find stands in the report. Here: what an application was refused in the middle of a stream, and a
  // driver that does not go. Once the machine has ended, what failed afterwards says nothing.
  static void judge(Campaign& campaign, Subject& s, const ScheduleRequest& request, const ScheduleOutcome& outcome) {
    if (s.assertion.outcome == report::Outcome::kFailed) return;
    const auto fails = [&](const std::string& what) {
      s.assertion.outcome = report::Outcome::kFailed;
      campaign.found_wrong();
      s.assertion.sentence =
          fmt::format("{} (--seed {} --strategy {})", what, request.seed, request.strategy.to_string());
    };
    if (outcome.run.bug_checked) return fails("Windows stops under this order: " + outcome.run.stop);
    if (!outcome.run.installed.is_ok())
      return fails("the driver does not install: " + outcome.run.installed.to_string());
    if (!outcome.run.used.is_ok())
      fails(fmt::format(
          "{}: {}", works_by_default(campaign, request) ? "what works in another order fails" : "in any order fails",
          outcome.run.used.to_string()));
    else if (!outcome.run.removed.is_ok())
      fails("it does not let itself be removed: " + outcome.run.removed.to_string());
  }

  // The same applications, which do the same at the same times, with no switch but those that there must be.
  static bool works_by_default(Campaign& campaign, ScheduleRequest request) {
    request.strategy = {.kind = kernel::ScheduleKind::kReplay};
    request.report = false;
    request.trace.clear();
    return run_schedule(campaign, request).run.used.is_ok();
  }

  static void shorten(Campaign& campaign, const ScheduleRequest& request, const ScheduleOutcome& outcome) {
    std::set<std::string> seen;
    for (const std::string& cause : outcome.causes) {
      report::Problem* problem = campaign.problems().find(cause);
      if (!problem || !seen.insert(cause).second || problem->first.check != "schedules") continue;
      if (problem->first.seed != request.seed || problem->first.scenario != request.scenario->name) continue;
      const auto shorter = minimise(campaign, request, cause);
      if (!shorter) continue;
      if (shorter->strategy.decisions.empty()) {
        problem->facts.push_back({"schedule", "needs no switch: the default order shows it, too"});
        continue;
      }
      std::vector<std::string> lines;
      for (size_t i = 0; i < shorter->switches.size(); ++i)
        lines.push_back(fmt::format("{}. {}", i + 1, shorter->switches[i]));
      problem->facts.push_back({"schedule", fmt::format("{} of {} switches are enough: {}", shorter->switches.size(),
                                                        shorter->recorded, fmt::join(lines, "; "))});
      problem->facts.push_back(
          {"shortest replay",
           fmt::format("{} --checks schedules --scenario {} --seed {} --strategy {}", campaign.request().command,
                       request.scenario->name, request.seed, shorter->strategy.to_string())});
    }
  }
};

}  // namespace

std::unique_ptr<Check> make_schedule_check() { return std::make_unique<ScheduleCheck>(); }

}  // namespace portside::verify
