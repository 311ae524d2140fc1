#pragma once
// Request: what to verify, and how far.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "host/install_plan.h"

namespace portside::verify {

struct Request {
  host::InstallRequest driver;
  std::string endpoint;             // a part of a name; empty: all
  std::vector<std::string> checks;  // by name; empty: all
  uint64_t seed = 1;                // of the first run; schedules go on from it
  uint64_t seeds = 200;             // schedules tried for each scenario
  std::string scenario;             // schedules: this one alone
  std::string strategy;             // schedules: the one run of that scenario and seed, by this strategy (kernel/schedule_options.h)
  std::string trace;                // schedules: the file for the trace of that one run
  bool minimise = false;            // schedules: shorten those that find something
  Nanoseconds budget = std::chrono::minutes(1);  // wall-clock time for everything; what it cuts short is said
  bool allow_missing_imports = false;
  std::string command;              // "portside verify --driver cable.inf": what a replay's command line begins with
  std::function<void(double fraction, std::string_view check)> progress;
};

}  // namespace portside::verify
