// Problems in report.html: the causes, with source, stacks, history, contract, and how to run it again.

#include <fmt/format.h>

#include <algorithm>

#include "report/html_parts.h"
#include "report/markup.h"
#include "report/problem_text.h"
#include "verifier/bug_checks.h"
#include "verifier/explanations.h"

namespace portside::report {
namespace {

std::string at_text(const SourceFrame& frame) {
  const std::string line = line_of(frame);
  return line.empty() ? fmt::format("{}+0x{:x}", frame.image, frame.offset_in_image) : line;
}

std::string stack_html(const ResolvedStack& stack, SourceFiles& sources, bool open, bool with_excerpt) {
  if (stack.frames.empty())
    return fmt::format("<p class=\"muted\">{}: no frame of the driver on this stack.</p>\n", escape(stack.label));
  const SourceFrame& top = *place_of(stack);
  std::string out =
      fmt::format("<details class=\"stack\"{}><summary><strong>{}</strong> {} <span class=\"at\">{}</span></summary>\n",
                  open ? " open" : "", escape(stack.label), escape_name(function_of(top)), escape_name(at_text(top)));
  if (with_excerpt) out += excerpt_html(sources, top, 3);
  out += "<ol class=\"frames\">";
  for (const SourceFrame& frame : stack.frames)
    out += fmt::format("<li><code>{}!{}</code> <span class=\"at\">{}{}</span></li>", escape_name(frame.image),
                       escape_name(function_of(frame)), escape_name(at_text(frame)), frame.inlined ? ", inlined" : "");
  return out + "</ol></details>\n";
}

std::string row(std::string_view name, const std::string& html) {
  return fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape(name), html);
}

std::string link(const std::string& url) {
  return fmt::format("<a href=\"{0}\" rel=\"noreferrer\">{1}</a>", escape(url), escape_name(url));
}

std::string bug_check_html(const BugCheckPage& page) {
  const verifier::BugCheckInfo* info = verifier::find_bug_check(page.code);
  std::string out;
  if (info) out += fmt::format("<p>{} {}</p>\n", escape(info->what), escape(info->mend));
  out +=
      "<h4>Parameters</h4><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Parameters of the bug "
      "check\"><table class=\"stacked\"><thead><tr>"
      "<th scope=\"col\" class=\"num\">Number</th><th scope=\"col\">Value</th><th scope=\"col\">Is</th><th "
      "scope=\"col\">That is</th></tr></thead><tbody>\n";
  for (size_t i = 0; i < page.parameters.size(); ++i) {
    const std::string_view name = info && !info->parameters[i].empty() ? info->parameters[i] : "not used";
    out +=
        fmt::format("<tr><td class=\"num\">{}</td><td><code>0x{:X}</code></td><td>{}</td><td>{}</td></tr>\n", i + 1,
                    page.parameters[i], escape(name), escape(verifier::meaning_of(page.code, i, page.parameters[i])));
  }
  out += "</tbody></table></div>\n<dl class=\"rows\">";
  out += row("stopped", fmt::format("at {} on processor {}, thread “{}”, IRQL {}",
                                    escape(time_text(static_cast<double>(page.when.count()))), page.processor,
                                    escape(page.thread), page.irql));
  if (info && !info->page.empty()) out += row("bug check page", link(info->url()));
  return out + "</dl>\n";
}

// The window of a run's timeline may lie elsewhere.
bool holds(const Timeline& timeline, Nanoseconds when) {
  return !timeline.events.empty() && timeline.events.front().when <= when && when <= timeline.events.back().when;
}

std::string problem_html(const Problem& problem, size_t number, const CampaignReport& report, SourceFiles& sources) {
  const verifier::Rule& rule = problem.rule();
  const std::string_view grade = problem.bug_check ? "crash" : grade_word(rule.grade);
  const std::string title = problem.bug_check ? title_of(*problem.bug_check) : std::string(rule.name);
  const std::string_view code =
      problem.bug_check ? (rule.name == "BugCheck" ? std::string_view() : rule.name) : std::string_view();
  std::string out = fmt::format(
      "<article class=\"{}\" id=\"problem-{}\" aria-labelledby=\"p-{}\"><h3 id=\"p-{}\"><span class=\"chip "
      "{}\">{}</span> <span>{}</span> <code>{}</code></h3>\n",
      grade, number, number, number, grade, problem.bug_check ? "bug check" : grade, escape(title),
      escape(code.empty() ? (rule.bug_check ? rule.code() : std::string()) : std::string(code)));
  out += fmt::format("<p class=\"what\">{}</p>\n", escape(problem.what));
  const SourceFrame* place = place_of(problem);
  if (place) {
    const std::string excerpt = excerpt_html(sources, *place);
    out += excerpt.empty() ? fmt::format("<p class=\"muted\">{} in <code>{}</code></p>\n", escape_name(at_text(*place)),
                                         escape_name(function_of(*place)))
                           : excerpt;
  }
  if (problem.bug_check) out += bug_check_html(*problem.bug_check);
  for (size_t i = 0; i < problem.stacks.size(); ++i)
    out += stack_html(problem.stacks[i], sources, i == 0 || problem.bug_check.has_value(), i > 0);
  // The stack of the stop itself, where the finding has another one.
  if (problem.bug_check && problem.stacks.empty()) out += stack_html(problem.bug_check->stack, sources, true, true);

  out += "<dl class=\"rows\">";
  // The table above says these of a bug check, and better.
  const bool any_bug_check = problem.bug_check && rule.name == "BugCheck";
  for (const verifier::Fact& fact : problem.facts)
    if (!problem.bug_check || fact.name != "bug check") out += row(fact.name, escape(fact.value));
  if (!any_bug_check) out += row("contract", escape(rule.contract)) + row("mend", escape(rule.mend));
  if (const verifier::Explanation* why = verifier::find_explanation(problem.rule_id); why && rule.name != "BugCheck")
    out += row("why", fmt::format("{}<details><summary>A wrong and a right example</summary><pre tabindex=\"0\" "
                                  "aria-label=\"Wrong\">// wrong\n{}</pre>"
                                  "<pre tabindex=\"0\" aria-label=\"Right\">// right\n{}</pre></details>",
                                  escape(why->why), escape(why->wrong), escape(why->right)));
  if (!any_bug_check) out += row("page", link(rule.url()));
  if (!problem.bug_check && (problem.when.count() != 0 || !problem.thread.empty()))
    out += row("when",
               fmt::format("{}, thread “{}”, IRQL {}", escape(time_text(static_cast<double>(problem.when.count()))),
                           escape(problem.thread), problem.irql));
  out += row("seen in", escape(fmt::format("{}; {} time{} in {} run{}", run_text(problem.first), problem.times,
                                           problem.times == 1 ? "" : "s", problem.runs, problem.runs == 1 ? "" : "s")));
  if (problem.timeline && *problem.timeline < report.timelines.size() &&
      holds(report.timelines[*problem.timeline], problem.when))
    out +=
        row("around it", fmt::format("<a href=\"#timeline-{}\">the timeline of this run</a>", *problem.timeline + 1));
  out += "</dl>\n";
  if (problem.bug_check && problem.timeline && *problem.timeline < report.timelines.size() &&
      std::ranges::count(report.timelines[*problem.timeline].events, TimelineEvent::Kind::kBugCheck,
                         &TimelineEvent::kind))
    out += "<h4>The last calls before it</h4>\n" + last_calls_html(report.timelines[*problem.timeline], 24);
  if (!problem.first.replay.empty())
    out += fmt::format("<h4>Run it again</h4>\n<pre class=\"command\">{}</pre>\n", escape(problem.first.replay));
  return out + "</article>\n";
}

}  // namespace

