// The life check: what befalls a device, at every state of a stream and at chosen instants, one run of a machine each.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/random.h"
#include "verify/campaign.h"
#include "verify/checks.h"
#include "verify/life_trial.h"

namespace portside::verify {
namespace {

const char* page_of(LifeKind kind) {
  switch (kind) {
    case LifeKind::kSurpriseRemove:
    case LifeKind::kPullOut: return "kernel/handling-an-irp-mn-surprise-removal-request";
    case LifeKind::kCallOff: return "kernel/handling-an-irp-mn-cancel-remove-device-request";
    case LifeKind::kRemove: return "kernel/handling-an-irp-mn-remove-device-request";
    case LifeKind::kPowerDown: return "kernel/handling-device-power-down-irps";
    case LifeKind::kSleep: return "kernel/handling-system-power-state-requests";
    case LifeKind::kRebalance: return "audio/implement-pnp-rebalance-for-portcls-audio-drivers";
  }
  return "";
}

// 1 .. n, so that every beginning of the list is spread evenly over all of it.
std::vector<uint64_t> spread(uint64_t n) {
  std::vector<uint64_t> list;
  uint64_t stride = 1;
  while (stride < n) stride *= 2;
  std::vector<bool> taken(n + 1, false);
  for (; stride > 0; stride /= 2)
    for (uint64_t i = 1; i <= n; i += stride)
      if (!taken[i]) {
        taken[i] = true;
        list.push_back(i);
      }
  return list;
}

class Plan {
 public:
  Plan(const LifeBaseline& baseline, uint64_t seed) : baseline_(baseline), random_(Random(seed).fork(0x11FE)) {
    for (const LifeKind kind : kLifeKinds)
      if (kind != LifeKind::kPullOut || baseline.has_slot) kinds_.push_back(kind);
  }

  // Breadth first: every event at every state; then other instants in RUN; then the calls of opening and closing.
  std::vector<LifePoint> points() {
    just_started();
    states();
    instants();
    calls();
    return std::move(points_);
  }

 private:
  // One endpoint of each direction; the others are met in RUN alone.
  bool first_of_its_direction(const LifeBaseline::Endpoint& endpoint) const {
    const auto first = std::ranges::find(baseline_.endpoints, endpoint.capture, &LifeBaseline::Endpoint::capture);
    return &*first == &endpoint;
  }
  void add(LifeKind kind, LifeStage stage, const LifeBaseline::Endpoint& endpoint, bool notified, Nanoseconds delay,
           uint64_t call = 0) {
    if (notified ? !endpoint.notified : !endpoint.by_position) return;
    points_.push_back({kind, stage, notified, delay, call, endpoint.name});
  }
  Nanoseconds somewhen(Nanoseconds below) {
    return std::chrono::microseconds(random_.below(std::max<uint64_t>(1, static_cast<uint64_t>(below.count()) / 1000)));
  }

  // Before anything that the driver left to be done later needs have been done.
  void just_started() {
    for (const LifeKind kind : kinds_)
      points_.push_back({kind, LifeStage::kStarted, false, {}, 0, baseline_.endpoints.front().name});
  }
  void states() {
    for (const LifeStage stage : {LifeStage::kRun, LifeStage::kPause, LifeStage::kAcquire, LifeStage::kStop})
      for (const bool notified : {true, false})
        for (const LifeKind kind : kinds_)
          for (const LifeBaseline::Endpoint& endpoint : baseline_.endpoints)
            if (first_of_its_direction(endpoint) || (stage == LifeStage::kRun && (notified || !endpoint.notified)))
              add(kind, stage, endpoint, notified, somewhen(std::chrono::milliseconds(3)));
  }
  void instants() {
    constexpr int kEach = 8;
    for (int i = 0; i < kEach; ++i)
      for (const LifeKind kind : kinds_)
        for (const LifeBaseline::Endpoint& endpoint : baseline_.endpoints)
          if (first_of_its_direction(endpoint))
            add(kind, LifeStage::kRun, endpoint, endpoint.notified, somewhen(4 * endpoint.period));
  }
  void calls() {
    constexpr size_t kMost = 48;  // of each stage: a call or two of every function
    std::vector<std::tuple<size_t, LifePoint>> found;
    for (const LifeBaseline::Endpoint& endpoint : baseline_.endpoints) {
      if (!first_of_its_direction(endpoint)) continue;
      for (const auto& [stage, count] :
           {std::pair{LifeStage::kOpening, endpoint.opening}, std::pair{LifeStage::kClosing, endpoint.closing}}) {
        const std::vector<uint64_t> numbers = spread(count);
        for (size_t i = 0; i < std::min(numbers.size(), kMost); ++i)
          for (const LifeKind kind : kinds_)
            found.emplace_back(i, LifePoint{kind, stage, endpoint.notified, {}, numbers[i], endpoint.name});
      }
    }
    std::ranges::stable_sort(found, {}, [](const auto& entry) { return std::get<0>(entry); });
    for (auto& [rank, point] : found) points_.push_back(std::move(point));
  }

  const LifeBaseline& baseline_;
  Random random_;
  std::vector<LifeKind> kinds_;
  std::vector<LifePoint> points_;
};

class LifeCheck final : public Check {
 public:
  std::string_view name() const override { return "life"; }
  std::string_view about() const override { return "removal, power and rebalance at every state of a stream"; }
  unsigned weight() const override { return 2; }

