#pragma once
// The checks there are, in the order in which they run.

#include <memory>
#include <string_view>
#include <vector>

#include "verify/check.h"

namespace portside::verify {

std::unique_ptr<Check> make_rules_check();
std::unique_ptr<Check> make_streams_check();
std::unique_ptr<Check> make_conformance_check();
std::unique_ptr<Check> make_faults_check();
std::unique_ptr<Check> make_life_check();
std::unique_ptr<Check> make_schedule_check();

const std::vector<std::unique_ptr<Check>>& all_checks();
const Check* find_check(std::string_view name);

}  // namespace portside::verify
