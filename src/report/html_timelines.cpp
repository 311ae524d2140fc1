// Timelines in report.html: who called what, and at which IRQL, one step after the other.

#include <fmt/format.h>

#include <algorithm>

#include "report/html_parts.h"
#include "report/markup.h"
#include "report/problem_text.h"
#include "report/timeline_steps.h"

namespace portside::report {
namespace {

std::string irql_text(uint8_t irql) {
  return irql == 0 ? "PASSIVE" : irql == 1 ? "APC" : irql == 2 ? "DISPATCH" : fmt::format("{}", irql);
}

std::string call_text(const Step& step) {
  return step.times > 1 ? fmt::format("{} ×{}", step.text, step.times) : step.text;
}

// As much of it as the room above the lanes holds; the whole stands in the square's title and in the table.
std::string label_text(const Step& step) {
  constexpr size_t kMost = 27;
  const std::string text = step.text.size() > kMost ? step.text.substr(0, kMost - 1) + "…" : step.text;
  return step.times > 1 ? fmt::format("{} ×{}", text, step.times) : text;
}

// Steps stand side by side whatever time lies between them: a call takes a tenth of a microsecond, a period ten
// milliseconds.
std::string strip(std::span<const Step> steps) {
  constexpr double kStep = 17, kLabels = 118, kLeft = 2, kNames = 150, kRow = 22, kIrqlRow = 14;
  std::vector<std::string> lanes;
  for (const Step& step : steps)
    if (!std::ranges::count(lanes, step.lane)) lanes.push_back(step.lane);
  std::ranges::sort(lanes, {}, [](const std::string& lane) { return lane == "DPC"; });
  uint8_t highest = 2;
  for (const Step& step : steps) highest = std::max(highest, std::min<uint8_t>(step.irql, 3));
  const double lanes_top = kNames + 8, irql_top = lanes_top + static_cast<double>(lanes.size()) * kRow + 14,
               bottom = irql_top + (highest + 1) * kIrqlRow;
  const double width = kLeft + static_cast<double>(steps.size()) * kStep + 60, height = bottom + 26;

  // The names of the lanes stay where they are when the steps are scrolled.
  std::string labels, out, path;
  for (size_t i = 0; i < lanes.size(); ++i) {
    const double y = lanes_top + static_cast<double>(i) * kRow;
    labels += fmt::format("<text x=\"0\" y=\"{:.1f}\" font-size=\"11.5\">{}</text>", y + 14,
                          escape(lanes[i].size() > 18 ? lanes[i].substr(0, 17) + "…" : lanes[i]));
    out += fmt::format("<path class=\"axis\" d=\"M{} {:.1f}H{:.0f}\"/>", kLeft, y + kRow - 1, width);
  }
  for (uint8_t level = 0; level <= highest; ++level)
    labels += fmt::format("<text class=\"small\" x=\"{}\" y=\"{:.1f}\" font-size=\"10\" text-anchor=\"end\">{}</text>",
                          kLabels - 6, bottom - level * kIrqlRow - 3, level == 3 ? "device" : irql_text(level));
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const double x = kLeft + static_cast<double>(i) * kStep;
    const size_t lane = static_cast<size_t>(std::ranges::find(lanes, step.lane) - lanes.begin());
    const bool bad = step.kind == Step::Kind::kFinding || step.kind == Step::Kind::kBugCheck;
    const std::string color = bad ? "finding"
                                  : fmt::format("l{}", step.lane == "DPC" ? 2
                                                       : lane == 0        ? 1
                                                                          : 3 + (lane - 1) % 5);
    if (bad)
      out += fmt::format("<path class=\"findingline\" d=\"M{0:.1f} {1}V{2:.1f}\"/>", x + kStep / 2, kNames, bottom);
    out += fmt::format(
        "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"2\"><title>{} · {} · processor "
        "{} · {}</title></rect>",
        color, x + 1, lanes_top + static_cast<double>(lane) * kRow + 3, kStep - 2, kRow - 7, escape(call_text(step)),
        escape(time_text(static_cast<double>(step.when.count()))), step.processor, irql_text(step.irql));
    out += fmt::format("<text{} transform=\"translate({:.1f} {})rotate(-60)\" font-size=\"10.5\"{}>{}</text>",
                       step.kind == Step::Kind::kEvent ? " class=\"small\"" : "", x + kStep / 2 + 3, kNames,
                       bad ? " font-weight=\"700\"" : "", escape(label_text(step)));
    const double y = bottom - std::min<uint8_t>(step.irql, 3) * kIrqlRow - kIrqlRow / 2;
    path += fmt::format("{}{:.1f}V{:.1f}", i == 0 ? "M" + fmt::format("{:.1f} {:.1f}H", x, y) : "H",
                        i == 0 ? x + kStep : x, y);
    if (i > 0) path += fmt::format("H{:.1f}", x + kStep);
    // Where time was skipped because everyone waited, say how much.
    if (i > 0 && (step.when - steps[i - 1].when).count() >= 100'000)
      out += fmt::format(
          "<path class=\"axis\" d=\"M{0:.1f} {1}V{2:.1f}\"/><text class=\"small\" x=\"{0:.1f}\" y=\"{3:.1f}\" "
          "font-size=\"10\" text-anchor=\"middle\">+{4}</text>",
          x, lanes_top, bottom, bottom + 16,
          escape(time_text(static_cast<double>((step.when - steps[i - 1].when).count()))));
  }
  out += fmt::format("<path class=\"irql\" d=\"{}\"/>", path);
  return fmt::format(
      "<div class=\"strip\"><svg class=\"fixed lanes\" aria-hidden=\"true\" width=\"{}\" height=\"{:.0f}\">{}</svg>"
      "<svg class=\"fixed\" role=\"img\" aria-label=\"{} steps: who ran, what was called, and the IRQL; the same "
      "stands in the table below\" width=\"{:.0f}\" height=\"{:.0f}\" "
      "viewBox=\"0 0 {:.0f} {:.0f}\">{}</svg></div>",
      kLabels, height, labels, steps.size(), width, height, width, height, out);
}

std::string rows(std::span<const Step> steps) {
  std::string out;
  for (const Step& step : steps) {
    const bool bad = step.kind == Step::Kind::kFinding || step.kind == Step::Kind::kBugCheck;
    out += fmt::format(
        "<tr><td class=\"num\">{:.4f} ms</td><td "
        "class=\"num\">{}</td><td>{}</td><td>{}</td><td>{}<code>{}</code></td></tr>\n",
        static_cast<double>(step.when.count()) / 1e6, step.processor, escape(step.lane), irql_text(step.irql),
        bad ? "<span class=\"chip violation\">here</span> " : "", escape(call_text(step)));
  }
  return out;
}

std::string table(std::span<const Step> steps) {
  return scrollable("Calls",
                    "<table><thead><tr><th scope=\"col\" class=\"num\">Time</th><th scope=\"col\" "
                    "class=\"num\">Processor</th><th scope=\"col\">Thread</th><th scope=\"col\">IRQL</th>"
                    "<th scope=\"col\">Call</th></tr></thead><tbody>\n" +
                        rows(steps) + "</tbody></table>");
}

}  // namespace

std::string last_calls_html(const Timeline& timeline, size_t most) {
  const std::vector<Step> steps = steps_of(timeline);
  // Up to the bug check itself, where it stands in this timeline.
  const auto end = std::ranges::find(steps, Step::Kind::kBugCheck, &Step::kind);
  const size_t count = static_cast<size_t>(end - steps.begin()) + (end != steps.end());
  const size_t first = count > most ? count - most : 0;
  return table(std::span(steps).subspan(first, count - first));
}

std::string timelines_html(const CampaignReport& report) {
  if (report.timelines.empty()) return "";
  constexpr size_t kMostSteps = 120;
  std::string out =
      "<section id=\"timelines\" aria-labelledby=\"h-timelines\"><h2 id=\"h-timelines\">Timelines</h2>\n"
      "<p>Who ran, what it called, and at which IRQL. One step after the other, not to scale: where time was skipped "
      "because every thread waited, the gap is told.</p>\n";
  for (size_t i = 0; i < report.timelines.size(); ++i) {
    const Timeline& timeline = report.timelines[i];
    const std::vector<Step> steps = steps_of(timeline);
    const std::span<const Step> window = window_of(steps, kMostSteps);
    out += fmt::format("<article id=\"timeline-{}\" aria-labelledby=\"t-{}\"><h3 id=\"t-{}\">{}</h3>\n", i + 1, i + 1,
                       i + 1, escape(run_text(timeline.run)));
    if (window.empty()) {
      out += "<p class=\"muted\">Nothing was recorded.</p></article>\n";
      continue;
    }
    out += scrollable("Timeline", strip(window));
    if (window.size() < steps.size() || timeline.truncated)
      out += fmt::format(
          "<p class=\"muted\">{} of {} steps{}; <code>trace.json</code> holds what was recorded, for "
          "ui.perfetto.dev.</p>\n",
          window.size(), grouped(steps.size()), timeline.truncated ? " that were kept" : "");
    out += "<details><summary>As a table</summary>\n" + table(window) + "</details></article>\n";
  }
  return out + "</section>\n";
}

}  // namespace portside::report
