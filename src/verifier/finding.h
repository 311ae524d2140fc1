#pragma once
// Finding: a rule that was broken, with its evidence: who, where, the object's history.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/stack.h"
#include "verifier/rule.h"

namespace portside::verifier {

struct LabelledStack {
  std::string label;  // "mapped by", "freed by"
  StackTrace stack;
};

struct Fact {
  std::string name;
  std::string value;
};

struct Finding {
  RuleId rule_id;
  std::string what;                   // one sentence: what happened this time
  std::vector<LabelledStack> stacks;  // the first is where the rule was broken
  std::vector<Fact> facts;
  // What breaks it, where no place in the driver tells that ("playback stream of ac97"): one cause is one finding. Else empty.
  std::string culprit;
  Nanoseconds when{0};
  std::string thread;
  unsigned irql = 0;
  uint32_t times = 1;  // how often the same stack broke the same rule

  const Rule& rule() const { return verifier::rule(rule_id); }
};

}  // namespace portside::verifier
