// portside support: what of Windows is here. --markdown is docs/support.md, --readme the block that README.md quotes.

#include <fmt/format.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "host/support.h"
#include "portside/command.h"
#include "portside/embedded.h"

namespace portside::tools {
namespace {

using host::Standing;
using host::SupportRow;

struct Totals {
  std::array<int, 4> counts{};
  void add(const SupportRow& row) { ++counts[static_cast<size_t>(row.standing)]; }
  int of(Standing standing) const { return counts[static_cast<size_t>(standing)]; }
  int all() const { return counts[0] + counts[1] + counts[2] + counts[3]; }
  int here() const { return all() - of(Standing::kMissing); }
  std::string text() const {
    return fmt::format("{} full, {} partial, {} stub, {} missing", counts[0], counts[1], counts[2], counts[3]);
  }
};

struct Chapter {
  std::string title;
  std::string about;
  std::vector<SupportRow> rows;
  bool name_missing_alone = false;  // what is missing is many: a list of names, not rows
  Totals totals() const {
    Totals totals;
    for (const SupportRow& row : rows) totals.add(row);
    return totals;
  }
};

std::vector<Chapter> chapters() {
  std::vector<Chapter> all;
  all.push_back(
      {"Interfaces",
       "The methods of PortCls' interfaces. Of interfaces that a driver implements, full means that the port calls the "
       "method when Microsoft's pages say.",
       host::support_of_interfaces()});
  all.push_back(
      {"Properties",
       "The property sets of audio, by who answers. A handler in the miniport's automation table always comes first.",
       host::support_of_properties()});
  // One image may have two lists (what Microsoft's pages give, and what they do not).
  std::map<std::string, std::string> lists;
  for (const EmbeddedFile* list = kImportLists; list->path; ++list) (lists[list->path] += list->text) += '\n';
  for (const char* image : {"portcls.sys", "drmk.sys", "ks.sys", "hal.dll", "ntoskrnl.exe", "WDFLDR.SYS"})
    all.push_back({image, "Functions that a driver may import.", host::support_of_exports(image, lists[image]), true});
  all.push_back({"KMDF", "The framework's functions, by their places in its table, as a PortCls driver uses it.",
                 host::support_of_framework(), true});
  return all;
}

std::string readme_block(const std::vector<Chapter>& all) {
  std::string out = "| | full | partial | stub | missing |\n|---|---|---|---|---|\n";
  const auto line = [&](std::string_view title, const Totals& t) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", title, t.counts[0], t.counts[1], t.counts[2], t.counts[3]);
  };
  for (const Chapter& c : all) {
    const bool image = c.title.find('.') != std::string::npos;
    line(image                     ? fmt::format("functions of `{}`", c.title)
         : c.title == "Interfaces" ? "methods of PortCls' interfaces"
         : c.title == "Properties" ? "properties of audio"
                                   : "functions of KMDF",
         c.totals());
  }
  return out;
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string markdown(const std::vector<Chapter>& all) {
  std::string out =
      "# What is supported\n\n"
      "Written by `portside support --markdown` from the tables that the program itself runs by; a test holds this "
      "page against them.\n"
      "*full*: as Microsoft documents it. *partial*: the note says what is missing. *stub*: there, so that a driver "
      "loads, and does nothing\n"
      "but what the note says. *missing*: a driver that imports it is not loaded; a method or property is "
      "refused.\n\n" +
      readme_block(all);
  for (const Chapter& c : all) {
    out += fmt::format("\n## {}\n\n{} {}.\n", c.title, c.about, c.totals().text());
    std::string group, missing;
    bool table_open = false;
    for (const SupportRow& row : c.rows) {
      if (c.name_missing_alone && row.standing == Standing::kMissing) {
        missing += fmt::format("{}`{}`", missing.empty() ? "" : ", ", row.name);
        continue;
      }
      if (!table_open || group != row.group) {
        group = row.group;
        out += group == c.title ? "\n" : fmt::format("\n### {}\n\n", group);
        out += "| | | |\n|---|---|---|\n";
        table_open = true;
      }
      out += fmt::format("| `{}` | {} | {} |\n", row.name, host::name_of(row.standing), cell(row.note));
    }
    if (!missing.empty())
      out += fmt::format("\n<details><summary>Missing: {}</summary>\n\n{}\n\n</details>\n",
                         c.totals().of(Standing::kMissing), missing);
  }
  return out;
}

ExitCode support(const Console& console, const std::string& form) {
  const std::vector<Chapter> all = chapters();
  if (form == "markdown") {
    console.product(markdown(all));
  } else if (form == "readme") {
    console.product(readme_block(all));
  } else if (console.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const Chapter& c : all)
      for (const SupportRow& row : c.rows)
        out.push_back({{"chapter", c.title},
                       {"group", row.group},
                       {"name", row.name},
                       {"support", host::name_of(row.standing)},
                       {"note", row.note}});
    console.document(out);
  } else {
    for (const Chapter& c : all) {
      console.heading(fmt::format("{}: {}", c.title, c.totals().text()));
      for (const SupportRow& row : c.rows)
        if (row.standing == Standing::kPartial || row.standing == Standing::kStub)
          console.line(fmt::format("  {:<9}{:<44}{}", host::name_of(row.standing), row.name, row.note));
    }
  }
  return ExitCode::kClean;
}

}  // namespace

Runner add_support(CLI::App& app) {
  auto markdown = std::make_shared<bool>(false), readme = std::make_shared<bool>(false);
  auto* first = app.add_flag("--markdown", *markdown, "Print docs/support.md");
  app.add_flag("--readme", *readme, "Print the totals that README.md quotes")->excludes(first);
  return [markdown, readme](const Console& console) {
    return support(console, *markdown ? "markdown" : *readme ? "readme" : "");
  };
}

}  // namespace portside::tools
