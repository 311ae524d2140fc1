#include "report/campaign_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "report/text_parts.h"

namespace portside::report {
namespace {

std::string place_of(const SourceFrame& frame) {
  const std::string name = frame.function.empty() ? fmt::format("{}+0x{:x}", frame.image, frame.offset_in_image)
                                                  : fmt::format("{}!{}", frame.image, frame.function.substr(0, frame.function.find('(')));
  if (frame.file.empty()) return fmt::format("{:<52}", name);
  return fmt::format("{:<52} {}:{}", name, std::filesystem::path(frame.file).filename().string(), frame.line);
}

std::string stack_text(const ResolvedStack& stack, unsigned depth) {
  if (stack.frames.empty()) return fmt::format("  {:<14}(no frame of the driver on this stack)\n", stack.label);
  std::string out;
  for (size_t i = 0; i < std::min<size_t>(depth, stack.frames.size()); ++i)
    out += fmt::format("  {:<14}{}\n", i == 0 ? stack.label : "", place_of(stack.frames[i]));
  return out;
}

std::string problem_text(const Problem& problem, const TextOptions& options) {
  const verifier::Rule& rule = problem.rule();
  const Painter paint(options.color);
  std::string out = fmt::format("{}  {}  {}{}\n", paint.grade(rule.grade, grade_name(rule.grade)), paint.bold(rule.name),
                                rule.bug_check ? "code " + rule.code() : "",
                                problem.times > 1 ? fmt::format("  ({} times in {} run{})", problem.times, problem.runs, problem.runs > 1 ? "s" : "") : "");
  out += paragraph("what", problem.what, options.width);
  if (problem.bug_check)
    out += paragraph("bug check", fmt::format("0x{:X} {}", problem.bug_check->code, problem.bug_check->name), options.width);
  for (const ResolvedStack& stack : problem.stacks) out += stack_text(stack, options.stack_depth);
  for (const verifier::Fact& fact : problem.facts) out += paragraph(fact.name, fact.value, options.width);
  out += paragraph("contract", rule.contract, options.width);
  out += paragraph("mend", rule.mend, options.width);
  out += paragraph("page", rule.url(), 1000);
  out += paragraph("seen in", fmt::format("{}{}, seed {}{}", problem.first.check, problem.first.scenario.empty() ? "" : ": " + problem.first.scenario,
                                          problem.first.seed, problem.first.fault.empty() ? "" : ", with a failure of " + problem.first.fault),
                   options.width);
  out += paragraph("again", problem.first.replay, 1000);
  return out;
}

}  // namespace

std::string to_text(const CampaignReport& report, const TextOptions& options) {
  const Painter paint(options.color);
  std::string out;
  for (const verifier::Grade grade : {verifier::Grade::kViolation, verifier::Grade::kDeviation, verifier::Grade::kAdvice})
    for (const Problem& problem : report.problems)
      if (problem.rule().grade == grade) out += problem_text(problem, options) + "\n";
  for (const Assertion& a : report.assertions) {
    if (a.outcome != Outcome::kFailed && a.outcome != Outcome::kWarned) continue;
    out += fmt::format("{}  {}  {}\n", a.outcome == Outcome::kFailed ? paint.grade(verifier::Grade::kViolation, "FAILED") : paint.grade(verifier::Grade::kDeviation, "WARNED"),
                       paint.bold(a.name), a.subject);
    out += paragraph("why", a.sentence, options.width);
    for (const Measurement& m : a.measurements)
      out += paragraph(m.name, fmt::format("{:.4g} {}{}", m.value, m.unit, m.limit ? fmt::format(" (limit {:.4g})", *m.limit) : ""), options.width);
  }
  out += paint.bold("checks") + "\n";
  for (const CheckSummary& check : report.checks) {
    std::map<Outcome, size_t> counts;
    for (const Assertion& a : report.assertions)
      if (a.check == check.check) ++counts[a.outcome];
    std::string assertions;
    for (const auto& [outcome, n] : counts) assertions += fmt::format(", {} {}", n, name_of(outcome));
    out += fmt::format("  {:<14}{} of {} runs in {:.1f} s{}{}\n", check.check, check.run, check.planned, check.wall_seconds, assertions,
                       check.note.empty() ? "" : "; " + check.note);
  }
  return out + fmt::format("\nverdict: {}\n", report.verdict());
}

}  // namespace portside::report
