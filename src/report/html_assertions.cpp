// Assertions in report.html: what went wrong first, then every one, folded by name.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/html_parts.h"
#include "report/markup.h"

namespace portside::report {
namespace {

std::string_view chip_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed: return "passed";
    case Outcome::kFailed: return "failed";
    case Outcome::kWarned: return "warned";
    default: return "none";
  }
}

std::string row_html(const Assertion& a, bool with_name) {
  std::string measured;
  for (const Measurement& m : a.measurements)
    measured += fmt::format("<li>{} {:.4g} {}{}</li>", escape(m.name), m.value, escape(m.unit),
                            m.limit ? fmt::format(" <span class=\"muted\">of {:.4g}</span>", *m.limit) : "");
  std::string name;
  if (with_name) {
    const std::string url = a.page.starts_with("https:") || a.page.empty()
                                ? a.page
                                : "https://learn.microsoft.com/windows-hardware/drivers/" + a.page;
    name =
        fmt::format("<th scope=\"row\">{}</th>",
                    url.empty() ? escape(a.name)
                                : fmt::format("<a href=\"{}\" rel=\"noreferrer\">{}</a>", escape(url), escape(a.name)));
  }
  return fmt::format("<tr>{}<td>{}</td><td><span class=\"chip {}\">{}</span></td><td>{}</td><td>{}</td></tr>\n", name,
                     escape(a.subject), chip_of(a.outcome), name_of(a.outcome),
                     measured.empty() ? "" : "<ul class=\"limits\">" + measured + "</ul>", escape(a.sentence));
}

std::string table(std::string_view label, bool with_name, const std::string& rows) {
  return scrollable(label,
                    fmt::format("<table class=\"stacked\"><thead><tr>{}<th scope=\"col\">Subject</th><th "
                                "scope=\"col\">Outcome</th><th scope=\"col\">Measured</th><th scope=\"col\">Why</th>"
                                "</tr></thead><tbody>\n{}</tbody></table>",
                                with_name ? "<th scope=\"col\">Assertion</th>" : "", rows));
}

}  // namespace

std::string assertions_html(const CampaignReport& report) {
  if (report.assertions.empty()) return "";
  std::string out =
      "<section id=\"assertions\" aria-labelledby=\"h-assertions\"><h2 id=\"h-assertions\">Assertions</h2>\n";
  constexpr size_t kFewRows = 12;  // which nobody need filter
  if (report.assertions.size() > kFewRows)
    out +=
        "<p hidden><label for=\"filter\">Filter</label><br><input type=\"search\" id=\"filter\"> <span id=\"filtered\" "
        "class=\"muted\" role=\"status\"></span></p>\n";
  std::string wrong;
  for (const Outcome outcome : {Outcome::kFailed, Outcome::kWarned})
    for (const Assertion& a : report.assertions)
      if (a.outcome == outcome) wrong += row_html(a, true);
  if (!wrong.empty()) out += "<h3>What failed or warned</h3>\n" + table("What failed or warned", true, wrong);

  std::vector<std::string> order;  // checks, then names within them, as they were made
  std::map<std::string, std::vector<std::pair<std::string, std::vector<const Assertion*>>>> groups;
  for (const Assertion& a : report.assertions) {
    auto& names = groups[a.check];
    if (names.empty()) order.push_back(a.check);
    auto at = std::ranges::find(names, a.name, [](const auto& n) { return n.first; });
    if (at == names.end()) at = names.insert(names.end(), {a.name, {}});
    at->second.push_back(&a);
  }
  for (const std::string& check : order) {
    out += fmt::format("<h3>{}</h3>\n", escape(check));
    for (const auto& [name, members] : groups[check]) {
      std::map<Outcome, size_t> counts;
      std::string rows, chips;
      for (const Assertion* a : members) ++counts[a->outcome], rows += row_html(*a, false);
      for (const auto& [outcome, n] : counts)
        chips += fmt::format(" <span class=\"chip {}\">{} {}</span>", chip_of(outcome), grouped(n), name_of(outcome));
      out += fmt::format("<details><summary>{}{}</summary>\n{}</details>\n", escape(name), chips,
                         table(name, false, rows));
    }
  }
  return out + "</section>\n";
}

}  // namespace portside::report
