#include "report/junit_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "report/markup.h"
#include "report/problem_text.h"

namespace portside::report {
namespace {

struct Suite {
  std::string name;
  double seconds = 0;
  size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::string cases;
};

std::string limits_text(const Assertion& assertion) {
  std::string out;
  for (const Measurement& m : assertion.measurements)
    out += fmt::format("{}: {:.6g} {}{}\n", m.name, m.value, m.unit,
                       m.limit ? fmt::format(" (limit {:.6g})", *m.limit) : "");
  return out;
}

std::string evidence(const Problem& problem) {
  std::string out = problem.what + "\n";
  if (problem.bug_check) out += fmt::format("bug check: {}\n", title_of(*problem.bug_check));
  for (const ResolvedStack& stack : problem.stacks) {
    out += stack.label + ":\n";
    for (const SourceFrame& frame : stack.frames)
      out += fmt::format("  {}!{}{}\n", frame.image, function_of(frame),
                         frame.file.empty() ? "" : fmt::format(" {}:{}", frame.file, frame.line));
  }
  for (const verifier::Fact& fact : problem.facts) out += fmt::format("{}: {}\n", fact.name, fact.value);
  return out + fmt::format("contract: {}\nmend: {}\npage: {}\nseen in: {}\nagain: {}\n", problem.rule().contract,
                           problem.rule().mend, problem.rule().url(), run_text(problem.first), problem.first.replay);
}

class Suites {
 public:
  explicit Suites(const CampaignReport& report) : report_(report) {
    for (const CheckSummary& check : report.checks) suite(check.check).seconds = check.wall_seconds;
  }

  void add(const Assertion& a) {
    Suite& to = suite(a.check);
    std::string body;
    switch (a.outcome) {
      case Outcome::kPassed: break;
      case Outcome::kFailed:
        ++to.failures;
        body = fmt::format("<failure message=\"{}\" type=\"assertion\">{}</failure>", escape(a.sentence),
                           escape(a.sentence + "\n" + limits_text(a)));
        break;
      case Outcome::kWarned:
        body = fmt::format("<system-out>{}</system-out>", escape("warned: " + a.sentence + "\n" + limits_text(a)));
        break;
      case Outcome::kNotApplicable:
      case Outcome::kNotRun:
        ++to.skipped;
        body =
            fmt::format("<skipped message=\"{}\"/>",
                        escape(fmt::format("{}{}{}", name_of(a.outcome), a.sentence.empty() ? "" : ": ", a.sentence)));
        break;
    }
    open_case(to, a.check, a.subject.empty() ? a.name : a.name + ": " + a.subject, a.wall_seconds, "", body);
  }

  void add(const Problem& problem) {
    const bool fails = problem.bug_check || problem.rule().grade == verifier::Grade::kViolation;
    Suite& to = suite(problem.first.check);
    to.failures += fails;
    const SourceFrame* place = place_of(problem);
    std::string name = fmt::format("rule {}", problem.rule().name), where;
    if (place) {
      name += " in " + function_of(*place);
      if (!place->file.empty()) where = fmt::format(" file=\"{}\" line=\"{}\"", escape(place->file), place->line);
    }
    if (const int before = names_[name]++; before > 0) name += fmt::format(" ({})", before + 1);
    const std::string text = escape(evidence(problem));
    open_case(to, problem.first.check, name, 0, where,
              fails ? fmt::format("<failure message=\"{}\" type=\"{}\">{}</failure>", escape(problem.what),
                                  grade_word(problem.rule().grade), text)
                    : fmt::format("<system-out>{}: {}</system-out>", grade_word(problem.rule().grade), text));
  }

  // A check whose runs broke no rule has passed that, too.
  void add_silence(const CheckSummary& check) {
    Suite& to = suite(check.check);
    if (check.run > 0) return open_case(to, check.check, "no rule is broken", check.wall_seconds, "", "");
    ++to.skipped;
    open_case(to, check.check, "no rule is broken", 0, "",
              fmt::format("<skipped message=\"{}\"/>", escape(check.note.empty() ? "not run" : check.note)));
  }

  void add_broken_off() {
    Suite& to = suite("campaign");
    ++to.errors;
    open_case(to, "campaign", "runs to its end", 0, "",
              fmt::format("<error message=\"{}\" type=\"broken off\"/>", escape(report_.broken_off)));
  }

  std::string text() const {
    std::string body;
    Suite all;
    for (const Suite& s : suites_) {
      all.tests += s.tests, all.failures += s.failures, all.errors += s.errors, all.skipped += s.skipped;
      body += fmt::format(
          "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n"
          "    <properties>\n      <property name=\"driver\" value=\"{}\"/>\n      <property name=\"seed\" "
          "value=\"{}\"/>\n"
          "    </properties>\n{}  </testsuite>\n",
          escape(s.name), s.tests, s.failures, s.errors, s.skipped, s.seconds, escape(report_.driver), report_.seed,
          s.cases);
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "time=\"{:.3f}\">\n{}</testsuites>\n",
        escape("portside verify " + report_.driver), all.tests, all.failures, all.errors, all.skipped,
        report_.wall_seconds, body);
  }

 private:
  Suite& suite(const std::string& name) {
    for (Suite& s : suites_)
      if (s.name == name) return s;
    suites_.push_back({});
    suites_.back().name = name;
    return suites_.back();
  }

  void open_case(Suite& to, const std::string& check, const std::string& name, double seconds, const std::string& where,
                 const std::string& body) {
    ++to.tests;
    to.cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"{}",
                            escape(report_.driver + "." + check), escape(name), seconds, where);
    to.cases += body.empty() ? "/>\n" : ">" + body + "</testcase>\n";
  }

  const CampaignReport& report_;
  std::vector<Suite> suites_;
  std::map<std::string, int> names_;  // two causes may lie in one function
};

}  // namespace

std::string to_junit(const CampaignReport& report) {
  Suites suites(report);
  for (const Assertion& a : report.assertions) suites.add(a);
  for (const Problem& p : report.problems) suites.add(p);
  for (const CheckSummary& check : report.checks)
    if (std::ranges::none_of(report.problems, [&](const Problem& p) { return p.first.check == check.check; }))
      suites.add_silence(check);
  if (!report.broken_off.empty()) suites.add_broken_off();
  return suites.text();
}

}  // namespace portside::report
