#include "report/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/html_parts.h"
#include "report/html_style.h"
#include "report/markup.h"

namespace portside::report {
namespace {

// For those who have it: everything can be read without. Rows that do not hold every word are hidden.
constexpr std::string_view kScript = R"js(
[].slice.call(document.querySelectorAll("#timelines .scroll")).forEach(function(s){var m=s.querySelector(".findingline");
if(m)s.scrollLeft=m.getBBox().x-s.clientWidth*.7});
(function(){var f=document.getElementById("filter");if(!f)return;f.parentNode.hidden=false;
var rows=[].slice.call(document.querySelectorAll("#assertions details tbody tr"));
var groups=[].slice.call(document.querySelectorAll("#assertions details"));
f.addEventListener("input",function(){var words=f.value.toLowerCase().split(/\s+/).filter(Boolean),n=0;
rows.forEach(function(r){var t=(r.closest("details").firstChild.textContent+" "+r.textContent).toLowerCase();r.hidden=!words.every(function(w){return t.indexOf(w)>=0});if(!r.hidden)n++});
groups.forEach(function(g){var any=[].some.call(g.querySelectorAll("tbody tr"),function(r){return !r.hidden});g.hidden=words.length>0&&!any;if(words.length)g.open=any});
document.getElementById("filtered").textContent=words.length?n+" of "+rows.length+" rows":""});})();
)js";

std::string fact(std::string_view name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, value);
}

std::string header(const CampaignReport& report) {
  const bool bad = report.failed();
  std::string verdict = report.verdict();
  if (!verdict.empty() && verdict[0] >= 'a' && verdict[0] <= 'z') verdict[0] = static_cast<char>(verdict[0] - 32);
  const std::string_view icon = bad ? R"(<path d="M12 3 2 20h20z"/><path d="M12 10v4M12 17v.01"/>)"
                                    : R"(<circle cx="12" cy="12" r="9"/><path d="m8 12 3 3 5-6"/>)";
  std::string out = fmt::format(
      "<header><p class=\"eyebrow\">portside verify</p><h1>{}</h1>\n<p class=\"verdict {}\"><svg viewBox=\"0 0 24 24\" "
      "fill=\"none\" stroke=\"currentColor\" "
      "stroke-width=\"2\" stroke-linecap=\"round\" stroke-linejoin=\"round\" "
      "aria-hidden=\"true\">{}</svg><span>{}{}</span></p>\n<dl class=\"facts\">",
      escape_name(report.driver), bad ? "bad" : "good", icon, bad ? "Failed: " : "",
      escape(bad ? report.verdict() : verdict));
  std::string endpoints;
  for (const std::string& e : report.endpoints) endpoints += (endpoints.empty() ? "" : ", ") + escape(e);
  out += fact("INF", escape_name(report.inf)) + fact("Endpoints", endpoints) +
         fact("Runs of a machine", grouped(report.runs)) +
         fact("Time on its clock", escape(time_text(static_cast<double>(report.machine_time.count())))) +
         fact("Took", fmt::format("{:.1f} s of {:.0f} s", report.wall_seconds, report.budget_seconds)) +
         fact("First seed", std::to_string(report.seed)) + fact("Portside", escape(report.portside_version));
  out += "</dl>\n";
  if (!report.command.empty()) out += fmt::format("<pre class=\"command\">{}</pre>\n", escape(report.command));
  return out;
}

std::string checks(const CampaignReport& report) {
  if (report.checks.empty()) return "";
  std::string rows;
  for (const CheckSummary& check : report.checks) {
    std::map<Outcome, size_t> counts;
    for (const Assertion& a : report.assertions)
      if (a.check == check.check) ++counts[a.outcome];
    const auto causes =
        std::ranges::count_if(report.problems, [&](const Problem& p) { return p.first.check == check.check; });
    std::string assertions;
    for (const auto& [outcome, n] : counts)
      assertions += fmt::format("{}{} {}", assertions.empty() ? "" : ", ", n, name_of(outcome));
    const std::string runs = check.run < check.planned
                                 ? fmt::format("{} of {}", grouped(check.run), grouped(check.planned))
                                 : grouped(check.run);
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"num\" data-label=\"runs\">{}</td><td class=\"num\" "
        "data-label=\"problems\">{}</td>"
        "<td data-label=\"assertions\">{}</td><td class=\"num\" data-label=\"time\">{:.1f} s</td><td>{}</td></tr>\n",
        escape(check.check), runs, causes, assertions.empty() ? "–" : assertions, check.wall_seconds,
        escape(check.note));
  }
  return "<section id=\"checks\" aria-labelledby=\"h-checks\"><h2 id=\"h-checks\">What was run</h2>\n" +
         scrollable("Checks",
                    "<table class=\"stacked\"><thead><tr><th scope=\"col\">Check</th><th scope=\"col\" "
                    "class=\"num\">Runs</th><th scope=\"col\" class=\"num\">Problems</th>"
                    "<th scope=\"col\">Assertions</th><th scope=\"col\" class=\"num\">Time</th><th "
                    "scope=\"col\">Note</th></tr></thead><tbody>\n" +
                        rows + "</tbody></table>") +
         "</section>\n";
}

}  // namespace

std::string scrollable(std::string_view label, std::string_view body) {
  return fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>\n", escape(label),
                     body);
}

std::string to_html(const CampaignReport& report, SourceFiles& sources) {
  struct Section {
    const char* id;
    const char* title;
    std::string body;
  };
  const Section sections[] = {{"checks", "What was run", checks(report)},
                              {"problems", "Problems", problems_html(report, sources)},
                              {"assertions", "Assertions", assertions_html(report)},
                              {"topology", "Topology", topology_html(report)},
                              {"streams", "Streams", streams_html(report)},
                              {"timelines", "Timelines", timelines_html(report)},
                              {"coverage", "Coverage", coverage_html(report, sources)}};
  std::string links, body;
  for (const Section& section : sections) {
    if (section.body.empty()) continue;
    links += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id, section.title);
    body += section.body;
  }
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{}: "
      "{}</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">To the report</a>\n<div class=\"page\">\n{}<nav "
      "aria-label=\"Sections\"><ul>{}</ul></nav></header>\n<main id=\"main\">\n{}</main>\n"
      "<footer>Written by Portside{}. Pages of Microsoft's documentation are linked, not "
      "quoted.</footer>\n</div>\n<script>{}</script>\n</body>\n</html>\n",
      escape(report.driver), escape(report.verdict()), kStyle, header(report), links, body,
      report.portside_version.empty() ? "" : " " + escape(report.portside_version), kScript);
}

}  // namespace portside::report
