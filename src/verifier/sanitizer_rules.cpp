#include "verifier/sanitizer_rules.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {

using sanitizer::BadPlace;

RuleId rule_of(BadPlace place) {
  switch (place) {
    case BadPlace::kStack: return RuleId::kStackTouchedOutside;
    case BadPlace::kStackAfterScope: return RuleId::kStackTouchedAfterScope;
    case BadPlace::kGlobal: return RuleId::kGlobalTouchedOutside;
    case BadPlace::kPoolFreed: return RuleId::kPoolTouchedAfterFree;
    case BadPlace::kPool:
    case BadPlace::kOther: return RuleId::kPoolTouchedOutside;
  }
  return RuleId::kPoolTouchedOutside;
}

}  // namespace

void SanitizerRules::on_bad_access(const sanitizer::BadAccess& access) {
  std::vector<LabelledStack> stacks{{"touched by", access.stack}};
  std::vector<Fact> facts;
  std::string object = access.object;
  if (access.place == BadPlace::kPool || access.place == BadPlace::kPoolFreed) {
    if (const auto pool = knowledge_.pool(access.bad)) {
      stacks.push_back({"allocated by", pool->block.allocated_at});
      stacks.push_back({"freed by", pool->block.freed_at});
      object = pool->sentence;
    }
  }
  if (!object.empty()) facts.push_back({"object", object});
  const std::string by = access.api.empty() ? "" : " by " + access.api;
  verifier_.report(
      rule_of(access.place),
      fmt::format("{} of {} bytes{} at 0x{:X}, of which byte {} is nobody's.", access.write ? "A write" : "A read",
                  access.bytes, by, access.address, access.bad - access.address),
      std::move(stacks), std::move(facts));
}

void SanitizerRules::on_undefined(const sanitizer::UndefinedBehaviour& seen) {
  std::vector<Fact> facts;
  if (!seen.file.empty()) facts.push_back({"source", fmt::format("{}:{}:{}", seen.file, seen.line, seen.column)});
  verifier_.report(RuleId::kUndefinedBehaviour, seen.sentence + ".", {{"done by", seen.stack}}, std::move(facts));
}

}  // namespace portside::verifier
