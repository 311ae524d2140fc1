#include "verify/independence_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "verify/knob.h"

namespace portside::verify {
namespace {

using verifier::RuleId;
using Values = KnobBoard::Values;

void turn(Verdict& verdict, const KnobBoard& board, const Knob& knob) {
  const Values before = board.read(knob);
  std::vector<std::pair<const Knob*, Values>> others;
  for (const Knob& other : board.knobs())
    if (other.filter != knob.filter || other.node != knob.node) others.emplace_back(&other, board.read(other));
  if (!before.empty() && board.move(knob, before))
    for (const auto& [other, was] : others) {
      const Values now = board.read(*other);
      if (now == was) continue;
      verdict.fail(RuleId::kControlChangesAnother, knob.text(),
                   fmt::format("{} is set, and {} goes from {} to {}", knob.text(), other->text(), KnobBoard::text(was),
                               KnobBoard::text(now)));
    }
  board.set(knob, before);
  for (const auto& [other, was] : others)
    if (board.read(*other) != was) board.set(*other, was);
}

}  // namespace

void test_independence(Verdicts& verdicts, const std::vector<client::FilterInfo>& filters) {
  const KnobBoard board(filters);
  for (const client::FilterInfo& filter : filters) {
    if (std::ranges::none_of(board.knobs(), [&](const Knob& k) { return k.filter == &filter; })) continue;
    Verdict verdict(verdicts, "independent controls", filter.name, "audio/ksproperty-audio-volumelevel");
    for (const Knob& knob : board.knobs())
      if (knob.filter == &filter) turn(verdict, board, knob);
  }
}

}  // namespace portside::verify
