#include "verify/start_trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/machine.h"

namespace portside::verify {
namespace {

using Kind = hardware::ResourceShortage::Kind;

// By Kind.
constexpr std::string_view kShortages[] = {"missing", "short", "silent"};

hardware::PciSlot* plug(host::Machine& machine, const host::InstallRequest& driver) {
  const auto slot = machine.plug(driver.device);
  return slot ? *slot : nullptr;
}

}  // namespace

std::string StartFault::text() const {
  return fmt::format("start:{}-{}", shortage.entry, kShortages[static_cast<size_t>(shortage.kind)]);
}

Result<> StartFault::check(std::string_view text) {
  const std::string_view rest = text.substr(text.find(':') + 1);
  const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (digits > 0 && digits < 4 && rest.substr(digits).starts_with('-') &&
      std::ranges::count(kShortages, rest.substr(digits + 1)))
    return {};
  return fail(
      StatusCode::kInvalidParameter,
      fmt::format("\"{}\" names no start: write it as a report does, start:0-missing, start:0-short or start:0-silent",
                  text));
}

std::string StartFault::subject() const {
  switch (shortage.kind) {
    case Kind::kShort: return fmt::format("with {} bytes of its {}", hardware::ResourceShortage::kBytes, resource);
    case Kind::kSilent: return fmt::format("with its {} answering nothing", resource);
    case Kind::kMissing: break;
  }
  return fmt::format("without its {}", resource);
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
    faults.push_back({{entry, Kind::kMissing}, name});
    if (range.bar.bytes > hardware::ResourceShortage::kBytes) faults.push_back({{entry, Kind::kShort}, name});
    faults.push_back({{entry, Kind::kSilent}, name});
    ++entry;
  }
  if (slot->line()) faults.push_back({{entry, Kind::kMissing}, "interrupt"});
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
  plan.report_findings = fault.shortage.kind != Kind::kShort;
  plan.before_install = [&](host::Machine& machine) {
    slot = plug(machine, request.driver);
    if (slot) slot->withhold(fault.shortage);
  };
  plan.after_uninstall = [&](host::Machine& machine) {
    const bool twice = slot && machine.drivers().empty() && !machine.bug_check() && baseline_.reinstalled.is_ok();
    if (twice) {
      slot->withhold(std::nullopt);
      if (const std::string worse = worse_when_back(machine, request.driver, request.endpoint, baseline_.again);
          !worse.empty())
        blame(fmt::format("started {}, and when all is there again {}", fault.subject(), worse));
    }
    if (const std::string left = baseline_.left_beyond(machine, twice); !left.empty())
      blame(fmt::format("started {}, and when the driver is gone there is left: {}", fault.subject(), left));
    if (const std::string what = baseline_.wrong_beyond(machine); !what.empty()) blame(what);
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