std::string excerpt_html(SourceFiles& sources, const SourceFrame& frame, unsigned around) {
  const SourceFile* file = frame.line > 0 ? sources.find(frame.file) : nullptr;
  if (!file || frame.line > file->lines.size()) return "";
  const size_t first = frame.line > around ? frame.line - around : 1,
               last = std::min<size_t>(frame.line + around, file->lines.size());
  std::string out = fmt::format(
      "<figure class=\"excerpt\"><figcaption>{} in <code>{}</code></figcaption><pre class=\"source\" tabindex=\"0\" "
      "aria-label=\"Source\">",
      escape_name(fmt::format("{}:{}", file_name(frame.file), frame.line)), escape_name(function_of(frame)));
  for (size_t line = first; line <= last; ++line)
    out += fmt::format("<span{}><i>{}</i>{}</span>", line == frame.line ? " class=\"here\"" : "", line,
                       escape(file->lines[line - 1]));
  return out + "</pre></figure>\n";
}

std::string problems_html(const CampaignReport& report, SourceFiles& sources) {
  std::string out = "<section id=\"problems\" aria-labelledby=\"h-problems\"><h2 id=\"h-problems\">Problems</h2>\n";
  if (!report.broken_off.empty())
    out += fmt::format(
        "<article class=\"crash\"><h3><span class=\"chip crash\">broken off</span> The campaign ended before its "
        "time</h3><p class=\"what\">{}</p></article>\n",
        escape(report.broken_off));
  const std::vector<const Problem*> problems = by_importance(report);
  if (problems.empty())
    return out + (report.broken_off.empty() ? "<p>No rule was broken.</p></section>\n" : "</section>\n");
  out += fmt::format(
      "<p>{} cause{}, most important first. A cause is a rule broken at one place of the driver, however many runs saw "
      "it.</p>\n",
      problems.size(), problems.size() == 1 ? "" : "s");
  if (problems.size() > 1) {
    std::string rows;
    for (size_t i = 0; i < problems.size(); ++i) {
      const Problem& p = *problems[i];
      const SourceFrame* place = place_of(p);
      const std::string_view grade = p.bug_check ? "crash" : grade_word(p.rule().grade);
      rows += fmt::format(
          "<tr><td><span class=\"chip {}\">{}</span></td><td><a href=\"#problem-{}\">{}</a></td><td>{}</td><td "
          "class=\"num\" data-label=\"runs\">{}</td></tr>\n",
          grade, p.bug_check ? "bug check" : grade, i + 1,
          escape(p.bug_check ? title_of(*p.bug_check) : std::string(p.rule().name)),
          place                   ? escape(at_text(*place))
          : subject_of(p).empty() ? "–"
                                  : escape(subject_of(p)),
          grouped(p.runs));
    }
    out += scrollable("Causes",
                      "<table class=\"stacked\"><thead><tr><th scope=\"col\">Grade</th><th scope=\"col\">Rule</th><th "
                      "scope=\"col\">Place</th>"
                      "<th scope=\"col\" class=\"num\">Runs</th></tr></thead><tbody>\n" +
                          rows + "</tbody></table>");
  }
  for (size_t i = 0; i < problems.size(); ++i) out += problem_html(*problems[i], i + 1, report, sources);
  return out + "</section>\n";
}

}  // namespace portside::report
