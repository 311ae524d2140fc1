#include "verifier/rule.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {
using enum Grade;
constexpr Rule kRules[] = {
#define RULE(name, bug_check, parameter, grade, page, contract, mend) \
  {#name, bug_check, parameter, grade, page, contract, mend},
#include "verifier/rules.inc"
#undef RULE
};
static_assert(std::size(kRules) == static_cast<size_t>(RuleId::kCount));
}  // namespace

const Rule& rule(RuleId id) { return kRules[static_cast<size_t>(id)]; }
std::span<const Rule> all_rules() { return kRules; }

std::string Rule::code() const {
  if (bug_check == 0) return "-";
  return parameter ? fmt::format("0x{:X}/0x{:X}", bug_check, parameter) : fmt::format("0x{:X}", bug_check);
}

std::string Rule::url() const {
  if (page.starts_with("https:")) return std::string(page);
  return fmt::format("https://learn.microsoft.com/windows-hardware/drivers/{}", page);
}

}  // namespace portside::verifier
