// The faults check: every call of the driver that can fail fails once at every distinct call stack, one run of a
// machine each. A first run, in which nothing fails, notes the stacks. With a rate calls fail at random instead, one
// run a seed.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "verify/campaign.h"
#include "verify/checks.h"
#include "verify/fault_trial.h"
#include "verify/start_trial.h"

namespace portside::verify {
namespace {

using kernel::FailureKind;

// How a report asks about a kind.
std::string question(FailureKind kind) {
  constexpr std::array<const char*, static_cast<size_t>(FailureKind::kCount)> kQuestions = {
      "survives pool that is not given",          "survives pages that are not given",
      "survives fewer pages than asked for",      "survives a mapping that is not made",
      "survives an object that is not made",      "survives a registry that refuses",
      "survives a file that cannot be used",      "survives a timer that is not given",
      "survives resources that are not given",    "survives a registry value of another type",
      "survives a registry value of another size"};
  return kQuestions[static_cast<size_t>(kind)];
}

// Breadth first: of each kind and place in the driver one stack, then the second stack of each place, and so on; then
// the same stacks again, for the other endpoints that come to them.
std::vector<FaultPlace> in_order(const std::vector<FaultPlace>& places) {
  std::map<std::pair<FailureKind, uint32_t>, size_t> stacks_of_site, site_rank, contexts_of_stack, stack_rank;
  std::map<FailureKind, size_t> sites_of_kind;
  std::vector<std::tuple<size_t, size_t, size_t, size_t>>
      keys;  // earlier contexts; earlier stacks of the site; the site; index
  for (size_t i = 0; i < places.size(); ++i) {
    const FaultPlace& place = places[i];
    const std::pair site{place.id.kind, place.site}, stack{place.id.kind, place.stack};
    if (const auto [at, inserted] = site_rank.try_emplace(site, 0); inserted)
      at->second = sites_of_kind[place.id.kind]++;
    if (const auto [at, inserted] = stack_rank.try_emplace(stack, 0); inserted) at->second = stacks_of_site[site]++;
    keys.emplace_back(contexts_of_stack[stack]++, stack_rank[stack], site_rank[site], i);
  }
  std::ranges::sort(keys);
  std::vector<FaultPlace> ordered;
  for (const auto& key : keys) ordered.push_back(places[std::get<3>(key)]);
  return ordered;
}

// A call that asks twice, as one that makes an object and then needs pool, fails alike both times: the first is enough.
std::vector<FaultPlace> without_echoes(const std::vector<FaultPlace>& places) {
  std::set<uint32_t> calls;
  std::vector<FaultPlace> kept;
  for (const FaultPlace& place : places) {
    const bool again = !calls.insert(place.id.hash).second;
    if (again && place.id.kind == FailureKind::kPool) continue;
    kept.push_back(place);
  }
  return kept;
}

class FaultsCheck final : public Check {
 public:
  std::string_view name() const override { return "faults"; }
  std::string_view about() const override { return "every call that can fail, failing once at every call stack"; }
  unsigned weight() const override { return 3; }

  void run(Campaign& campaign) override {
    const Request& request = campaign.request();
    campaign.plan_runs(1);
    const auto baseline = FaultTrial::record(campaign);
    if (!baseline) {
      campaign.report().broken_off = fmt::format("the driver does not install: {}", baseline.error().to_string());
      return;
    }
    if (!baseline->stopped.empty())
      return campaign.note(
          fmt::format("the run in which nothing fails ends Windows ({}), so that no failure can show "
                      "anything",
                      baseline->stopped));
    if (!baseline->left_out.empty()) campaign.note(baseline->left_out);
    if (!baseline->reinstalled.is_ok())
      campaign.note(
          fmt::format("removed with nothing failing, it is not to be had again ({}): that is not tried after failures",
                      baseline->reinstalled.to_string()));
    // The run in which nothing fails, again, alone.
    if (request.fault == kNothing) return;
    FaultTrial trial(campaign, *baseline);
    if (StartFault::is_one(request.fault) || (request.fault.empty() && request.fault_rate <= 0))
      run_starts(campaign, *baseline);
    if (StartFault::is_one(request.fault)) return;
    if (!request.fault.empty()) return run_one(campaign, *baseline, trial);
    if (request.fault_rate > 0) return run_random(campaign, trial);
    run_all(campaign, *baseline, trial);
  }

 private:
  static std::string replay(const Campaign& campaign, std::string_view option, uint64_t seed) {
    return fmt::format("{} --checks faults --seed {} {}", campaign.request().command, seed, option);
  }

  // First, as they are few.
  static void run_starts(Campaign& campaign, const FaultBaseline& baseline) {
    const Request& request = campaign.request();
    StartTrial trial(campaign, baseline);
    std::vector<StartFault> faults = trial.faults();
    if (!request.fault.empty()) std::erase_if(faults, [&](const StartFault& f) { return f.text() != request.fault; });
    if (!request.fault.empty() && faults.empty())
      return campaign.report().assertions.push_back({.check = "faults",
                                                     .name = "survives a start with less",
                                                     .subject = request.fault,
                                                     .outcome = report::Outcome::kFailed,
                                                     .sentence = "the device has no resource of that name"});
    campaign.plan_runs(faults.size());
    for (const StartFault& fault : faults) {
      report::Assertion assertion{.check = "faults",
                                  .name = "survives a start with less",
                                  .subject = fault.subject(),
                                  .page = "ddi/portcls/nn-portcls-iresourcelist"};
      if (campaign.is_over()) {
        assertion.outcome = report::Outcome::kNotRun;
        assertion.sentence = fmt::format("{} before it", campaign.ended_by());
      } else if (const std::string wrong =
                     trial.run(fault, request.seed, replay(campaign, "--fault " + fault.text(), request.seed));
                 !wrong.empty()) {
        // No firmware gives so little of a range: who does not look is told, and it is not held against the driver.
        const bool likely = fault.shortage.kind != hardware::ResourceShortage::Kind::kShort;
        if (likely) campaign.found_wrong();
        assertion.outcome = likely ? report::Outcome::kFailed : report::Outcome::kWarned;
        assertion.sentence = wrong;
      }
      campaign.report().assertions.push_back(std::move(assertion));
    }
  }

