#include "verify/minimise.h"

#include <algorithm>

namespace portside::verify {
namespace {

using Decisions = std::vector<kernel::ScheduleDecision>;

// More runs than this shorten little.
constexpr uint64_t kMostRuns = 2000;

Decisions without(const Decisions& all, size_t first, size_t end) {
  Decisions rest(all.begin(), all.begin() + static_cast<ptrdiff_t>(first));
  rest.insert(rest.end(), all.begin() + static_cast<ptrdiff_t>(end), all.end());
  return rest;
}

}  // namespace

Decisions shortest_failing(Decisions all, const std::function<bool(const Decisions&)>& fails) {
  if (fails({})) return {};
  for (size_t parts = 2; !all.empty();) {
    const size_t length = (all.size() + parts - 1) / parts;
    bool shorter = false;
    // From the end: what came after the fault is what can go first.
    for (size_t end = all.size(); end > 0 && !shorter; end -= std::min(end, length)) {
      Decisions rest = without(all, end - std::min(end, length), end);
      if (!rest.empty() && fails(rest)) {
        all = std::move(rest);
        parts = std::max<size_t>(2, parts - 1);
        shorter = true;
      }
    }
    if (shorter) continue;
    if (length == 1) break;
    parts = std::min(all.size(), parts * 2);
  }
  return all;
}

std::optional<MinimisedSchedule> minimise(Campaign& campaign, ScheduleRequest failing, const std::string& cause) {
  MinimisedSchedule out;
  failing.report = false;
  failing.strategy.record = true;
  const auto shows = [&](const ScheduleOutcome& outcome) { return std::ranges::count(outcome.causes, cause) > 0; };
  const ScheduleOutcome recorded = run_schedule(campaign, failing);
  ++out.runs;
  out.recorded = recorded.decisions.size();
  ScheduleRequest replay = failing;
  replay.strategy.kind = kernel::ScheduleKind::kReplay;
  replay.strategy.record = false;
  const auto run_with = [&](const Decisions& decisions) {
    ++out.runs;
    replay.strategy.decisions = decisions;
    return run_schedule(campaign, replay);
  };
  if (!shows(recorded) || !shows(run_with(recorded.decisions))) return std::nullopt;
  const Decisions shortest = shortest_failing(recorded.decisions, [&](const Decisions& decisions) {
    return out.runs < kMostRuns && !campaign.is_over() && shows(run_with(decisions));
  });
  // Of what is left, what the run made use of: some decisions may name a thread that could not run there.
  replay.describe = true;
  replay.strategy.decisions = shortest;
  replay.strategy.record = true;
  ++out.runs;
  ScheduleOutcome last = run_schedule(campaign, replay);
  if (!shows(last)) return std::nullopt;
  out.switches = std::move(last.switches);
  out.strategy = replay.strategy;
  out.strategy.decisions = last.decisions;
  return out;
}

}  // namespace portside::verify
