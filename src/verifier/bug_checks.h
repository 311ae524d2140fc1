#pragma once
// What the bug checks mean, a row each in bug_checks.inc: for reports and for `portside explain`.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace portside::verifier {

struct BugCheckInfo {
  uint32_t code;
  std::string_view name;  // "DRIVER_IRQL_NOT_LESS_OR_EQUAL"
  std::string_view page;  // of Microsoft's debugger documentation; empty: the code is Portside's own
  std::string_view what, mend;
  std::array<std::string_view, 4> parameters;  // empty: not used

  std::string url() const;  // empty without a page
};

std::span<const BugCheckInfo> all_bug_checks();
// Null: a code without a row.
const BugCheckInfo* find_bug_check(uint32_t code);
// What the value of a parameter (0 to 3) says: "write", "DISPATCH_LEVEL", the rule of Driver Verifier. Empty: nothing
// but itself.
std::string meaning_of(uint32_t code, size_t parameter, uint64_t value);

}  // namespace portside::verifier
