#pragma once
// Minimise: a schedule that shows a problem, shortened to the fewest switches that still show it (delta debugging,
// ddmin: Zeller and Hildebrandt 2002, over the decisions that a run recorded).

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "verify/schedule_run.h"

namespace portside::verify {

// The smallest part of `all` that was found for which `fails` says true, in its order. `fails(all)` is true; `fails`
// may say false to everything once no more may be tried.
std::vector<kernel::ScheduleDecision> shortest_failing(
    std::vector<kernel::ScheduleDecision> all,
    const std::function<bool(const std::vector<kernel::ScheduleDecision>&)>& fails);

struct MinimisedSchedule {
  kernel::ScheduleOptions strategy;   // a replay
  std::vector<std::string> switches;  // each as a sentence
  size_t recorded = 0;                // how many there were
  uint64_t runs = 0;
};

// None: the recorded decisions do not show the cause again, which would be a fault of Portside's.
std::optional<MinimisedSchedule> minimise(Campaign& campaign, ScheduleRequest failing, const std::string& cause);

}  // namespace portside::verify
