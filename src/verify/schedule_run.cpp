#include "verify/schedule_run.h"

#include <fmt/format.h>

#include "kernel/kernel.h"
#include "kernel/schedule.h"
#include "kernel/thread.h"

namespace portside::verify {
namespace {

// Nothing in these scenarios takes so long: a run that does hangs.
constexpr Nanoseconds kLongest = std::chrono::seconds(60);

// Each switch as "thread 12 "Speaker" in KeSetEvent (stream.cpp:120) -> DPCs and timers of processor 1".
class SwitchList final : public kernel::ScheduleObserver {
 public:
  void on_switch(const kernel::ScheduleSwitch& made) override {
    std::string to = "stands still until the next deadline";
    if (made.to)
      to = name_of(*made.to) +
           (made.decision.to == kernel::kIdleName ? "" : fmt::format(" on processor {}", made.decision.processor));
    made_.push_back({made.from ? name_of(*made.from) : "the start", where(made), std::move(to),
                     made.from ? capture_stack() : StackTrace()});
  }

  std::vector<std::string> sentences(report::Symbols& symbols) const {
    std::vector<std::string> out;
    for (const Made& m : made_) {
      std::string place;
      for (const uint64_t address : m.stack.addresses()) {
        const std::vector<report::SourceFrame> frames = symbols.resolve(address);
        if (frames.empty()) continue;
        const report::SourceFrame& f = frames.front();
        place = f.file.empty() ? fmt::format(" ({}+0x{:x})", f.image, f.offset_in_image)
                               : fmt::format(" ({}, {}:{})", f.function,
                                             std::filesystem::path(f.file).filename().string(), f.line);
        break;
      }
      out.push_back(fmt::format("{} {}{} -> {}", m.from, m.where, place, m.to));
    }
    return out;
  }

 private:
  struct Made {
    std::string from, where, to;
    StackTrace stack;
  };
  static std::string name_of(const kernel::ThreadObject& thread) {
    if (thread.name().starts_with("Idle ")) return "the DPCs and timers of processor " + thread.name().substr(5);
    return fmt::format("thread {} \"{}\"", thread.id(), thread.name());
  }
  static std::string where(const kernel::ScheduleSwitch& made) {
    switch (made.point) {
      case kernel::PointKind::kCall: return fmt::format("at {}", made.call);
      case kernel::PointKind::kDpc: return "before a DPC";
      case kernel::PointKind::kAccess: return "before a load or store";
      case kernel::PointKind::kYield: return "giving way";
      case kernel::PointKind::kWait: return "waiting";
    }
    return {};
  }
  std::vector<Made> made_;
};

}  // namespace

ScheduleOutcome run_schedule(Campaign& campaign, const ScheduleRequest& request) {
  ScheduleOutcome outcome;
  SwitchList switches;
  RunPlan plan;
  plan.name.check = "schedules";
  plan.name.seed = request.seed;
  plan.name.scenario = request.scenario->name;
  plan.name.replay =
      fmt::format("{} --checks schedules --scenario {} --seed {} --strategy {}", campaign.request().command,
                  request.scenario->name, request.seed, request.strategy.to_string());
  plan.scenario = request.scenario;
  plan.report_findings = request.report;
  plan.machine.schedule = request.strategy;
  plan.machine.schedule.at_accesses = true;
  plan.machine.schedule.waits = true;
  plan.machine.time_limit = kLongest;
  plan.machine.trace = request.trace;
  plan.after_install = [&](host::Machine& machine) {
    kernel::Schedule& schedule = *machine.kernel().schedule();
    schedule.begin();
    if (request.describe) schedule.observers().add(switches);
  };
  plan.after_uninstall = [&](host::Machine& machine) {
    kernel::Schedule& schedule = *machine.kernel().schedule();
    outcome.calls = schedule.calls();
    outcome.accesses = schedule.accesses();
    outcome.decisions = schedule.decisions();
    for (const verifier::Finding& finding : machine.findings())
      outcome.causes.push_back(ProblemList::cause_key(machine, finding));
    if (!request.describe) return;
    outcome.switches = switches.sentences(machine.symbols());
    schedule.observers().remove(switches);
  };
  outcome.run = campaign.run(plan);
  return outcome;
}

}  // namespace portside::verify
