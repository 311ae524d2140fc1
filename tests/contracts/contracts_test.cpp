// Every mistake of misuse.sys is told once, with its rule, at its line; its right twin is met with silence.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "client/stream.h"
#include "contracts/expectations.h"
#include "host/life_cycle.h"
#include "host/machine.h"
#include "kernel/services.h"
#include "memory/memory.h"
#include "report/symbols.h"
#include "report/text_report.h"
#include "support/driver_image.h"
#include "support/shared_lines.h"
#include "verifier/finding.h"

namespace portside {
namespace {

struct Line {
  std::string file;
  uint32_t line = 0;
  bool operator==(const Line&) const = default;
};

// The driver's sources; headers' inline functions stand above the line that a person looks for.
const std::vector<std::string>& source_files() {
  static const std::vector<std::string> files = [] {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(MISUSE_SOURCES))
      if (entry.path().extension() == ".cpp") found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
  }();
  return files;
}

// The line marked "breaks <rule>" in the function `name` of the driver's sources.
Line marked_line(const std::string& name, const std::string& rule) {
  const std::regex definition("\\b" + name + "\\(.*\\{");
  for (const std::string& file : source_files()) {
    std::ifstream in(std::filesystem::path(MISUSE_SOURCES) / file);
    bool inside = false;
    uint32_t number = 0;
    for (std::string text; std::getline(in, text);) {
      ++number;
      if (std::regex_search(text, definition) && !text.starts_with("    ")) inside = true;
      // "any": a dispatch routine's first line stands for what its body did.
      if (inside && (text.ends_with("// breaks " + rule) || text.ends_with("// breaks any"))) return {file, number};
      if (text == "}") inside = false;
    }
  }
  return {};
}

class CaseRun {
 public:
  CaseRun(const std::string& name, bool wrong, const std::string& driver) {
    auto machine = host::Machine::create(testing_support::with_shared_lines());
    if (!machine) {
      error_ = machine.error();
      return;
    }
    machine_ = std::move(*machine);
    const std::string stem = std::filesystem::path(driver).stem().string();
    const std::u16string key = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\" +
                               std::u16string(stem.begin(), stem.end()) + u"\\Parameters";
    kernel::Registry& registry = machine_->services().registry();
    (void)registry.set_string(key, u"Case", std::u16string(name.begin(), name.end()));
    (void)registry.set_dword(key, u"Wrong", wrong);
    if (auto installed = machine_->install(driver); !installed) {
      error_ = installed.error();
      return;
    }
    // The buffer asked for below takes ten pages.
    if (name == "ShortMemory") machine_->memory().set_frame_limit(4);
    (void)machine_->run([&] {
      auto filters = client::list_filters();
      if (!filters) return;
      auto endpoint = client::find_endpoint(client::endpoints_of(*filters), client::Direction::kRender, "");
      if (!endpoint) {
        error_ = endpoint.error();
        return;
      }
      client::StreamOptions options;
      options.notifications = 0;
      options.buffer = std::chrono::milliseconds(200);
      auto stream = client::Stream::open(*endpoint, client::AudioFormat::parse("48000/16/2").value(), options);
      opened_ = stream.has_value();
      if (!stream) error_ = stream.error();
    });
    host::LifeCycle life(*machine_);
    if (machine_->device() && name == "FailSetPower") (void)life.set_device_power(*machine_->device(), PowerDeviceD3);
    if (machine_->device() && name == "FailSurpriseRemoval") (void)life.surprise_remove(*machine_->device());
    (void)machine_->uninstall();
  }

  host::Machine& machine() { return *machine_; }
  bool opened() const { return opened_; }
  std::string error() const { return error_.to_string(); }
  std::vector<verifier::Finding> findings() { return machine_->findings(); }
  std::string report() { return report::to_text(findings(), machine_->symbols(), {}); }

  Line first_line(const verifier::Finding& finding) {
    if (finding.stacks.empty()) return {};
    for (const uint64_t address : finding.stacks[0].stack.addresses()) {
      for (const report::SourceFrame& frame : machine_->symbols().resolve(address)) {
        const std::string file = std::filesystem::path(frame.file).filename().string();
        if (std::ranges::find(source_files(), file) != source_files().end()) {
          if (frame.function.find("look_at") != std::string::npos || frame.function.find("pages") == 0 ||
              frame.function.find("::pages") != std::string::npos)
            continue;
          return {file, frame.line};
        }
      }
    }
    return {};
  }

