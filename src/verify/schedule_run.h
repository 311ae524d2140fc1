#pragma once
// A scenario under one schedule: a run of the campaign whose order of threads is a seed's and a strategy's.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "kernel/schedule_options.h"
#include "verify/campaign.h"

namespace portside::verify {

struct ScheduleRequest {
  const Scenario* scenario = nullptr;
  uint64_t seed = 1;
  kernel::ScheduleOptions strategy;
  bool describe = false;  // each switch, as a sentence: costs a stack walk each
  bool report = true;     // whether findings go into the campaign's report
  std::filesystem::path trace;
};

struct ScheduleOutcome {
  RunOutcome run;
  std::vector<std::string> causes;                  // of the findings, in their order (ProblemList::cause_key)
  uint64_t calls = 0, accesses = 0;                 // points at which the order could have changed
  std::vector<kernel::ScheduleDecision> decisions;  // when they were recorded
  std::vector<std::string> switches;                // when asked for
};

ScheduleOutcome run_schedule(Campaign& campaign, const ScheduleRequest& request);

}  // namespace portside::verify
