// Coverage in report.html: which lines of the driver ran, where it was built to count them.

#include <fmt/format.h>

#include <algorithm>

#include "report/html_parts.h"
#include "report/markup.h"

namespace portside::report {
namespace {

struct Count {
  size_t lines = 0, ran = 0;
  double share() const { return lines ? 100.0 * static_cast<double>(ran) / static_cast<double>(lines) : 100; }
};

Count count_of(const CoverageFile& file) {
  Count out;
  for (const auto& line : file.counts)
    if (line) ++out.lines, out.ran += *line > 0;
  return out;
}

std::string listing(const CoverageFile& file, const SourceFile& source) {
  std::string out = fmt::format("<details><summary>{}</summary><pre class=\"source\" tabindex=\"0\" aria-label=\"{}\">",
                                escape_name(file_name(file.path)), escape(file_name(file.path)));
  for (size_t i = 0; i < source.lines.size(); ++i) {
    const std::optional<uint64_t> count = i < file.counts.size() ? file.counts[i] : std::nullopt;
    out += fmt::format("<span{}><i>{}</i><b>{}</b>{}</span>", count && *count == 0 ? " class=\"never\"" : "", i + 1,
                       !count        ? ""
                       : *count == 0 ? "never"
                                     : grouped(*count),
                       escape(source.lines[i]));
  }
  return out + "</pre></details>\n";
}

}  // namespace

std::string coverage_html(const CampaignReport& report, SourceFiles& sources) {
  if (report.coverage.empty() && report.coverage_note.empty()) return "";
  std::string out = "<section id=\"coverage\" aria-labelledby=\"h-coverage\"><h2 id=\"h-coverage\">Coverage</h2>\n";
  if (report.coverage.empty()) return out + fmt::format("<p>{}</p></section>\n", escape(report.coverage_note));
  Count all;
  std::string rows, listings;
  size_t shown = 0;
  constexpr size_t kMostShown = 20'000;  // lines of source in the page
  std::vector<const CoverageFile*> files;
  for (const CoverageFile& file : report.coverage) files.push_back(&file);
  std::ranges::sort(files, {}, [](const CoverageFile* f) { return count_of(*f).share(); });
  for (const CoverageFile* file : files) {
    const Count count = count_of(*file);
    all.lines += count.lines, all.ran += count.ran;
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"num\" data-label=\"lines\">{}</td><td class=\"num\" "
        "data-label=\"ran\">{}</td><td class=\"num\">{:.0f} %</td>"
        "<td><span class=\"meter\" aria-hidden=\"true\"><span style=\"width:{:.1f}%\"></span></span></td></tr>\n",
        escape_name(file_name(file->path)), grouped(count.lines), grouped(count.ran), count.share(), count.share());
    const SourceFile* source = sources.find(file->path);
    if (!source || shown + source->lines.size() > kMostShown) continue;
    shown += source->lines.size();
    listings += listing(*file, *source);
  }
  out += fmt::format("<p>{} of {} lines ran in all runs together: {:.1f} %. Files with the least come first.</p>\n",
                     grouped(all.ran), grouped(all.lines), all.share());
  out += scrollable("Coverage by file",
                    "<table class=\"stacked\"><thead><tr><th scope=\"col\">File</th><th scope=\"col\" "
                    "class=\"num\">Lines</th><th scope=\"col\" class=\"num\">Ran</th>"
                    "<th scope=\"col\" class=\"num\">Share</th><th scope=\"col\"><span class=\"muted\">Share, "
                    "drawn</span></th></tr></thead><tbody>\n" +
                        rows + "</tbody></table>");
  if (!listings.empty())
    out += "<h3>Sources</h3>\n<p>Each line with how often it ran; those that never did are marked.</p>\n" + listings;
  return out + "</section>\n";
}

}  // namespace portside::report