 private:
  std::unique_ptr<host::Machine> machine_;
  Status error_;
  bool opened_ = false;
};

class Contract : public testing::TestWithParam<Expectation> {
 protected:
  static CaseRun run(bool wrong) {
    const bool race = GetParam().rule == std::string_view("LockNotHeld");
    return {GetParam().name, wrong, testing_support::driver_image(race ? UNGUARDED_SYS : MISUSE_SYS)};
  }
};

TEST_P(Contract, TheMistakeIsToldOnceAtItsLine) {
  const Expectation& e = GetParam();
  CaseRun run = Contract::run(true);
  const auto findings = run.findings();
  ASSERT_EQ(findings.size(), 1u) << run.error() << "\n" << run.report();
  EXPECT_EQ(findings[0].rule().name, e.rule) << run.report();
  EXPECT_EQ(findings[0].times, 1u) << run.report();
  const Line expected = marked_line(e.function ? e.function : e.name, e.rule);
  ASSERT_NE(expected.line, 0u) << "no line is marked";
  const Line told = run.first_line(findings[0]);
  EXPECT_EQ(told.file, expected.file) << run.report();
  EXPECT_EQ(told.line, expected.line) << run.report();
  EXPECT_EQ(run.machine().bug_check().has_value(), e.ends_machine) << run.report();
  // The report says all that a person needs.
  const std::string text = run.report();
  for (const char* part : {"contract", "mend", "page", e.rule}) EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST_P(Contract, TheRightTwinIsSilent) {
  CaseRun run = Contract::run(false);
  EXPECT_TRUE(run.findings().empty()) << run.report();
  EXPECT_FALSE(run.machine().bug_check());
  EXPECT_EQ(run.opened(), std::string_view(GetParam().name) != "ShortMemory") << run.error();
}

INSTANTIATE_TEST_SUITE_P(Misuse, Contract, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(Races, Contract, testing::ValuesIn(kRaceCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ContractTable, EveryCaseOfTheDriverIsTested) {
  const auto count = [](const char* file) {
    std::ifstream in(std::filesystem::path(MISUSE_SOURCES) / file);
    size_t cases = 0;
    for (std::string text; std::getline(in, text);) cases += text.starts_with("CASE(");
    return cases;
  };
  EXPECT_EQ(count("cases.h"), std::size(kCases));
  EXPECT_EQ(count("cases_races.h"), std::size(kRaceCases));
}

// What tests/verify expects a campaign to find: the rules of conformance and of failures, by their names in quotes.
std::set<std::string> shown_by_campaigns() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(VERIFY_TESTS)) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::regex quoted("\"([A-Z][A-Za-z0-9]+)\"|RuleId::k([A-Z][A-Za-z0-9]+)");
    for (std::sregex_iterator at(text.begin(), text.end(), quoted), end; at != end; ++at)
      names.insert((*at)[(*at)[1].matched ? 1 : 2]);
  }
  return names;
}

// Rules that another test shows: a bug check that is no stray access, and what needs a driver built with SANITIZE.
TEST(ContractTable, EveryRuleIsBrokenByACase) {
  const std::set<std::string> shown_by_a_campaign = shown_by_campaigns();
  std::map<std::string_view, int> broken;
  for (const Expectation& e : kCases) ++broken[e.rule];
  for (const Expectation& e : kRaceCases) ++broken[e.rule];
  // Those of stream_contracts_test.cpp; an audio-engine node that contradicts itself is audio_engine_test.cpp's.
#define STREAM_CASE(name, rule, ...) ++broken[rule];
#include "streams/stream_cases.inc"
#undef STREAM_CASE
  ++broken["EngineNodeInconsistent"];
  // Those of a driver with a device below it: tests/hardware/toy_test.cpp.
#define TOY_CASE(kind, rule, says) ++broken[rule];
#include "../hardware/toy_cases.inc"
#undef TOY_CASE
  for (const verifier::Rule& rule : verifier::all_rules()) {
    // The net under the rules of leaks: what none of them names. No driver of ours is known to fall into it.
    if (rule.name == "LeftAfterFailure") continue;
    if (rule.name == "BugCheck" || rule.page.starts_with("https://clang.llvm.org")) continue;
    if (shown_by_a_campaign.contains(std::string(rule.name))) continue;
    EXPECT_GT(broken[rule.name], 0) << rule.name;
  }
}

}  // namespace
}  // namespace portside
