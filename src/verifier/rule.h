#pragma once
// Rule: one row of what the verifier knows. Rows stand in rules.inc; docs and `portside explain` are made from them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace portside::verifier {

// Only violations fail a run.
enum class Grade {
  kViolation,  // the documentation forbids it, or a certification test fails for it
  kDeviation,  // it differs from what the documentation recommends or from what Windows' audio engine needs
  kAdvice,
};

struct Rule {
  std::string_view name;
  uint32_t bug_check;  // what Driver Verifier would stop Windows with; 0: it has no code for this
  uint32_t parameter;  // that bug check's first parameter; 0: none
  Grade grade;
  std::string_view page;      // of Microsoft's driver documentation, or a whole address
  std::string_view contract;  // what it says, in one sentence of ours
  std::string_view mend;      // what to do about it

  // "0xC4/0x71004", "0xD7", or "-" where Windows has no code.
  std::string code() const;
  std::string url() const;
};

enum class RuleId {
#define RULE(name, ...) k##name,
#include "verifier/rules.inc"
#undef RULE
  kCount
};

const Rule& rule(RuleId id);
std::span<const Rule> all_rules();

}  // namespace portside::verifier
