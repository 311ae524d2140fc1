#pragma once
// Findings as text for a terminal.

#include <span>
#include <string>

#include "report/symbols.h"
#include "verifier/finding.h"

namespace portside::report {

struct TextOptions {
  bool color = false;
  unsigned width = 100;      // columns to wrap at
  unsigned stack_depth = 6;  // frames printed of each stack
};

// One finding: rule, code, what happened, each stack with file and line, what the contract says, how to mend it.
std::string to_text(const verifier::Finding& finding, Symbols& symbols, const TextOptions& options);

// All of them, violations first, and a closing line: "verdict: 1 violation, 2 deviations".
std::string to_text(std::span<const verifier::Finding> findings, Symbols& symbols, const TextOptions& options);

// "clean", or "2 violations, 1 deviation".
std::string verdict(std::span<const verifier::Finding> findings);

}  // namespace portside::report
