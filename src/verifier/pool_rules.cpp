#include "verifier/pool_rules.h"

#include <fmt/format.h>

#include <optional>

namespace portside::verifier {
namespace {

using kernel::PoolFault;

std::optional<RuleId> broken_rule(PoolFault fault) {
  switch (fault) {
    case PoolFault::kDoubleFree: return RuleId::kPoolFreedTwice;
    case PoolFault::kWrongTag: return RuleId::kPoolWrongTag;
    case PoolFault::kForeignPointer:
    case PoolFault::kInteriorPointer:
    case PoolFault::kNullPointer: return RuleId::kPoolForeignPointer;
    case PoolFault::kOverrun:
    case PoolFault::kUnderrun: return RuleId::kPoolOverrun;
    case PoolFault::kZeroBytes:
    case PoolFault::kZeroTag:
    case PoolFault::kBadFlags: return RuleId::kPoolBadArguments;
    case PoolFault::kLeak: return RuleId::kPoolLeaked;
  }
  return std::nullopt;
}

}  // namespace

void PoolRules::on_mistake(const kernel::PoolMistake& mistake) {
  const std::optional<RuleId> rule = broken_rule(mistake.fault);
  if (!rule) return;
  std::vector<LabelledStack> stacks;
  // A leak has no moment: where the block came from is where to look.
  if (mistake.fault != PoolFault::kLeak) stacks.push_back({"called by", mistake.stack});
  std::vector<Fact> facts;
  if (mistake.block) {
    stacks.push_back({"allocated by", mistake.block->allocated_at});
    // Of a block that this very call frees, or that nobody has freed, there is no earlier free to show.
    if (mistake.fault == PoolFault::kDoubleFree) stacks.push_back({"freed by", mistake.block->freed_at});
    facts.push_back({"object", fmt::format("pool block of {} bytes, tag '{}'", mistake.block->bytes,
                                           kernel::pool_tag_text(mistake.block->tag))});
  }
  if (mistake.fault == PoolFault::kWrongTag)
    facts.push_back({"tag given", fmt::format("'{}'", kernel::pool_tag_text(mistake.tag))});
  verifier_.report(*rule, mistake.sentence + ".", std::move(stacks), std::move(facts));
}

}  // namespace portside::verifier