  void run(Campaign& campaign) override {
    const Request& request = campaign.request();
    campaign.plan_runs(1);
    const auto baseline = LifeTrial::record(campaign);
    if (!baseline) {
      campaign.report().broken_off = fmt::format("the driver does not install: {}", baseline.error().to_string());
      return;
    }
    if (!baseline->stopped.empty())
      return campaign.note(
          fmt::format("the run in which nothing happens ends Windows ({}), so that no event can show "
                      "anything",
                      baseline->stopped));
    if (!baseline->left_out.empty()) campaign.note(baseline->left_out);
    // A driver that keeps a device object is not unloaded by Windows, and its DriverEntry does not come again.
    const bool is_kept = std::ranges::any_of(
        baseline->causes, [](const std::string& cause) { return cause.starts_with("DeviceLeftAtUnload@"); });
    if (!baseline->reinstalled.is_ok() && !is_kept)
      campaign.report().assertions.push_back(
          {.check = "life",
           .name = "is installed again",
           .subject = "nothing happens in between",
           .outcome = report::Outcome::kFailed,
           .sentence = fmt::format("removed, and not to be had again: {}", baseline->reinstalled.to_string()),
           .page = "kernel/unload-routine-environment"});
    // The run in which nothing happens, again, alone.
    if (request.life_event == kNothing) return;
    if (baseline->endpoints.empty()) return campaign.note("no endpoint opens, so that nothing can befall a stream");
    if (!baseline->endpoints.front().runs)
      campaign.note(
          "no endpoint's position moves, so that streams are held to no more than to open, and to let the device go");
    std::vector<LifePoint> points;
    if (request.life_event.empty()) {
      points = Plan(*baseline, request.seed).points();
    } else if (const auto point = LifePoint::parse(request.life_event); point) {
      points.push_back(*point);
    } else {
      campaign.report().assertions.push_back({.check = "life",
                                              .name = "event",
                                              .subject = request.life_event,
                                              .outcome = report::Outcome::kFailed,
                                              .sentence = point.error().to_string()});
      return;
    }
    try_all(campaign, *baseline, points);
  }

 private:
  struct Tally {
    LifePoint first;
    uint64_t planned = 0, happened = 0, refused = 0;
    std::string failure, unclear;
  };

  static void try_all(Campaign& campaign, const LifeBaseline& baseline, const std::vector<LifePoint>& points) {
    LifeTrial trial(campaign, baseline);
    campaign.plan_runs(points.size());
    std::map<std::tuple<LifeKind, std::string>, Tally> tallies;
    for (const LifePoint& point : points) {
      Tally& tally = tallies.try_emplace({point.kind, point.subject()}).first->second;
      if (tally.planned++ == 0) tally.first = point;
    }
    size_t done = 0;
    for (const LifePoint& point : points) {
      if (campaign.is_over()) break;
      campaign.progress(static_cast<double>(done++) / static_cast<double>(points.size()));
      const std::string again = fmt::format("{} --checks life --seed {} --life '{}'", campaign.request().command,
                                            campaign.request().seed, point.text());
      const LifeTrial::Verdict verdict = trial.run(point, campaign.request().seed, again);
      Tally& tally = tallies.at({point.kind, point.subject()});
      tally.happened += verdict.happened;
      tally.refused += verdict.refused;
      if (!verdict.failure.empty()) campaign.found_wrong();
      if (!verdict.failure.empty() && tally.failure.empty())
        tally.failure = fmt::format("{} (again: {})", verdict.failure, again);
      if (!verdict.unclear.empty() && tally.unclear.empty())
        tally.unclear = fmt::format("the client was told {} (again: {})", verdict.unclear, again);
    }
    for (const auto& [key, tally] : tallies) campaign.report().assertions.push_back(assertion_of(tally, campaign));
    if (done < points.size())
      campaign.note(fmt::format("{} after {} of {} events", campaign.ended_by(), done, points.size()));
  }

  static report::Assertion assertion_of(const Tally& tally, const Campaign& campaign) {
    report::Assertion assertion{.check = "life",
                                .name = sentence_of(tally.first.kind),
                                .subject = tally.first.subject(),
                                .page = page_of(tally.first.kind)};
    if (!tally.failure.empty()) {
      assertion.outcome = report::Outcome::kFailed;
      assertion.sentence = tally.failure;
    } else if (!tally.unclear.empty()) {
      assertion.outcome = report::Outcome::kWarned;
      assertion.sentence = tally.unclear;
    } else if (!tally.happened) {
      assertion.outcome = report::Outcome::kNotRun;
      assertion.sentence = fmt::format("{} before it", campaign.ended_by());
    }
    assertion.measurements.push_back({"instants", static_cast<double>(tally.happened), "", std::nullopt});
    if (tally.refused)
      assertion.measurements.push_back({"refused", static_cast<double>(tally.refused), "", std::nullopt});
    return assertion;
  }
};

}  // namespace

std::unique_ptr<Check> make_life_check() { return std::make_unique<LifeCheck>(); }

}  // namespace portside::verify
