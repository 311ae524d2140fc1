#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "report/campaign_text.h"
#include "report/html_report.h"
#include "report/json_report.h"
#include "report/junit_report.h"
#include "report/markup.h"
#include "report/problem_text.h"
#include "report/report_fixture.h"
#include "report/report_folder.h"
#include "report/sarif_report.h"
#include "report/trace_report.h"
#include "verifier/bug_checks.h"
#include "verifier/explanations.h"

namespace portside::report {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Report : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::path(testing::TempDir()) / fs::path("portside-report-" + std::to_string(getpid()));
    fs::create_directories(folder / "src" / "wave");
    std::ofstream out(folder / "src" / "wave" / "stream file.cpp");
    for (int i = 1; i <= 40; ++i) out << "line " << i << " <&>\n";
    out.close();
    report = full_report((folder / "src" / "wave" / "stream file.cpp").string());
  }
  void TearDown() override { fs::remove_all(folder); }
  SourceFiles sources() const { return SourceFiles({folder}, folder); }

  fs::path folder;
  CampaignReport report;
};

size_t count(std::string_view text, std::string_view what) {
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Markup, EscapesWhatMarkupAndXmlCannotHold) {
  EXPECT_EQ(escape("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
  EXPECT_EQ(escape("\x01\x7F|\t\n|"), "\xEF\xBF\xBD\xEF\xBF\xBD|\t\n|");
  EXPECT_EQ(escape("é🔊"), "é🔊");
  // Cut short, too long a form, a surrogate, no character.
  EXPECT_EQ(escape("\xC3"), "\xEF\xBF\xBD");
  EXPECT_EQ(escape("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escape("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escape("\xEF\xBF\xBF"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Sources, AreFoundByTheEndOfThePathOfAnotherMachine) {
  const fs::path root = fs::path(testing::TempDir()) / ("portside-sources-" + std::to_string(getpid()));
  fs::create_directories(root / "driver");
  std::ofstream(root / "driver" / "a.cpp") << "one\r\ntwo\n";
  std::ofstream(root / "secret.txt") << "no source\n";
  SourceFiles sources({root}, root);
  const SourceFile* found = sources.find("D:\\agent\\_work\\driver\\a.cpp");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->lines, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(sources.relative("D:\\agent\\_work\\driver\\a.cpp"), "driver/a.cpp");
  EXPECT_FALSE(sources.find("D:\\agent\\other.cpp"));
  // A PDB may name any file: only sources are shown, and none above the folders by dots.
  EXPECT_FALSE(sources.find((root / "secret.txt").string()));
  EXPECT_FALSE(sources.find("x/../../../../etc/passwd"));
  EXPECT_FALSE(sources.find(""));
  fs::remove_all(root);
}

TEST_F(Report, IsOrderedByImportance) {
  const auto problems = by_importance(report);
  EXPECT_TRUE(problems[0]->bug_check);
  EXPECT_EQ(problems[1],
            &report.problems[1]);  // in more runs than... its twin in the same function, which stands behind it
  EXPECT_EQ(problems[3]->rule().name, "PoolWrongTag");
}

TEST_F(Report, FingerprintsStayWhenLinesAndNumbersChange) {
  const auto before = fingerprints(report);
  for (Problem& p : report.problems) {
    for (ResolvedStack& s : p.stacks)
      for (SourceFrame& f : s.frames) f.line += 100, f.offset_in_image += 64;
    p.what += " 0x1234";
  }
  report.problems[0].what = "a block was allocated with one tag and freed with another";
  EXPECT_EQ(fingerprints(report), before);
  EXPECT_EQ(std::set(before.begin(), before.end()).size(), before.size()) << "two causes in one function are two";
}

TEST_F(Report, HtmlShowsEverythingAndEscapesIt) {
  SourceFiles files = sources();
  const std::string html = to_html(report, files);
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find('\x01'), std::string::npos);
  EXPECT_NE(html.find("<span class=\"here\"><i>10</i>line 10 &lt;&amp;&gt;</span>"), std::string::npos)
      << "the source around the place, the line marked";
  EXPECT_NE(html.find("0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL"), std::string::npos);
  EXPECT_NE(html.find("<td>IRQL at that time</td><td>DISPATCH_LEVEL</td>"), std::string::npos);
  EXPECT_NE(html.find("a null pointer, or a member of one"), std::string::npos);
  for (const char* id : {"checks", "problems", "assertions", "topology", "streams", "timelines", "coverage"})
    EXPECT_EQ(count(html, "<section id=\"" + std::string(id) + "\""), 1u) << id;
  for (const char* stack : {"freed by", "allocated by", "mapped by", "stopped in"})
    EXPECT_NE(html.find(stack), std::string::npos) << stack;
  EXPECT_NE(html.find(escape(report.problems[1].first.replay)), std::string::npos);
  EXPECT_EQ(count(html, "http://"), 0u);
  EXPECT_EQ(html.find("src="), std::string::npos) << "nothing is loaded";
}

TEST_F(Report, HtmlOfACleanDriverIsShort) {
  CampaignReport clean;
  clean.driver = "clean.sys";
  clean.checks = {{"rules", 4, 4, 0.1, ""}};
  SourceFiles files;
  const std::string html = to_html(clean, files);
  EXPECT_NE(html.find("class=\"verdict good\""), std::string::npos);
  EXPECT_NE(html.find("No rule was broken."), std::string::npos);
  EXPECT_EQ(html.find("id=\"timelines\""), std::string::npos);
}

TEST_F(Report, SarifHasEachCauseAtItsLineWithItsStacks) {
  SourceFiles files = sources();
  const json log = json::parse(to_sarif(report, files));
  const json& run = log["runs"][0];
  ASSERT_EQ(run["results"].size(), report.problems.size() + 2);  // and an assertion that failed, and one that warned
  const json& crash = run["results"][0];
  EXPECT_EQ(crash["ruleId"], "BugCheck");
  EXPECT_EQ(crash["level"], "error");
  const json& freed = run["results"][1];
  const json& at = freed["locations"][0]["physicalLocation"];
  EXPECT_EQ(at["artifactLocation"]["uri"], "src/wave/stream%20file.cpp");
  EXPECT_EQ(at["artifactLocation"]["uriBaseId"], "SRCROOT");
  EXPECT_EQ(at["region"]["startLine"], 10);
  EXPECT_EQ(freed["stacks"].size(), 2u) << "one has no frames";
  EXPECT_EQ(freed["relatedLocations"][0]["message"]["text"], "allocated by");
  EXPECT_EQ(freed["stacks"][1]["frames"][1]["location"]["physicalLocation"]["artifactLocation"]["uri"],
            "file:///C:/build/driver/stream.cpp");
  for (const json& result : run["results"]) {
    EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<size_t>()]["id"], result["ruleId"]);
    EXPECT_FALSE(result["locations"].empty()) << "sites refuse a result without a place";
  }
}

// Not every rule is equally sure: what Windows stops for, what a page forbids, what it recommends, what is advice.
TEST_F(Report, SarifIsAsSureOfARuleAsItsGradeIs) {
  SourceFiles files = sources();
  using verifier::RuleId;
  const auto precision = [&](RuleId id) {
    report.problems.resize(1);
    report.problems[0].rule_id = id;
    return json::parse(to_sarif(report, files))["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["precision"];
  };
  EXPECT_EQ(precision(RuleId::kFreedWhileMapped), "very-high");
  EXPECT_EQ(precision(RuleId::kBufferFreedWhileInUse), "high");
  EXPECT_EQ(precision(RuleId::kPoolWrongTag), "medium");
  EXPECT_EQ(precision(RuleId::kEndOfStreamRefused), "low");
}

TEST_F(Report, NamesBreakBetweenTheirWords) {
  EXPECT_EQ(escape_name("wave_stream.cpp:172"), "wave_<wbr>stream.<wbr>cpp:<wbr>172");
  EXPECT_EQ(escape_name("WaveStream::free_buffer"), "WaveStream::<wbr>free_<wbr>buffer");
  EXPECT_EQ(escape_name("<a/b>_"), "&lt;a/<wbr>b&gt;_") << "nothing behind the end, and an entity stays one";
}

// Everybody's mistakes go through operator delete: the place is its caller's.
TEST_F(Report, AnAllocatorIsNoPlace) {
  Problem problem = report.problems[0];
  problem.rule_id = verifier::RuleId::kPoolFreedTwice;
  problem.stacks = {{"called by",
                     {{"a.sys", "operator delete(void *)", "new_delete.cpp", 40, 0x40, false},
                      {"a.sys", "Stream::close()", "stream.cpp", 12, 0x12, false}}}};
  ASSERT_TRUE(place_of(problem));
  EXPECT_EQ(function_of(*place_of(problem)), "Stream::close");
  problem.rule_id = verifier::RuleId::kPoolWrongTag;
  EXPECT_EQ(place_of(problem)->line, 40u) << "the tag stands there";
  problem.rule_id = verifier::RuleId::kPoolFreedTwice;
  // A class's own as well; what only sounds like one is not.
  for (const auto& [name, is_one] : {std::pair{"Counted::operator delete(void *)", true},
                                     {"ns::Base<int>::operator new[](unsigned long long)", true},
                                     {"Stream::my_operator newer()", false}}) {
    problem.stacks[0].frames[0].function = name;
    EXPECT_EQ(place_of(problem)->line, is_one ? 12u : 40u) << name;
  }
  problem.stacks[0].frames.resize(1);
  EXPECT_EQ(place_of(problem)->line, 40u);
}

TEST_F(Report, WithoutAPlaceTheSubjectIsNamed) {
  Problem& problem = report.problems[0];
  problem.stacks.clear();
  problem.facts = {{"subject", "TopologySpeaker node 7"}};
  EXPECT_EQ(subject_of(problem), "TopologySpeaker node 7");
  SourceFiles files = sources();
  EXPECT_NE(to_html(report, files).find("<td>TopologySpeaker node 7</td>"), std::string::npos);
  EXPECT_NE(to_sarif(report, files).find("TopologySpeaker node 7: "), std::string::npos);
  EXPECT_NE(to_text(report, SummaryOptions{}).find("of            TopologySpeaker node 7"), std::string::npos);
}

TEST_F(Report, WhatACauseTellsNoAssertionTellsAgain) {
  SourceFiles files = sources();
  const size_t before = json::parse(to_sarif(report, files))["runs"][0]["results"].size();
  const auto failed = std::ranges::find(report.assertions, Outcome::kFailed, &Assertion::outcome);
  ASSERT_NE(failed, report.assertions.end());
  report.problems[0].facts = {{"assertion", failed->name}, {"subject", failed->subject}};
  EXPECT_EQ(json::parse(to_sarif(report, files))["runs"][0]["results"].size(), before - 1);
}

TEST_F(Report, ReasonsThatDifferAreAllTold) {
  report.assertions = {
      {.check = "c", .name = "n", .subject = "one", .outcome = Outcome::kFailed, .sentence = "at 1 ms"},
      {.check = "c", .name = "n", .subject = "two", .outcome = Outcome::kFailed, .sentence = "at 2 ms"},
      {.check = "c", .name = "n", .subject = "three", .outcome = Outcome::kFailed, .sentence = "never"}};
  const std::string text = to_text(report, SummaryOptions{});
  EXPECT_NE(text.find("at 1 ms"), std::string::npos);
  EXPECT_EQ(text.find("at 2 ms"), std::string::npos) << "the same, but for its number";
  EXPECT_NE(text.find("never"), std::string::npos);
}

TEST(Place, IsNoneOfTheKits) {
  ResolvedStack stack;
  const auto expect = [&](const char* kit, bool passed_on) {
    stack.frames = {{"x.sys", "InsertTailList", kit, 31, 0, true},
                    {"x.sys", "Stream::run", "/src/stream.cpp", 12, 0, false}};
    EXPECT_EQ(place_of(stack)->function, passed_on ? "Stream::run" : "InsertTailList") << kit;
  };
  expect("/src/portside/include/ddk/portside/rtl.h", true);
  expect("/usr/lib/cmake/Portside/driver_stdunk.cpp", true);
  expect("C:\\Program Files (x86)\\Windows Kits\\10\\Include\\10.0.22621.0\\km\\wdm.h", true);
  expect("/src/driver/lists.h", false);
}

TEST_F(Report, JunitCountsWhatItHolds) {
  const std::string xml = to_junit(report);
  EXPECT_EQ(count(xml, "<failure "), 4u) << "three causes that fail and an assertion";
  EXPECT_EQ(count(xml, "<skipped "), 3u) << "not applicable, not run, and life's silence";
  EXPECT_NE(xml.find("failures=\"4\" errors=\"0\" skipped=\"3\" time=\"12.500\""), std::string::npos)
      << xml.substr(0, 300);
  EXPECT_NE(xml.find("rule FreedWhileMapped in Stream::free_buffer (2)"), std::string::npos);
  report.broken_off = "the driver does not install";
  EXPECT_EQ(count(to_junit(report), "<error "), 1u);
}

TEST_F(Report, TraceIsBalanced) {
  const json trace = json::parse(to_trace(report));
  std::map<std::pair<int, uint64_t>, int> open;
  size_t slices = 0;
  for (const json& event : trace["traceEvents"]) {
    const std::string phase = event["ph"];
    ASSERT_TRUE(event.contains("pid") && event.contains("tid"));
    if (phase != "M") ASSERT_TRUE(event["ts"].is_number());
    int& depth = open[{event["pid"], event["tid"]}];
    if (phase == "B") ++depth, ++slices;
    if (phase == "E") ASSERT_GE(--depth, 0) << event.dump();
  }
  for (const auto& [track, depth] : open) EXPECT_EQ(depth, 0) << track.second;
  EXPECT_GE(slices, 4u);
}

TEST_F(Report, TextTellsTheWorstFirstAndShortly) {
  const std::string text = to_text(report, {.text = {}, .folder = "out"});
  EXPECT_LT(text.find("BUG CHECK"), text.find("FreedWhileMapped"));
  EXPECT_LT(text.find("FreedWhileMapped"), text.find("FAILED"));
  EXPECT_LT(text.find("FAILED"), text.find("PoolWrongTag"));
  EXPECT_NE(text.find("out/report.html"), std::string::npos);
  EXPECT_NE(text.find("1 of 2 in conformance"), std::string::npos);
  const std::string one = to_text(report, {.text = {}, .most_problems = 1});
  EXPECT_NE(one.find("1 more"), std::string::npos) << "the deviation: what fails the run is told whole";
}

TEST_F(Report, JsonIsWhole) {
  const json out = json::parse(to_json(report));
  EXPECT_EQ(out["problems"].size(), 4u);
  EXPECT_EQ(out["assertions"].size(), 17u);
  EXPECT_EQ(out["failed"], true);
}

TEST_F(Report, FolderIsMadeAndFilesAreReplacedWhole) {
  SourceFiles files = sources();
  const fs::path out = folder / "new" / "folder";
  ASSERT_TRUE(write_report_folder(out, report, files));
  ASSERT_TRUE(write_report_folder(out, report, files));
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(out)) names.insert(entry.path().filename().string());
  EXPECT_EQ(names, (std::set<std::string>{"junit.xml", "report.html", "report.sarif", "trace.json"}))
      << "and nothing half written";
  std::ofstream(folder / "file") << "x";
  const auto refused = write_report_folder(folder / "file", report, files);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().to_string().find("cannot be made"), std::string::npos);
}

TEST(Explanations, BugChecksAreTheKernelsOwn) {
  for (const auto& info : verifier::all_bug_checks()) {
    EXPECT_EQ(verifier::find_bug_check(info.code), &info) << info.name << ": two rows with one code";
    EXPECT_FALSE(info.what.empty() || info.mend.empty()) << info.name;
  }
  EXPECT_EQ(verifier::meaning_of(0xD1, 2, 1), "write");
  EXPECT_EQ(verifier::meaning_of(0x50, 1, 2), "write");
  EXPECT_NE(verifier::meaning_of(0xC4, 0, 0x71005).find("PagesNotFreed"), std::string::npos);
  EXPECT_EQ(verifier::meaning_of(0x7E, 0, 0xC0000094), "STATUS_INTEGER_DIVIDE_BY_ZERO");
}

}  // namespace
}  // namespace portside::report
