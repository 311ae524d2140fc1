#include "verify/life_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/machine_context.h"
#include "client/process.h"
#include "host/life_cycle.h"
#include "host/machine.h"
#include "io/interrupt_table.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "verify/knob.h"
#include "verify/life_client.h"

namespace portside::verify {
namespace {

using std::chrono::milliseconds;

constexpr Nanoseconds kTimeLimit = std::chrono::minutes(5);

host::MachineOptions machine_options() {
  host::MachineOptions options;
  options.time_limit = kTimeLimit;
  return options;
}

Result<client::Endpoint> endpoint_named(std::string_view name) {
  TRY_ASSIGN(std::vector<client::Endpoint> endpoints, matching_endpoints(""));
  auto at = std::ranges::find(endpoints, name, &client::Endpoint::name);
  if (at == endpoints.end())
    at = std::ranges::find_if(endpoints, [&](const client::Endpoint& e) { return e.has_name(name); });
  if (at == endpoints.end()) return fail(StatusCode::kNotFound, fmt::format("the driver has no endpoint \"{}\"", name));
  return *at;
}

// A program that moves a slider knows nothing of a device that sleeps. To where it is already, so that nothing changes.
void touch_settings() {
  const auto filters = client::list_filters();
  if (!filters) return;
  const KnobBoard board(*filters);
  for (const Knob& knob : board.knobs()) board.set(knob, board.read(knob));
}

Result<> strike(LifeKind kind, host::LifeCycle& life, io::DeviceNode& device) {
  switch (kind) {
    case LifeKind::kSurpriseRemove: return life.surprise_remove(device);
    case LifeKind::kRemove: return life.remove(device);
    case LifeKind::kPowerDown:
      TRY(life.set_device_power(device, PowerDeviceD3));
      client::sleep_for(milliseconds(1));
      touch_settings();
      // A device that shares its line sleeps for itself alone.
      current<io::Io>().interrupt_objects().interrupt_by_another();
      client::sleep_for(milliseconds(1));
      return life.set_device_power(device, PowerDeviceD0);
    case LifeKind::kSleep:
      TRY(life.system_sleep());
      client::sleep_for(milliseconds(2));
      return life.system_wake();
    case LifeKind::kRebalance: return life.rebalance(device);
    case LifeKind::kPullOut:
      if (!device.spec.bus || !device.spec.bus->set_present(false))
        return fail(StatusCode::kNotSupported, "the device is in no slot that it could be taken out of");
      // So long nobody knows but the driver, which may see that its registers read as ones.
      client::sleep_for(milliseconds(1));
      return life.surprise_remove(device);
    case LifeKind::kCallOff:
      // Who refuses the one may still be asked the other. With files open Windows itself says no to a removal, when it has
      // asked the driver.
      if (life.query_stop(device)) TRY(life.cancel_stop(device));
      if (life.query_remove(device)) return life.cancel_remove(device);
      return {};
  }
  return {};
}

// Volumes and mutes, at other values than a driver begins with: the device's settings live on while it sleeps.
std::vector<std::pair<std::string, KnobBoard::Values>> change_settings(LifeKind kind) {
  std::vector<std::pair<std::string, KnobBoard::Values>> settings;
  if (kind != LifeKind::kPowerDown && kind != LifeKind::kSleep) return settings;
  const auto filters = client::list_filters();
  if (!filters) return settings;
  const KnobBoard board(*filters);
  for (const Knob& knob : board.knobs()) (void)board.move(knob, board.read(knob));
  for (const Knob& knob : board.knobs())
    if (const KnobBoard::Values now = board.read(knob); !now.empty()) settings.emplace_back(knob.text(), now);
  return settings;
}

std::string lost_settings(const std::vector<std::pair<std::string, KnobBoard::Values>>& settings) {
  if (settings.empty()) return "";
  const auto filters = client::list_filters();
  if (!filters) return "";
  const KnobBoard board(*filters);
  for (const Knob& knob : board.knobs()) {
    const auto was = std::ranges::find(settings, knob.text(), &std::pair<std::string, KnobBoard::Values>::first);
    if (was == settings.end()) continue;
    if (const KnobBoard::Values now = board.read(knob); !now.empty() && now != was->second)
      return fmt::format("{} is at {}, and was at {}", knob.text(), KnobBoard::text(now), KnobBoard::text(was->second));
  }
  return "";
}

// What tells a client that the device is gone, asleep, or not to be had just now.
bool is_clear(NTSTATUS status) {
  constexpr NTSTATUS kClear[] = {
      STATUS_DEVICE_REMOVED,       STATUS_NO_SUCH_DEVICE,        STATUS_OBJECT_NAME_NOT_FOUND,
      STATUS_DEVICE_NOT_READY,     STATUS_DEVICE_DOES_NOT_EXIST, STATUS_DELETE_PENDING,
      STATUS_DEVICE_BUSY,          STATUS_INVALID_DEVICE_STATE,  STATUS_CANCELLED,
      STATUS_DEVICE_NOT_CONNECTED, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_NOT_FOUND};
  return std::ranges::find(kClear, status) != std::end(kClear);
}

}  // namespace

const LifeBaseline::Endpoint* LifeBaseline::find(std::string_view name) const {
  const auto at = std::ranges::find(endpoints, name, &Endpoint::name);
  return at == endpoints.end() ? nullptr : &*at;
}

Result<LifeBaseline> LifeTrial::record(Campaign& campaign) {
  return record_what_runs<LifeBaseline>([&](StreamKinds kinds) { return record_with(campaign, kinds); });
}

Result<LifeBaseline> LifeTrial::record_with(Campaign& campaign, StreamKinds kinds) {
  LifeBaseline baseline;
  std::optional<CallGate> gate;
  const Scenario quiet{
      "a stream of each endpoint, nothing happens", [&](host::Machine&) -> Result<> {
        TRY_ASSIGN(const std::vector<client::Endpoint> endpoints, matching_endpoints(campaign.request().endpoint));
        for (const client::Endpoint& endpoint : endpoints) {
          const LifePoint point{.stage = LifeStage::kRun, .notified = kinds.by_events, .endpoint = endpoint.name};
          LifeClient app(endpoint, point, *gate);
          LifeBaseline::Endpoint known{.name = endpoint.name,
                                       .capture = endpoint.direction == client::Direction::kCapture};
          app.open([] {});
          known.notified = app.notified();
          known.period = milliseconds(5);
          const bool opened = app.is_open();
          known.runs = opened && app.go_on().empty();
          app.close();
          known.opening = app.opening_calls();
          known.closing = app.closing_calls();
          known.by_position = !known.notified;
          if (known.notified && kinds.by_positions) {
            const LifePoint plain{.stage = LifeStage::kRun, .notified = false, .endpoint = endpoint.name};
            LifeClient looks(endpoint, plain, *gate);
            looks.open([] {});
            known.by_position = looks.is_open() && (!known.runs || looks.go_on().empty());
            looks.close();
          }
          known.use.kinds = kinds;
          use_endpoints(endpoint.name, known.use);
          // What does not even open when nothing happens says nothing of events.
          if (opened) baseline.endpoints.push_back(std::move(known));
        }
        // Those that run are the first of their directions.
        std::ranges::partition(baseline.endpoints, [](const LifeBaseline::Endpoint& known) { return known.runs; });
        return {};
      }};
  RunPlan plan;
  plan.name.seed = campaign.request().seed;
  plan.name.replay =
      fmt::format("{} --life {}", campaign.replay_of({.check = "life", .seed = plan.name.seed}), kNothing);
  plan.machine = machine_options();
  plan.scenario = &quiet;
  plan.before_install = [&](host::Machine& machine) { gate.emplace(machine.kernel()); };
  plan.after_install = [&](host::Machine& machine) {
    io::BusAccess* bus = machine.device() ? machine.device()->spec.bus : nullptr;
    baseline.has_slot = bus && bus->set_present(true);  // it is there, and is asked whether it could be put there
  };
  plan.after_uninstall = [&](host::Machine& machine) {
    gate.reset();
    baseline.left = ResourceCount::of(machine);
    if (const auto& bug_check = machine.bug_check()) baseline.stopped = bug_check->sentence;
    else baseline.reinstalled = reinstall(machine, campaign.request().driver);
    for (const verifier::Finding& finding : machine.findings())
      baseline.causes.insert(ProblemList::cause_key(machine, finding));
  };
  const RunOutcome outcome = campaign.run(plan);
  if (!outcome.installed.is_ok()) return fail(outcome.installed);
  return baseline;
}

LifeTrial::Verdict LifeTrial::run(const LifePoint& point, uint64_t seed, std::string replay) {
  Verdict verdict;
  const LifeBaseline::Endpoint* known = baseline_.find(point.endpoint);
  std::optional<CallGate> gate;
  bool gone = false;
  io::BusAccess* bus = nullptr;  // where the device is to be put back
  const auto blame = [&](std::string what) {
    if (verdict.failure.empty()) verdict.failure = std::move(what);
  };

  // The driver may refuse to be stopped, and nothing else.
  const auto judge_event = [&](const Result<>& event, const io::DeviceNode& device) {
    verdict.refused = !event;
    gone = device.state != io::PnpState::kStarted;
    const bool may_refuse =
        point.kind == LifeKind::kRemove || point.kind == LifeKind::kRebalance || point.kind == LifeKind::kCallOff;
    if (!event && !may_refuse)
      blame(fmt::format("{} is refused: {}", sentence_of(point.kind), event.error().to_string()));
  };
  const auto use_next = [&] {
    if (gone || !known) return;
    let_register();  // what went with a rebalance may come back in its time
    UseLog use;
    use.kinds = baseline_.kinds;
    use_endpoints(point.endpoint, use);
    if (const std::string worse = use.worse_than(known->use); !worse.empty())
      blame(fmt::format("{}, and the next time {}", sentence_of(point.kind), worse));
  };

  const Scenario body{
      point.text(), [&](host::Machine& machine) -> Result<> {
        io::DeviceNode& device = *machine.device();
        host::LifeCycle life(machine);
        bus = device.spec.bus;
        if (point.stage == LifeStage::kStarted) {
          verdict.happened = true;
          const auto settings = change_settings(point.kind);
          judge_event(strike(point.kind, life, device), device);
          if (!gone) let_register();  // what is restored in a work item
          if (const std::string lost = lost_settings(settings); !gone && !lost.empty())
            blame(fmt::format("{}, and afterwards {}", sentence_of(point.kind), lost));
          use_next();
          return {};
        }
        TRY_ASSIGN(const client::Endpoint endpoint, endpoint_named(point.endpoint));
        LifeClient app(endpoint, point, *gate);
        bool at_stage = false, ended = false, struck = false;
        Result<> event;
        std::string went_on;
        {
          client::Thread application("application", [&] {
            app.open([&] { at_stage = true; });
            if (point.stage == LifeStage::kClosing) {
              app.close();
              ended = true;
              return app.ask_until([&] { return struck; });
            }
            ended = point.stage == LifeStage::kOpening;  // there is no other call to wait for
            app.ask_until([&] { return struck; });
            const bool removal = point.kind == LifeKind::kSurpriseRemove || point.kind == LifeKind::kPullOut ||
                                 point.kind == LifeKind::kRemove || point.kind == LifeKind::kRebalance;
            if (!event || !removal) went_on = app.go_on();
            app.close();
          });
          if (point.counts_calls()) {
            machine.kernel().yield_until([&] { return gate->reached() || ended; }, "a call of the driver");
            gate->pass();
            verdict.happened = gate->reached();
          } else {
            machine.kernel().yield_until([&] { return at_stage; }, "the stream's state");
            if (point.delay > Nanoseconds(0)) client::sleep_for(point.delay);
            verdict.happened = true;
          }
          if (verdict.happened && point.kind == LifeKind::kPullOut) {
            app.ask_no_more();
            machine.kernel().expect_endless_loops();
          }
          if (verdict.happened) event = strike(point.kind, life, device);
          struck = true;
        }
        judge_event(event, device);
        if (!went_on.empty() && !gone && (!known || known->runs))
          blame(fmt::format("{}, and afterwards {}", sentence_of(point.kind), went_on));
        // Of a card that is gone before anybody says so a driver knows no more than that it does not answer.
        for (const StatusCode code : app.errors())
          if (const Status status(code, ""); !is_clear(status.nt()) && point.kind != LifeKind::kPullOut)
            verdict.unclear = status.to_string();
        use_next();
        return {};
      }};
  RunPlan plan;
  plan.name = {.scenario = point.subject(), .seed = seed, .fault = point.text(), .replay = std::move(replay)};
  plan.machine = machine_options();
  // What the start left to be done later is to be done still.
  plan.settles = point.stage != LifeStage::kStarted;
  if (!plan.settles) plan.machine.work_item_delay = milliseconds(50);
  plan.scenario = &body;
  plan.before_install = [&](host::Machine& machine) { gate.emplace(machine.kernel()); };
  plan.after_uninstall = [&](host::Machine& machine) {
    // A device that was pulled out or removed comes back: the driver must be as good as new.
    if (bus) (void)bus->set_present(true);
    const bool twice =
        gone && machine.drivers().empty() && !machine.bug_check() && known && baseline_.reinstalled.is_ok();
    if (twice)
      if (const std::string worse = worse_when_back(machine, campaign_.request().driver, point.endpoint, known->use);
          !worse.empty())
        blame(fmt::format("{}, and when it is there again {}", sentence_of(point.kind), worse));
    gate.reset();
    // What it leaves behind all the same, it leaves once for each time that it was there.
    if (const std::string left = baseline_.left_beyond(machine, twice); !left.empty())
      blame(fmt::format("{}, and when the driver is gone there is left: {}", sentence_of(point.kind), left));
    if (const std::string what = baseline_.wrong_beyond(machine); !what.empty()) blame(what);
  };
  const size_t problems_before = campaign_.report().problems.size();
  const RunOutcome outcome = campaign_.run(plan);
  if (!outcome.bug_checked && !outcome.used.is_ok()) blame(outcome.used.to_string());
  if (!outcome.bug_checked && !outcome.removed.is_ok())
    blame(fmt::format("{}, and the driver does not let itself be removed: {}", sentence_of(point.kind),
                      outcome.removed.to_string()));
  std::vector<report::Problem>& problems = campaign_.report().problems;
  for (size_t i = problems_before; i < problems.size(); ++i)
    problems[i].facts.push_back({"meanwhile", fmt::format("{}, {}", sentence_of(point.kind), point.subject())});
  return verdict;
}

}  // namespace portside::verify
