#include "verify/start_trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/machine.h"

namespace portside::verify {
namespace {

hardware::PciSlot* plug(host::Machine& machine, const host::InstallRequest& driver) {
  const auto slot = machine.plug(driver.device);
  return slot ? *slot : nullptr;
}

}  // namespace

std::string StartFault::text() const {
  return fmt::format("start:{}-{}", shortage.entry, shortage.is_short ? "short" : "missing");
}

Result<> StartFault::check(std::string_view text) {
  const std::string_view rest = text.substr(text.find(':') + 1);
  const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits > 0 && digits < 4 && (rest.substr(digits) == "-missing" || rest.substr(digits) == "-short")) return {};
  return fail(StatusCode::kInvalidParameter,
              fmt::format("\"{}\" names no start: write it as a report does, start:0-missing or start:0-short", text));
}

std::string StartFault::subject() const {
  return shortage.is_short ? fmt::format("with {} bytes of its {}", hardware::ResourceShortage::kBytes, resource)
                           : fmt::format("without its {}", resource);
}

std::vector<StartFault> StartTrial::faults() const {
  std::vector<StartFault> faults;
  const host::InstallRequest& driver = campaign_.request().driver;
  if (!driver.device || driver.slot || driver.bus_faults) return faults;
  const auto machine = host::Machine::create({});
  const hardware::PciSlot* slot = machine ? plug(**machine, driver) : nullptr;
  if (!slot) return faults;
  size_t entry = 0;
  for (const hardware::AssignedRange& range : slot->ranges()) {
    const std::string name = fmt::format("{} range {}", range.bar.is_port ? "port" : "memory", entry);
    faults.push_back({{entry, false}, name});
    if (range.bar.bytes > hardware::ResourceShortage::kBytes) faults.push_back({{entry, true}, name});
    ++entry;
  }
  if (slot->line()) faults.push_back({{entry, false}, "interrupt"});
  return faults;
}

std::string StartTrial::run(const StartFault& fault, uint64_t seed, std::string replay) {
  std::string wrong;
  const auto blame = [&](std::string what) {
    if (wrong.empty()) wrong = std::move(what);
  };
  const Request& request = campaign_.request();
  hardware::PciSlot* slot = nullptr;
  const Scenario use{"everything", [&](host::Machine&) -> Result<> {
                       // It started all the same, and may lack whatever it needs the resource for.
                       UseLog log;
                       log.kinds = baseline_.kinds;
                       let_register();
                       use_endpoints(request.endpoint, log);
                       return {};
                     }};
  RunPlan plan;
  plan.name = {
      .scenario = "a start " + fault.subject(), .seed = seed, .fault = fault.text(), .replay = std::move(replay)};
  plan.machine.time_limit = std::chrono::minutes(5);
  plan.scenario = &use;
  plan.may_not_install = true;
  plan.before_install = [&](host::Machine& machine) {
    slot = plug(machine, request.driver);
    if (slot) slot->withhold(fault.shortage);
  };
  plan.after_uninstall = [&](host::Machine& machine) {
    bool twice = false;
    if (slot && machine.drivers().empty() && !machine.bug_check() && baseline_.reinstalled.is_ok()) {
      slot->withhold(std::nullopt);
      twice = true;
      UseLog again;
      again.kinds = baseline_.kinds;
      if (const auto installed = machine.install(request.driver); !installed) {
        blame(fmt::format("started {}, and with all of them it cannot be installed any more: {}", fault.subject(),
                          installed.error().to_string()));
      } else {
        (void)machine.run([&] {
          let_register();
          use_endpoints(request.endpoint, again);
        });
        if (const std::string worse = again.worse_than(baseline_.again); !worse.empty() && !machine.bug_check())
          blame(fmt::format("started {}, and when all is there again {}", fault.subject(), worse));
        if (const Result<> removed = machine.uninstall(); !removed)
          blame(fmt::format("started {} and then with all of them, it does not let itself be removed: {}",
                            fault.subject(), removed.error().to_string()));
      }
    }
    if (machine.drivers().empty() && !machine.bug_check())
      if (const std::string left = ResourceCount::of(machine).beyond(twice ? baseline_.left.twice() : baseline_.left);
          !left.empty())
        blame(fmt::format("started {}, and when the driver is gone there is left: {}", fault.subject(), left));
    for (const verifier::Finding& finding : machine.findings())
      if (finding.rule().grade == verifier::Grade::kViolation &&
          !baseline_.causes.contains(ProblemList::cause_key(machine, finding)))
        blame(finding.what);
    if (const auto& bug_check = machine.bug_check()) blame(bug_check->sentence);
  };
  const size_t problems_before = campaign_.report().problems.size();
  const RunOutcome outcome = campaign_.run(plan);
  if (!outcome.bug_checked && !outcome.used.is_ok()) blame(outcome.used.to_string());
  if (!outcome.bug_checked && !outcome.removed.is_ok())
    blame(
        fmt::format("started {}, it does not let itself be removed: {}", fault.subject(), outcome.removed.to_string()));
  std::vector<report::Problem>& problems = campaign_.report().problems;
  for (size_t i = problems_before; i < problems.size(); ++i) problems[i].facts.push_back({"started", fault.subject()});
  return wrong;
}

}  // namespace portside::verify
