#include "report/problem_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/source_files.h"
#include "verifier/bug_checks.h"

namespace portside::report {

// Addresses, sizes and times differ from build to build.
std::string without_numbers(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c < '0' || c > '9') out += c;
    else if (out.empty() || out.back() != '#') out += '#';
  return out;
}

namespace {

// A source of the driver kit, ours or Microsoft's, by the folder that it was compiled in.
bool is_of_kit(std::string_view file) {
  std::string path(file);
  std::ranges::replace(path, '\\', '/');
  for (const char* folder : {"/include/ddk/", "/portside/ddk/", "/cmake/driver_", "/cmake/Portside/driver_",
                             "/Windows Kits/", "/audio/backpln/stdunk/"})  // where Microsoft compiles stdunk.lib
    if (path.find(folder) != std::string::npos) return true;
  return false;
}

}  // namespace

std::string_view grade_word(verifier::Grade grade) {
  switch (grade) {
    case verifier::Grade::kViolation: return "violation";
    case verifier::Grade::kDeviation: return "deviation";
    case verifier::Grade::kAdvice: return "advice";
  }
  return "";
}

namespace {

const SourceFrame* place_of(const ResolvedStack& stack, bool allocators) {
  if (stack.frames.empty()) return nullptr;
  // Every mistake with memory goes through these two, and many a one through what the kit's headers have inline (a list's check of
  // its links) or its libraries hold (CUnknown); whose it is, their caller says.
  const auto passes_on = [&](const SourceFrame& f) { return (!allocators && f.is_allocator()) || is_of_kit(f.file); };
  const SourceFrame* known = nullptr;
  for (const SourceFrame& frame : stack.frames) {
    if (frame.file.empty() || frame.line == 0) continue;
    if (!passes_on(frame)) return &frame;
    if (!known) known = &frame;
  }
  return known ? known : &stack.frames.front();
}

}  // namespace

const SourceFrame* place_of(const ResolvedStack& stack) { return place_of(stack, false); }

const SourceFrame* place_of(const Problem& problem) {
  if (problem.stacks.empty()) return nullptr;
  // A tag is the allocator's own, whoever calls it.
  return place_of(problem.stacks.front(), problem.rule_id == verifier::RuleId::kPoolWrongTag);
}

std::string_view subject_of(const Problem& problem) {
  if (!problem.stacks.empty()) return {};
  for (const verifier::Fact& fact : problem.facts)
    if (fact.name == "subject" && fact.value != problem.what) return fact.value;
  return {};
}

std::string function_of(const SourceFrame& frame) {
  if (frame.function.empty()) return fmt::format("{}+0x{:x}", frame.image, frame.offset_in_image);
  // Not "operator()" and the like: a parenthesis that opens the parameters has a name before it.
  const size_t at = frame.function.find(
      '(', frame.function.find("operator(") == std::string::npos ? 0 : frame.function.find("operator(") + 10);
  return frame.function.substr(0, at);
}

std::string line_of(const SourceFrame& frame) {
  return frame.file.empty() ? std::string() : fmt::format("{}:{}", file_name(frame.file), frame.line);
}

std::string title_of(const BugCheckPage& page) {
  const verifier::BugCheckInfo* info = verifier::find_bug_check(page.code);
  const std::string name = !page.name.empty() ? page.name : info ? std::string(info->name) : std::string();
  return fmt::format("0x{:X}{}{}", page.code, name.empty() ? "" : " ", name);
}

std::string run_text(const RunName& run) {
  return fmt::format("{}{}, seed {}{}", run.check, run.scenario.empty() ? "" : ": " + run.scenario, run.seed,
                     run.fault.empty() ? "" : ", with a failure of " + run.fault);
}

std::vector<std::string> fingerprints(const CampaignReport& report) {
  std::map<std::string, int> seen;
  std::vector<std::string> out;
  for (const Problem& problem : report.problems) {
    const SourceFrame* place = place_of(problem);
    std::string key = fmt::format("{}|", problem.rule().name);
    if (place && !place->function.empty()) key += fmt::format("{}|{}", function_of(*place), file_name(place->file));
    else key += fmt::format("{}|{}", without_numbers(problem.what), place ? place->image : "");
    if (const int before = seen[key]++; before > 0) key += fmt::format("|{}", before + 1);
    out.push_back(std::move(key));
  }
  return out;
}

std::vector<const Problem*> by_importance(const CampaignReport& report) {
  std::vector<const Problem*> out;
  for (const Problem& problem : report.problems) out.push_back(&problem);
  const auto rank = [](const Problem* p) { return p->bug_check ? -1 : static_cast<int>(p->rule().grade); };
  std::sort(out.begin(), out.end(), [&](const Problem* a, const Problem* b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return a->runs != b->runs ? a->runs > b->runs : a < b;
  });
  return out;
}

}  // namespace portside::report
