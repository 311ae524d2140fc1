#pragma once
// Why each rule is there, with a wrong and a right example: what `portside explain`, docs/rules.md and the reports say
// beside the row. The texts stand in rule_examples/.

#include <string_view>

#include "verifier/rule.h"

namespace portside::verifier {

struct Explanation {
  RuleId rule;
  std::string_view duty;   // whose: "the miniport stream"
  std::string_view why;    // what the rule protects from
  std::string_view wrong;  // C++
  std::string_view right;
};

// Null: nothing has been written for this rule yet.
const Explanation* find_explanation(RuleId rule);

}  // namespace portside::verifier
