#include "verify/fault_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "host/machine.h"
#include "io/io.h"
#include "verify/place_text.h"

namespace portside::verify {
namespace {

// PoolLeaked, HandleLeaked ..., TimerNotDeleted, NotificationLeft: what the rules say of what is left behind.
bool tells_of_a_leak(const verifier::Finding& finding) {
  const std::string_view name = finding.rule().name;
  return name.ends_with("Leaked") || name.ends_with("NotDeleted") || name.ends_with("NotFreed") ||
         name.ends_with("Left");
}

using verifier::RuleId;

// Where nothing fails, and something strange is given.
bool gives_a_value(kernel::FailureKind kind) {
  return kind == kernel::FailureKind::kValueType || kind == kernel::FailureKind::kValueSize;
}

// Long enough for everything that is done in a run; what is not done by then will never be.
constexpr Nanoseconds kTimeLimit = std::chrono::minutes(5);

host::MachineOptions machine_options() {
  host::MachineOptions options;
  options.time_limit = kTimeLimit;
  return options;
}

// Runs on a simulated thread; false: the machine ended.
bool on_thread(host::Machine& machine, const std::function<void()>& body) { return machine.run(body).has_value(); }

bool device_works(host::Machine& machine) {
  return machine.device() && machine.device()->state == io::PnpState::kStarted;
}

}  // namespace

struct FaultTrial::Course {
  FaultInjector& injector;
  report::RunName name;
  UseLog everything, again, reinstalled;
  size_t hits_at_install = 0, hits_in_use = 0;
  std::optional<size_t> hit_use;  // which use of `everything` the call failed in
  bool installed = false, tried_again = false;
  Status installed_again;
  std::string violation;  // the first of those that there are not when nothing fails

  // What the run showed beside what the rules saw.
  struct Failing {
    RuleId rule;
    std::string what;
    bool by_place = false;  // one cause is one place, whichever endpoint shows it
  };
  std::vector<Failing> failings;
  // Of the first call that failed, resolved when there is something to tell.
  std::string place;
  std::vector<report::SourceFrame> frames;
  StackTrace left_stack;
  std::vector<report::SourceFrame> left_frames;

