#include "report/campaign_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "report/problem_text.h"
#include "report/source_files.h"
#include "report/text_parts.h"

namespace portside::report {
namespace {

std::string frame_text(const SourceFrame& frame) {
  const std::string line = line_of(frame);
  return line.empty() ? function_of(frame) : fmt::format("{:<24} {}", line, function_of(frame));
}

// One frame of each stack says who, and where; the whole stacks are in the report.
std::string stacks_text(const Problem& problem) {
  std::string out;
  const auto row = [&](std::string_view label, const SourceFrame& frame) {
    out += fmt::format("  {:<13} {}\n", label, frame_text(frame));
  };
  for (const ResolvedStack& stack : problem.stacks) {
    const bool first = &stack == problem.stacks.data();
    const SourceFrame* place = first ? place_of(problem) : place_of(stack);
    if (!place) continue;
    row(stack.label, *place);
    // A pointer that is null, or an index that is wild, came from there.
    const SourceFrame* caller = place + 1;
    if (first && problem.bug_check && caller < stack.frames.data() + stack.frames.size() && caller->line > 0)
      row("called from", *caller);
  }
  return out;
}

std::string problem_text(const Problem& problem, const SummaryOptions& options) {
  const verifier::Rule& rule = problem.rule();
  const Painter paint(options.text.color);
  std::string seen;
  if (problem.runs > 1) seen = fmt::format("  in {} runs", problem.runs);
  else if (problem.times > 1) seen = fmt::format("  {} times", problem.times);
  std::string out = problem.bug_check
                        ? fmt::format("{}  {}  {}{}\n", paint.grade(verifier::Grade::kViolation, "BUG CHECK"),
                                      paint.bold(title_of(*problem.bug_check)),
                                      rule.name == "BugCheck" ? "" : rule.name, paint.dim(seen))
                        : fmt::format("{}  {}  {}{}\n", paint.grade(rule.grade, grade_name(rule.grade)),
                                      paint.bold(rule.name), rule.bug_check ? rule.code() : "", paint.dim(seen));
  out += paragraph("what", problem.what, options.text.width);
  if (const std::string_view subject = subject_of(problem); !subject.empty())
    out += paragraph("of", std::string(subject), options.text.width);
  out += stacks_text(problem);
  for (const verifier::Fact& fact : problem.facts)  // what --minimise came to
    if (fact.name == "schedule" || fact.name == "shortest replay" || fact.name == "asked for")
      out += paragraph(fact.name, fact.value, fact.name == "shortest replay" ? 1000 : options.text.width);
  if (rule.name != "BugCheck") out += paragraph("mend", rule.mend, options.text.width);
  out += paragraph("again", problem.first.replay, 1000);
  return out + "\n";
}

using AssertionGroup = std::pair<const std::pair<std::string, std::string>, std::vector<const Assertion*>>;

// Of each name's assertions, those that all say the same, as where Windows stops: many of them are told together.
std::map<std::string, std::vector<const AssertionGroup*>> alike(
    const std::map<std::pair<std::string, std::string>, std::vector<const Assertion*>>& groups) {
  constexpr size_t kFewest = 3;
  std::map<std::string, std::vector<const AssertionGroup*>> by_sentence;
  for (const AssertionGroup& group : groups) {
    const std::string& sentence = group.second.front()->sentence;
    const bool same = std::ranges::all_of(
        group.second, [&](const Assertion* a) { return a->sentence == sentence && a->measurements.empty(); });
    if (same && !sentence.empty()) by_sentence[sentence].push_back(&group);
  }
  std::erase_if(by_sentence, [](const auto& entry) { return entry.second.size() < kFewest; });
  return by_sentence;
}

// Assertions by what they say, without its numbers, in the order of their first; the last entry stands for all that are many.
std::vector<std::pair<std::string, std::vector<const Assertion*>>> by_sentence(
    const std::vector<const Assertion*>& members) {
  constexpr size_t kMost = 4;
  std::vector<std::pair<std::string, std::vector<const Assertion*>>> out;
  std::map<std::string, size_t> at;
  size_t more = 0;
  for (const Assertion* a : members) {
    const auto [known, is_new] = at.try_emplace(without_numbers(a->sentence), out.size());
    if (!is_new) {
      if (known->second < out.size()) out[known->second].second.push_back(a);
    } else if (out.size() < kMost) {
      out.push_back({a->sentence, {a}});
    } else {
      known->second = kMost;
      ++more;
    }
  }
  if (more) out.back().first += fmt::format("; and {} more reason{}", more, more == 1 ? "" : "s");
  return out;
}

std::string label_of(Outcome outcome, const Painter& paint) {
  const bool failed = outcome == Outcome::kFailed;
  return paint.grade(failed ? verifier::Grade::kViolation : verifier::Grade::kDeviation, failed ? "FAILED" : "WARNED");
}

// Assertions that went wrong, one entry a name: forty formats that fail alike are one thing to mend.
std::string assertions_text(const CampaignReport& report, Outcome outcome, const SummaryOptions& options) {
  const Painter paint(options.text.color);
  std::map<std::pair<std::string, std::string>, std::vector<const Assertion*>> groups;
  for (const Assertion& a : report.assertions)
    if (a.outcome == outcome) groups[{a.check, a.name}].push_back(&a);
  std::set<const std::vector<const Assertion*>*> told;
  std::string out;
  for (const auto& [sentence, together] : alike(groups)) {
    size_t count = 0;
    std::string names;
    for (const AssertionGroup* group : together) {
      count += group->second.size();
      names += (names.empty() ? "" : ", ") + group->first.second;
    }
    out += fmt::format("{}  {}\n", label_of(outcome, paint), paint.bold(fmt::format("{} assertions", count)));
    out += paragraph("why", sentence, options.text.width);
    out += paragraph("of", names, options.text.width) + "\n";
    for (const AssertionGroup* group : together) told.insert(&group->second);
  }
  for (const auto& [key, members] : groups) {
    if (told.contains(&members)) continue;
    const auto [check, name] = key;
    const auto of = std::ranges::count_if(report.assertions, [&](const Assertion& a) {
      return a.check == check && a.name == name && a.outcome != Outcome::kNotApplicable &&
             a.outcome != Outcome::kNotRun;
    });
    out += fmt::format("{}  {}  {}\n", label_of(outcome, paint), paint.bold(name),
                       of > 1 ? fmt::format("{} of {} in {}", members.size(), of, check) : check);
    const Assertion& first = *members.front();
    for (const auto& [sentence, alike] : by_sentence(members)) {
      out += paragraph("why", sentence, options.text.width);
      if (!alike.front()->subject.empty())
        out += paragraph(alike.size() > 1 ? "first" : "where", alike.front()->subject, options.text.width);
    }
    for (const Measurement& m : first.measurements)
      if (m.limit)
        out +=
            paragraph(m.name, fmt::format("{:.4g} {} (limit {:.4g})", m.value, m.unit, *m.limit), options.text.width);
    out += "\n";
  }
  return out;
}

std::string checks_text(const CampaignReport& report, const Painter& paint) {
  std::string out;
  size_t width = 14;
  for (const CheckSummary& check : report.checks) width = std::max(width, check.check.size() + 2);
  for (const CheckSummary& check : report.checks) {
    std::map<Outcome, size_t> counts;
    for (const Assertion& a : report.assertions)
      if (a.check == check.check) ++counts[a.outcome];
    std::string assertions;
    for (const auto& [outcome, n] : counts) assertions += fmt::format(", {} {}", n, name_of(outcome));
    const std::string runs = check.planned > check.run ? fmt::format("{} of {} runs", check.run, check.planned)
                                                       : fmt::format("{} run{}", check.run, check.run == 1 ? "" : "s");
    out += fmt::format("  {:<{}}{}{} {}{}\n", check.check, width, runs, assertions,
                       paint.dim(fmt::format("({:.1f} s)", check.wall_seconds)),
                       check.note.empty() ? "" : "; " + check.note);
  }
  return out;
}

}  // namespace

std::string to_text(const CampaignReport& report, const SummaryOptions& options) {
  const Painter paint(options.text.color);
  const std::vector<const Problem*> problems = by_importance(report);
  const auto is_advice = [](const Problem* p) {
    return !p->bug_check && p->rule().grade != verifier::Grade::kViolation;
  };
  std::string out;
  size_t told = 0;
  // What fails a run is told whole.
  const auto tell = [&](bool advice) {
    for (const Problem* problem : problems)
      if (is_advice(problem) == advice && (!advice || told < options.most_problems))
        out += problem_text(*problem, options), ++told;
  };
  tell(false);
  out += assertions_text(report, Outcome::kFailed, options);
  tell(true);
  out += assertions_text(report, Outcome::kWarned, options);
  if (told < problems.size())
    out += fmt::format("{} more; {}\n\n", problems.size() - told,
                       options.folder.empty() ? "--report DIR writes them all" : "they are in the report");
  out += checks_text(report, paint) + "\n";
  if (!options.folder.empty()) out += fmt::format("report: {}/report.html\n", options.folder);
  else if (!problems.empty()) out += paint.dim("(whole stacks, sources and timelines: --report DIR)") + "\n";
  const std::string verdict = report.verdict();
  return out +
         fmt::format("verdict: {}\n", report.failed() ? paint.grade(verifier::Grade::kViolation, verdict) : verdict);
}

}  // namespace portside::report
