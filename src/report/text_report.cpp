#include "report/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "report/text_parts.h"

namespace portside::report {
namespace {

using verifier::Finding;
using verifier::Grade;

std::string stack_text(const verifier::LabelledStack& labelled, Symbols& symbols, const TextOptions& options) {
  std::string out;
  unsigned printed = 0;
  for (const uint64_t address : labelled.stack.addresses()) {
    for (const SourceFrame& frame : symbols.resolve(address)) {
      if (printed == options.stack_depth) return out;
      // The parameters of a C++ name fill a line and say little; the line number says the rest.
      const std::string function = frame.function.substr(0, frame.function.find('('));
      std::string name = frame.function.empty() ? fmt::format("{}+0x{:x}", frame.image, frame.offset_in_image)
                                                : fmt::format("{}!{}", frame.image, function);
      std::string where;
      if (!frame.file.empty())
        where = fmt::format("{}:{}", std::filesystem::path(frame.file).filename().string(), frame.line);
      out += fmt::format("  {:<14}{:<52} {}\n", printed == 0 ? labelled.label : "", name, where);
      ++printed;
    }
  }
  if (printed == 0) out = fmt::format("  {:<14}(no frame of the driver on this stack)\n", labelled.label);
  return out;
}

}  // namespace

std::string to_text(const Finding& finding, Symbols& symbols, const TextOptions& options) {
  const verifier::Rule& rule = finding.rule();
  const Painter paint(options.color);
  std::string out = fmt::format("{}  {}  {}{}\n", paint.grade(rule.grade, grade_name(rule.grade)),
                                paint.bold(rule.name), rule.bug_check ? "code " + rule.code() : "",
                                finding.times > 1 ? fmt::format("  ({} times)", finding.times) : "");
  out += paragraph("what", finding.what, options.width);
  out += fmt::format("  {:<14}{:.6f} s, thread \"{}\", IRQL {}\n", "when",
                     static_cast<double>(finding.when.count()) / 1e9, finding.thread, finding.irql);
  for (const auto& stack : finding.stacks) out += stack_text(stack, symbols, options);
  for (const auto& fact : finding.facts) out += paragraph(fact.name, fact.value, options.width);
  out += paragraph("contract", rule.contract, options.width);
  out += paragraph("mend", rule.mend, options.width);
  out += paragraph("page", rule.url(), 1000);
  return out;
}

std::string verdict(std::span<const Finding> findings) {
  const auto count = [&](Grade g) {
    return std::ranges::count_if(findings, [g](const Finding& f) { return f.rule().grade == g; });
  };
  std::string out;
  const auto add = [&](auto n, std::string_view one, std::string_view many) {
    if (n == 0) return;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", n, n == 1 ? one : many);
  };
  add(count(Grade::kViolation), "violation", "violations");
  add(count(Grade::kDeviation), "deviation", "deviations");
  add(count(Grade::kAdvice), "piece of advice", "pieces of advice");
  return out.empty() ? "clean" : out;
}

std::string to_text(std::span<const Finding> findings, Symbols& symbols, const TextOptions& options) {
  std::vector<const Finding*> sorted;
  for (const Finding& f : findings) sorted.push_back(&f);
  std::string out;
  // Violations first; within a grade in the order in which they were found.
  for (const Grade grade : {Grade::kViolation, Grade::kDeviation, Grade::kAdvice})
    for (const Finding* f : sorted)
      if (f->rule().grade == grade) out += to_text(*f, symbols, options) + "\n";
  return out + fmt::format("verdict: {}\n", verdict(findings));
}

}  // namespace portside::report
