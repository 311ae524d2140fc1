#include "verify/problem_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ranges>
#include <set>

#include "base/printable.h"
#include "host/machine.h"
#include "kernel/services.h"
#include "loader/allocator_frame.h"
#include "loader/image.h"
#include "loader/loader.h"

namespace portside::verify {
namespace {

report::ResolvedStack resolve(report::Symbols& symbols, std::string label, const StackTrace& stack) {
  report::ResolvedStack out{std::move(label), {}};
  for (const uint64_t address : stack.addresses())
    for (report::SourceFrame& frame : symbols.resolve(address)) out.frames.push_back(std::move(frame));
  return out;
}

report::BugCheckPage page_of(host::Machine& machine, const kernel::BugCheckRecord& record) {
  report::BugCheckPage page;
  page.code = record.code;
  page.name = kernel::bug_check_name(record.code);
  page.parameters = record.parameters;
  page.sentence = record.sentence;
  page.thread = record.thread;
  page.processor = record.processor;
  page.irql = record.irql;
  page.when = record.time;
  page.stack = resolve(machine.symbols(), "stopped by", record.stack);
  return page;
}

// The last lines of what drivers printed, as a debugger would have them on its screen; "" when they printed nothing.
std::string printed_last(host::Machine& machine) {
  constexpr size_t kLines = 4;
  std::string all;
  for (const kernel::LogLine& line : machine.services().log().lines()) all += line.text;
  std::vector<std::string_view> lines;
  for (const auto part : std::views::split(std::string_view(all), '\n'))
    if (std::string_view line(part); !line.empty() && line != "\r") {
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines.push_back(line);
    }
  if (lines.size() > kLines) lines.erase(lines.begin(), lines.end() - kLines);
  return printable(fmt::format("{}", fmt::join(lines, " / ")));
}

}  // namespace

std::string ProblemList::cause_key(host::Machine& machine, const verifier::Finding& finding) {
  if (!finding.culprit.empty()) return fmt::format("{}: {}", finding.rule().name, finding.culprit);
  std::string place;
  for (const auto& labelled : finding.stacks) {
    bool allocator = false;
    for (const uint64_t address : labelled.stack.addresses()) {
      const loader::Image* image = machine.loader().images().find(address);
      if (!image) continue;
      // Where an allocator is all that there is, it is the place.
      place = fmt::format("{}+0x{:x}", image->name(), address - image->base());
      // A tag is the allocator's own, whoever calls it.
      if (finding.rule_id == verifier::RuleId::kPoolWrongTag) break;
      allocator = loader::is_allocator_frame(*image, address, allocator);
      if (!allocator) break;
    }
    if (finding.rule_id == verifier::RuleId::kPoolWrongTag && !place.empty())
      for (const verifier::Fact& fact : finding.facts)
        if (fact.name == "tag given") place += fact.value;
    if (!place.empty()) return fmt::format("{}@{}", finding.rule().name, place);
  }
  return fmt::format("{}: {}", finding.rule().name, finding.what);
}

report::Problem& ProblemList::merge(const std::string& key, bool& is_new) {
  const auto [at, inserted] = by_key_.try_emplace(key, problems_.size());
  is_new = inserted;
  if (inserted) problems_.emplace_back();
  return problems_[at->second];
}

report::Problem* ProblemList::find(const std::string& cause_key) {
  const auto found = by_key_.find(cause_key);
  return found == by_key_.end() ? nullptr : &problems_[found->second];
}

size_t ProblemList::add(host::Machine& machine, const std::vector<verifier::Finding>& findings,
                        const report::RunName& run) {
  size_t added = 0;
  std::set<size_t> seen_in_this_run;
  const auto& bug_check = machine.bug_check();
  for (const verifier::Finding& finding : findings) {
    bool is_new = false;
    report::Problem& problem = merge(cause_key(machine, finding), is_new);
    const bool again = !seen_in_this_run.insert(static_cast<size_t>(&problem - problems_.data())).second;
    if (!is_new) {
      problem.times += finding.times;
      problem.runs += !again;
      continue;
    }
    ++added;
    problem.rule_id = finding.rule_id;
    problem.what = finding.what;
    problem.facts = finding.facts;
    problem.when = finding.when;
    problem.thread = finding.thread;
    problem.irql = finding.irql;
    problem.times = finding.times;
    problem.first = run;
    for (const auto& labelled : finding.stacks)
      problem.stacks.push_back(resolve(machine.symbols(), labelled.label, labelled.stack));
    // The finding that the machine's end was made into is the last one.
    if (!bug_check || &finding != &findings.back()) continue;
    problem.bug_check = page_of(machine, *bug_check);
    if (std::string printed = printed_last(machine); !printed.empty())
      problem.facts.push_back({"printed last", std::move(printed)});
  }
  return added;
}

size_t ProblemList::add(verifier::RuleId rule, std::string subject, std::string what, std::vector<verifier::Fact> facts,
                        const report::RunName& run) {
  bool is_new = false;
  report::Problem& problem = merge(fmt::format("{}: {}", verifier::rule(rule).name, subject), is_new);
  if (!is_new) {
    ++problem.times;
    const report::RunName& first = problem.first;
    problem.runs += first.check != run.check || first.scenario != run.scenario || first.seed != run.seed ||
                    first.fault != run.fault;
    return 0;
  }
  problem.rule_id = rule;
  problem.what = std::move(what);
  problem.facts = std::move(facts);
  problem.first = run;
  return 1;
}

}  // namespace portside::verify
