#pragma once
// run_program: a tool of the host (dot, llvm-cov), run to its end with no shell between.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portside {

// What the program wrote to its standard output. Its input is `input`; what it says on standard error is dropped.
// kNotFound: no such program in the path. kUnsuccessful: it failed, or was not done in `limit` and
// was ended.
// The host's own thread.
Result<std::string> run_program(const std::string& program, std::vector<std::string> arguments,
                                std::string_view input = {}, std::optional<std::chrono::milliseconds> limit = {});

}  // namespace portside
