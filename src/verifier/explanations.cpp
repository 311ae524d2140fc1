#include "verifier/explanations.h"

#include <algorithm>
#include <array>

namespace portside::verifier {
namespace {

// By name, so that rows may stand in any order; a name that is no rule's does not compile, and neither does a second
// text for one.
constexpr Explanation kExplanations[] = {
#define EXPLAIN(rule, duty, why, wrong, right) {RuleId::k##rule, duty, why, wrong, right},
#include "verifier/rule_examples/conformance.inc"
#include "verifier/rule_examples/devices.inc"
#include "verifier/rule_examples/failures.inc"
#include "verifier/rule_examples/hardware.inc"
#include "verifier/rule_examples/irps.inc"
#include "verifier/rule_examples/irql.inc"
#include "verifier/rule_examples/leftovers.inc"
#include "verifier/rule_examples/locks.inc"
#include "verifier/rule_examples/mdls.inc"
#include "verifier/rule_examples/objects.inc"
#include "verifier/rule_examples/packets.inc"
#include "verifier/rule_examples/pages.inc"
#include "verifier/rule_examples/pool.inc"
#include "verifier/rule_examples/portcls.inc"
#include "verifier/rule_examples/power.inc"
#include "verifier/rule_examples/raised_irql.inc"
#include "verifier/rule_examples/stream_checks.inc"
#include "verifier/rule_examples/streams.inc"
#include "verifier/rule_examples/topology.inc"
#undef EXPLAIN
};

constexpr bool each_rule_once() {
  std::array<bool, static_cast<size_t>(RuleId::kCount)> seen{};
  for (const Explanation& e : kExplanations) {
    bool& mark = seen[static_cast<size_t>(e.rule)];
    if (mark) return false;
    mark = true;
  }
  return true;
}
static_assert(each_rule_once(), "a rule has two explanations");

}  // namespace

const Explanation* find_explanation(RuleId rule) {
  const auto* found = std::ranges::find(kExplanations, rule, &Explanation::rule);
  return found == std::end(kExplanations) ? nullptr : found;
}

}  // namespace portside::verifier