  static void run_all(Campaign& campaign, const FaultBaseline& baseline, FaultTrial& trial) {
    const std::vector<FaultPlace> places = in_order(without_echoes(baseline.places));
    campaign.plan_runs(places.size());
    struct Tally {
      uint64_t tried = 0, failed = 0, planned = 0;
      std::string why;
    };
    std::map<FailureKind, Tally> tallies;
    for (const FaultPlace& place : places) ++tallies[place.id.kind].planned;
    size_t done = 0, missed = 0;
    for (const FaultPlace& place : places) {
      if (campaign.is_over()) break;
      campaign.progress(static_cast<double>(done) / static_cast<double>(places.size()));
      ++done;
      FaultInjector injector(place.id);
      const uint64_t seed = campaign.request().seed;
      const std::string id = place.id.text();
      const FaultTrial::Verdict verdict =
          trial.run(injector, {.seed = seed, .fault = id, .replay = replay(campaign, "--fault " + id, seed)});
      Tally& tally = tallies[place.id.kind];
      missed += !verdict.reached;
      tally.tried += verdict.reached;
      if (verdict.survived) continue;
      ++tally.failed;
      campaign.found_wrong();
      if (tally.why.empty()) tally.why = fmt::format("{} ({})", verdict.why, id);
    }
    for (const auto& [kind, tally] : tallies) {
      report::Assertion assertion{
          .check = "faults", .name = question(kind), .subject = fmt::format("{} failures", tally.planned)};
      assertion.page = "devtest/systematic-low-resource-simulation";
      if (tally.failed) {
        assertion.outcome = report::Outcome::kFailed;
        assertion.sentence =
            fmt::format("{} of {} failures were not survived; the first: {}", tally.failed, tally.tried, tally.why);
      } else if (!tally.tried) {
        assertion.outcome = report::Outcome::kNotRun;
        assertion.sentence = fmt::format("{} before it", campaign.ended_by());
      }
      campaign.report().assertions.push_back(std::move(assertion));
    }
    std::set<std::pair<FailureKind, uint32_t>> stacks;
    for (const FaultPlace& place : places) stacks.emplace(place.id.kind, place.stack);
    std::string note =
        fmt::format("{} call stacks, {} with the endpoints that come to them", stacks.size(), places.size());
    if (done < places.size()) note += fmt::format("; {} after {}", campaign.ended_by(), done);
    if (missed) note += fmt::format(", {} of them not reached again", missed);
    campaign.note(note);
  }

  static void run_one(Campaign& campaign, const FaultBaseline& baseline, FaultTrial& trial) {
    const Request& request = campaign.request();
    campaign.plan_runs(1);
    report::Assertion assertion{.check = "faults", .name = "survives the failure", .subject = request.fault};
    const auto id = FaultId::parse(request.fault);
    FaultTrial::Verdict verdict;
    if (id) {
      FaultInjector injector(*id);
      verdict = trial.run(injector, {.seed = request.seed,
                                     .fault = request.fault,
                                     .replay = replay(campaign, "--fault " + request.fault, request.seed)});
    }
    if (!id || !verdict.reached) {
      assertion.outcome = report::Outcome::kFailed;
      assertion.sentence =
          !id ? id.error().to_string()
              : fmt::format("no call of this driver has that name under this seed; there are {} call stacks",
                            baseline.places.size());
    } else if (!verdict.survived) {
      assertion.outcome = report::Outcome::kFailed;
      assertion.sentence = verdict.why;
    }
    campaign.report().assertions.push_back(std::move(assertion));
  }

  static void run_random(Campaign& campaign, FaultTrial& trial) {
    const Request& request = campaign.request();
    campaign.plan_runs(request.seeds);
    uint64_t done = 0, hits = 0, failed = 0;
    std::string why;
    for (; done < request.seeds && !campaign.is_over(); ++done) {
      campaign.progress(static_cast<double>(done) / static_cast<double>(request.seeds));
      const uint64_t seed = request.seed + done;
      FaultInjector injector(request.fault_rate, seed);
      const std::string option = fmt::format("--fault-rate {} --seeds 1", request.fault_rate);
      const FaultTrial::Verdict verdict = trial.run(injector, {.seed = seed,
                                                               .fault = fmt::format("rate {}", request.fault_rate),
                                                               .replay = replay(campaign, option, seed)});
      hits += injector.hits().size();
      if (verdict.survived) continue;
      ++failed;
      campaign.found_wrong();
      if (why.empty()) why = fmt::format("{} (seed {})", verdict.why, seed);
    }
    report::Assertion assertion{.check = "faults",
                                .name = "survives failures at random",
                                .subject = fmt::format("{} of calls, {} runs", request.fault_rate, done)};
    assertion.page = "devtest/low-resources-simulation";
    if (failed) {
      assertion.outcome = report::Outcome::kFailed;
      assertion.sentence = fmt::format("{} of {} runs were not survived; the first: {}", failed, done, why);
    }
    campaign.report().assertions.push_back(std::move(assertion));
    campaign.note(fmt::format("{} calls failed in {} of {} runs", hits, done, request.seeds));
  }
};

}  // namespace

std::unique_ptr<Check> make_faults_check() { return std::make_unique<FaultsCheck>(); }

}  // namespace portside::verify