  // What a driver makes of a value that means nothing, and how long it keeps to it; so that it does so unharmed.
  bool is_own_affair() const { return !injector.hits().empty() && gives_a_value(injector.hits().front().id.kind); }
  void add(RuleId rule, std::string what, bool by_place = false) {
    if (failings.empty())
      failings.push_back({rule, std::move(what), by_place});  // what follows from the first is not told again
  }
};

Result<FaultBaseline> FaultTrial::record(Campaign& campaign) {
  return record_what_runs<FaultBaseline>([&](StreamKinds kinds) { return record_with(campaign, kinds); });
}

Result<FaultBaseline> FaultTrial::record_with(Campaign& campaign, StreamKinds kinds) {
  FaultBaseline baseline;
  baseline.everything.kinds = baseline.again.kinds = kinds;
  FaultInjector recorder;
  const std::string& part = campaign.request().endpoint;
  const Scenario everything{"everything, nothing fails", [&](host::Machine& machine) -> Result<> {
                              baseline.everything.on_begin = [&](std::string_view what) { recorder.set_context(what); };
                              use_everything(machine, part, baseline.everything);
                              return {};
                            }};
  RunPlan plan;
  plan.name.seed = campaign.request().seed;
  plan.name.replay =
      fmt::format("{} --fault {}", campaign.replay_of({.check = "faults", .seed = plan.name.seed}), kNothing);
  plan.machine = machine_options();
  plan.scenario = &everything;
  plan.before_install = [&](host::Machine& machine) { recorder.attach(machine); };
  plan.before_uninstall = [&](host::Machine& machine) {
    // What is reached here is reached in everything above; the other runs use the driver again with nothing failing.
    recorder.detach();
    (void)on_thread(machine, [&] {
      let_register();
      use_endpoints(part, baseline.again);
    });
    recorder.attach(machine);
  };
  plan.after_uninstall = [&](host::Machine& machine) {
    baseline.left = ResourceCount::of(machine);
    recorder.detach();
    if (const auto& bug_check = machine.bug_check()) baseline.stopped = bug_check->sentence;
    else baseline.reinstalled = reinstall(machine, campaign.request().driver);
    for (const verifier::Finding& finding : machine.findings())
      baseline.causes.insert(ProblemList::cause_key(machine, finding));
  };
  const RunOutcome outcome = campaign.run(plan);
  if (!outcome.installed.is_ok()) return fail(outcome.installed);
  baseline.places = recorder.places();
  return baseline;
}

// The driver as it is now, with nothing failing: it must be as good as ever, unless it has told that it is not.
void FaultTrial::use_again(Course& course, host::Machine& machine) {
  course.injector.disarm();
  const bool works = device_works(machine);
  const std::string& part = campaign_.request().endpoint;
  // Of a start that succeeded in spite of it all is asked: levels, power, rebalance.
  const bool whole = course.hits_at_install != 0;
  const auto use = [&] {
    let_register();  // what a rebalance took away may come back in its time
    whole ? use_everything(machine, part, course.again) : use_endpoints(part, course.again);
  };
  if (!works || !on_thread(machine, use)) return;
  const std::string worse = course.again.worse_than(whole ? baseline_.everything : baseline_.again);
  if (worse.empty() || course.is_own_affair()) return;
  // "If they want to receive PnP management messages" (IAdapterPnpManagement): who was not let have them goes without.
  const auto& hits = course.injector.hits();
  if (worse.starts_with("rebalance") && !hits.empty() &&
      std::string_view(hits.front().api) == "PcRegisterAdapterPnpManagement")
    return;
  if (course.hits_at_install) {
    // A driver may do without what it can do without, and say so; a stream that it opens has to run.
    const bool less = worse.find("is not there any more") != std::string::npos || worse.starts_with("rebalance");
    // What a work item or a thread of the driver's fails in, its start has nobody to tell of any more.
    if (less && (hits.front().in_drivers_thread || hits.front().thread != host::kSystemThread)) return;
    course.add(less ? RuleId::kStartedInPart : RuleId::kFailureSwallowed,
               fmt::format("The driver was told of the failure and reported success for its start; then {}.", worse));
  } else {
    course.add(RuleId::kDoesNotRecover, fmt::format("After the failure, with nothing failing any more, {}.", worse));
  }
}

void FaultTrial::install_again(Course& course, host::Machine& machine) {
  course.tried_again = true;
  const auto& request = campaign_.request();
  if (const auto installed = machine.install(request.driver); !installed) {
    course.installed_again = installed.error();
    return;
  }
  const auto use = [&] {
    let_register();
    use_endpoints(request.endpoint, course.reinstalled);
  };
  if (!on_thread(machine, use)) return;
  if (const Result<> removed = machine.uninstall(); !removed)
    course.add(RuleId::kDoesNotRecover,
               fmt::format("Installed again after the failure, it does not let itself be removed: {}.",
                           removed.error().to_string()));
}

void FaultTrial::judge(Course& course, host::Machine& machine) {
  FaultInjector& injector = course.injector;
  const bool hit_outside_use =
      course.hits_at_install || injector.hits().size() > course.hits_at_install + course.hits_in_use;
  injector.disarm();
  if (!machine.bug_check()) {
    // What refused to go is tried once more; a removal that failed because a call in it failed must work now.
    if (!machine.drivers().empty())
      if (const Result<> removed = machine.uninstall(); !removed)
        course.add(RuleId::kDoesNotRecover,
                   fmt::format("The driver does not let itself be removed after the failure: {}.",
                               removed.error().to_string()));
    // Of a driver that was not used again, because its device had failed, nothing is known yet.
    if (machine.drivers().empty() && !machine.bug_check() && baseline_.reinstalled.is_ok() &&
        (hit_outside_use || course.again.uses().empty()))
      install_again(course, machine);
  }
  if (!machine.bug_check()) {
    // The name is taken by a link that was left, which is told.
    const bool taken = course.installed_again.code() == StatusCode::kObjectNameCollision &&
                       std::ranges::any_of(machine.findings(), [](const verifier::Finding& finding) {
                         return finding.rule_id == RuleId::kSymbolicLinkLeft;
                       });
    if (!course.installed_again.is_ok() && !taken)
      course.add(RuleId::kDoesNotRecover,
                 fmt::format("After the failure, with nothing failing any more, it cannot be installed again: {}.",
                             course.installed_again.to_string()));
    else if (course.tried_again && course.installed_again.is_ok())
      if (const std::string worse = course.reinstalled.worse_than(baseline_.again); !worse.empty())
        course.add(RuleId::kDoesNotRecover,
                   fmt::format("Installed again after the failure, with nothing failing any more, {}.", worse));
    // What was done next in the same run, with nothing failing any more: a rebalance at its end may have mended it since.
    if (course.injector.spent() && course.hit_use && !course.is_own_affair())
      if (const std::string worse = course.everything.worse_later(baseline_.everything, *course.hit_use + 1);
          !worse.empty())
        course.add(RuleId::kDoesNotRecover, fmt::format("After the failure, with nothing failing any more, {}.", worse),
                   true);
    // A stream that was opened, set to RUN and then stands still was promised by a driver that knew better.
    if (course.hits_in_use && !course.is_own_affair())
      if (const std::string still = course.everything.stood_still_beyond(baseline_.everything); !still.empty())
        course.add(RuleId::kFailureSwallowed,
                   fmt::format("A call failed, the driver reported success, and then {}.", still));
    if (machine.drivers().empty() &&
        std::ranges::none_of(machine.findings(), tells_of_a_leak))  // that is not told again
      if (const std::string left =
              ResourceCount::of(machine).beyond(course.tried_again ? baseline_.left.twice() : baseline_.left);
          !left.empty()) {
        course.add(
            RuleId::kLeftAfterFailure,
            fmt::format("After the failure, and when the driver is gone, there is left what is gone without it: {}.",
                        left));
        course.left_stack = stack_of_left(machine);
      }
  }
  for (const verifier::Finding& finding : machine.findings())
    if (finding.rule().grade == verifier::Grade::kViolation &&
        !baseline_.causes.contains(ProblemList::cause_key(machine, finding)) && course.violation.empty())
      course.violation = finding.what;
  if (course.failings.empty() && machine.findings().empty()) return;
  course.frames = frames_of(machine, injector.hits().front().stack);
  course.left_frames = frames_of(machine, course.left_stack);
  course.place = place_text(course.frames);
}

// Says of the problems that this run has brought what had failed.
void FaultTrial::explain(const Course& course, size_t problems_before) {
  std::vector<report::Problem>& problems = campaign_.report().problems;
  const FaultInjector::Hit& hit = course.injector.hits().front();
  for (size_t i = problems_before; i < problems.size(); ++i) {
    report::Problem& problem = problems[i];
    problem.first.fault = fmt::format("{}, at {}", kernel::name_of(hit.id.kind), course.place);
    problem.facts.push_back({gives_a_value(hit.id.kind) ? "made to give another value" : "made to fail",
                             fmt::format("{} ({}), at {}, {:.3f} ms after the machine began{}", hit.api, hit.id.text(),
                                         course.place, static_cast<double>(hit.when.count()) / 1e6,
                                         course.injector.hits().size() > 1
                                             ? fmt::format("; and {} more calls", course.injector.hits().size() - 1)
                                             : "")});
    problem.stacks.push_back({gives_a_value(hit.id.kind) ? "read" : "failed call", course.frames});
  }
}

FaultTrial::Verdict FaultTrial::run(FaultInjector& injector, report::RunName name) {
  Course course{.injector = injector, .name = name};
  course.everything.kinds = course.again.kinds = course.reinstalled.kinds = baseline_.kinds;
  const std::string& part = campaign_.request().endpoint;
  const Scenario everything{"everything", [&](host::Machine& machine) -> Result<> {
                              // A start that succeeded in spite of the failure is judged by the use that follows.
                              if (injector.spent()) return {};
                              course.everything.on_begin = [&](std::string_view what) { injector.set_context(what); };
                              course.everything.on_end = [&] {
                                if (!injector.hits().empty() && !course.hit_use)
                                  course.hit_use = course.everything.uses().size();
                              };
                              use_everything(machine, part, course.everything);
                              return {};
                            }};
  RunPlan plan;
  plan.name = std::move(name);
  plan.machine = machine_options();
  plan.scenario = &everything;
  plan.before_install = [&](host::Machine& machine) { injector.attach(machine); };
  plan.after_install = [&](host::Machine&) {
    course.installed = true;
    course.hits_at_install = injector.hits().size();
  };
  plan.before_uninstall = [&](host::Machine& machine) {
    course.hits_in_use = injector.hits().size() - course.hits_at_install;
    // A failure that was met already is all that this run is about; else the removal is still to come.
    if (!injector.hits().empty() && !machine.bug_check()) use_again(course, machine);
  };
  plan.after_uninstall = [&](host::Machine& machine) {
    if (!course.installed) course.hits_at_install = injector.hits().size();
    if (!injector.hits().empty()) judge(course, machine);
    injector.detach();
  };
  const size_t problems_before = campaign_.report().problems.size();
  (void)campaign_.run(plan);

  Verdict verdict;
  verdict.reached = !injector.hits().empty();
  if (!verdict.reached) return verdict;
  for (const Course::Failing& failing : course.failings) {
    report::RunName told = course.name;
    told.check = campaign_.check();
    told.scenario = everything.name;
    // What is swallowed is swallowed at one place, whoever uses it; what does not come back is one thing, whatever took it away.
    const std::string subject = failing.by_place || failing.rule == RuleId::kFailureSwallowed
                                    ? fmt::format("{} at {}", injector.hits().front().api, course.place)
                                    : failing.what;
    campaign_.problems().add(failing.rule, subject, failing.what, {{"subject", subject}}, told);
    std::vector<report::Problem>& problems = campaign_.report().problems;
    if (!course.left_frames.empty() && problems.size() > problems_before &&
        problems.back().rule_id == RuleId::kLeftAfterFailure)
      problems.back().stacks.push_back({"made by", course.left_frames});
    verdict.why = failing.what;
    if (verifier::rule(failing.rule).grade == verifier::Grade::kViolation) verdict.survived = false;
  }
  if (!course.violation.empty()) {
    verdict.survived = false;
    verdict.why = course.violation;
  }
  explain(course, problems_before);
  return verdict;
}

}  // namespace portside::verify
