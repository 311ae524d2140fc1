#include "verifier/bug_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/bug_check.h"
#include "verifier/rule.h"

namespace portside::verifier {
namespace {

constexpr BugCheckInfo kBugChecks[] = {
#define BUG_CHECK(code, name, page, what, mend, p1, p2, p3, p4) {code, name, page, what, mend, {p1, p2, p3, p4}},
#define VALUE(...)
#include "verifier/bug_checks.inc"
#undef BUG_CHECK
#undef VALUE
};

struct Value {
  uint32_t code;
  size_t parameter;  // from 1, as they are spoken of
  uint64_t value;
  std::string_view meaning;
};
constexpr Value kValues[] = {
#define BUG_CHECK(...)
#define VALUE(code, parameter, value, meaning) {code, parameter, value, meaning},
#include "verifier/bug_checks.inc"
#undef BUG_CHECK
#undef VALUE
};

std::string_view exception_name(uint64_t code) {
  switch (static_cast<uint32_t>(code)) {
    case 0x80000003: return "STATUS_BREAKPOINT";
    case 0x80000004: return "STATUS_SINGLE_STEP";
    case 0xC0000005: return "STATUS_ACCESS_VIOLATION";
    case 0xC000001D: return "STATUS_ILLEGAL_INSTRUCTION";
    case 0xC0000094: return "STATUS_INTEGER_DIVIDE_BY_ZERO";
    case 0xC0000095: return "STATUS_INTEGER_OVERFLOW";
    case 0xC0000096: return "STATUS_PRIVILEGED_INSTRUCTION";
    case 0xC00000FD: return "STATUS_STACK_OVERFLOW";
    default: return "";
  }
}

std::string_view irql_name(uint64_t irql) {
  switch (irql) {
    case 0: return "PASSIVE_LEVEL";
    case 1: return "APC_LEVEL";
    case 2: return "DISPATCH_LEVEL";
    default: return irql <= 15 ? "a device's or higher" : "";
  }
}

}  // namespace

std::string BugCheckInfo::url() const {
  return page.empty() ? std::string()
                      : fmt::format("https://learn.microsoft.com/windows-hardware/drivers/debugger/{}", page);
}

std::span<const BugCheckInfo> all_bug_checks() { return kBugChecks; }

const BugCheckInfo* find_bug_check(uint32_t code) {
  const auto* found = std::ranges::find(kBugChecks, code, &BugCheckInfo::code);
  return found == std::end(kBugChecks) ? nullptr : found;
}

std::string meaning_of(uint32_t code, size_t parameter, uint64_t value) {
  for (const Value& v : kValues)
    if (v.code == code && v.parameter == parameter + 1 && v.value == value) return std::string(v.meaning);
  const BugCheckInfo* info = find_bug_check(code);
  if (!info || parameter >= info->parameters.size()) return "";
  const std::string_view name = info->parameters[parameter];
  if (name == "exception") return std::string(exception_name(value));
  if (name.starts_with("IRQL")) return std::string(irql_name(value));
  if (name == "rule") {
    std::string names;
    for (const Rule& rule : all_rules())
      if (rule.bug_check == code && rule.parameter == value && value != 0)
        names += (names.empty() ? "" : ", ") + std::string(rule.name);
    return names;
  }
  if (name.starts_with("address that was touched") && value < kernel::kNearNull)
    return "a null pointer, or a member of one";
  return "";
}

}  // namespace portside::verifier
