#pragma once
// Request: what to verify, and how far.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "host/install_plan.h"

namespace portside::loader {
class SourceLines;
}

namespace portside::verify {

// The name of the fault and of the event of the run in which nothing fails and nothing happens.
inline constexpr const char* kNothing = "none";

struct Request {
  host::InstallRequest driver;
  std::string endpoint;             // a part of a name; empty: all
  std::vector<std::string> checks;  // by name; empty: all
  uint64_t seed = 1;                // of the first run; schedules go on from it
  uint64_t seeds = 200;             // schedules tried for each scenario
  std::string scenario;             // schedules: this one alone
  std::string
      strategy;       // schedules: the one run of that scenario and seed, by this strategy (kernel/schedule_options.h)
  std::string trace;  // schedules: the file for the trace of that one run
  bool minimise = false;                          // schedules: shorten those that find something
  Nanoseconds budget = std::chrono::seconds(50);  // wall-clock time for everything; what it cuts short is said
  bool until_first = false;                       // ends with the first violation or failed assertion
  bool strict = false;                            // deviations fail the run as well
  double tolerance = 1;                           // conformance: limits, in published ones
  bool loopback = false;  // streams: the driver is said to give back what it plays, so that one that does not is wrong
  bool realtime = false;  // conformance: in real time, where figures are told and not judged
  // Why what is as much the device's doing (device_pace.h) is not held against the driver: "seen over a bus with faults".
  // Empty: it is.
  std::string device_pace_not_judged;
  std::string fault;              // the one failure to make, "pool:1a2b3c4d"; empty: every one
  double fault_rate = 0;          // above zero: each call fails with that probability, over `seeds` runs
  std::string life_event;         // the one event to make, as a report names it; empty: every one
  double set_state_limit_ms = 0;  // the longest that SetState may take; 0: MachineOptions' own
  bool allow_missing_imports = false;
  // MachineOptions::source_lines of each machine, shared with other campaigns; null: the campaign's own.
  std::shared_ptr<loader::SourceLines> source_lines;
  std::string command;  // "portside verify --driver cable.inf": what a replay's command line begins with
  // True: nothing more is begun, and the report is of what was found until then. Null: never.
  std::function<bool()> interrupted;
  std::function<void(double fraction, std::string_view check)> progress;
};

}  // namespace portside::verify
