#pragma once
// The scenarios of the check "schedules": what must not disturb each other, done at once. Each draws from the machine's
// seed which endpoints it uses, how often, and when: mostly just before something is due, which is when things meet.

#include <string>
#include <string_view>
#include <vector>

#include "verify/scenario.h"

namespace portside::verify {

// Names without blanks: they stand in a replay's command line.
std::vector<std::string> schedule_scenario_names();
// Over the endpoints whose name holds `endpoint`. The error of a body is a request that failed on an open stream
// although nothing had befallen the device; a refusal to open is none.
std::vector<Scenario> schedule_scenarios(const std::string& endpoint);

}  // namespace portside::verify
