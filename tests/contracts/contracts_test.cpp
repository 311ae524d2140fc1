// Every mistake of misuse.sys is told once, with its rule, at its line; its right twin is met with silence.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "client/stream.h"
#include "host/machine.h"
#include "kernel/services.h"
#include "memory/memory.h"
#include "report/symbols.h"
#include "report/text_report.h"
#include "verifier/finding.h"

namespace portside {
namespace {

struct Expectation {
  const char* name;
  const char* rule;            // that the wrong twin breaks
  bool ends_machine = false;   // the access itself stops Windows
  const char* function = nullptr;  // where the line stands, when not in the case's own function
};

const Expectation kCases[] = {
    {"UnmapTwice", "UnmappedTwice"},
    {"UnmapWrongBase", "UnmapWrongBase"},
    {"UnmapNextPage", "UnmapWrongBase"},
    {"UnmapOtherMdlsBase", "UnmapWrongBase"},
    {"UnmapNull", "UnmapNull"},
    {"UnmapNeverMapped", "UnmappedNeverMapped"},
    {"UnmapAfterFree", "UsedAfterFree"},
    {"FreeWhileMapped", "FreedWhileMapped"},
    {"FreeTwice", "FreedTwice"},
    {"ForeignMdl", "ForeignMdl"},
    {"FreeByMm", "MmCallOnPortMdl"},
    {"MapByMm", "MmCallOnPortMdl"},
    {"MapTwice", "MappedTwice"},
    {"BadCacheType", "BadCacheType"},
    {"AllocateAtDispatch", "WrongIrqlInPortMethod"},
    {"AllocateContiguousAtDispatch", "WrongIrqlInPortMethod"},
    {"MapAtDispatch", "WrongIrqlInPortMethod"},
    {"UnmapAtDispatch", "WrongIrqlInPortMethod"},
    {"FreeAtDispatch", "WrongIrqlInPortMethod"},
    {"CountAtDispatch", "WrongIrqlInPortMethod"},
    {"AddressAtDispatch", "WrongIrqlInPortMethod"},
    {"IndexIsCount", "PageIndexOutOfRange"},
    {"LowAboveHigh", "BadPageArguments"},
    {"ZeroBytes", "BadPageArguments"},
    {"TerabyteRequest", "ExcessivePageRequest"},
    {"ShortMemory", "AllocatedLessThanRequested", false, "AllocateAudioBuffer"},
    {"NeverFree", "PagesNotFreed"},
    {"NeverFreeMapped", "PagesNotFreed"},
    {"ReadFirstByteAfterUnmap", "TouchedAfterUnmap", true},
    {"ReadLastByteAfterUnmap", "TouchedAfterUnmap", true},
    {"WriteFirstByteAfterUnmap", "TouchedAfterUnmap", true},
    {"WriteLastByteAfterUnmap", "TouchedAfterUnmap", true},
    {"WritePastView", "TouchedOutsideView", true},
    {"PoolLeak", "PoolLeaked"},
    {"PoolFreeTwice", "PoolFreedTwice"},
    {"PoolFreeInterior", "PoolForeignPointer"},
    {"PoolWrongTag", "PoolWrongTag"},
    {"PoolOverrun", "PoolOverrun"},
    {"PoolUseAfterFree", "PoolTouchedAfterFree", true},
    {"PoolReadOutside", "PoolTouchedOutside", true},
    {"PoolZeroBytes", "PoolBadArguments"},
    {"PcFunctionAtDispatch", "WrongIrqlInPcFunction"},
    {"OpenKeyAtDispatch", "WrongIrql"},
};

// Prints as its name in test output.
void PrintTo(const Expectation& e, std::ostream* out) { *out << e.name; }

struct Line {
  std::string file;
  uint32_t line = 0;
  bool operator==(const Line&) const = default;
};

// The line marked "breaks <rule>" in the function `name` of the driver's sources.
Line marked_line(const std::string& name, const std::string& rule) {
  for (const char* file : {"cases.cpp", "misuse.cpp"}) {
    std::ifstream in(std::filesystem::path(MISUSE_SOURCES) / file);
    bool inside = false;
    uint32_t number = 0;
    for (std::string text; std::getline(in, text);) {
      ++number;
      if (text.find(name + "(") != std::string::npos && text.back() != ';') inside = true;
      else if (!text.empty() && (text == "}" || text == "  }") && inside && text.find("breaks") == std::string::npos && text == "}") inside = false;
      if (inside && text.ends_with("// breaks " + rule)) return {file, number};
    }
  }
  return {};
}

class CaseRun {
 public:
  CaseRun(const std::string& name, bool wrong) {
    auto machine = host::Machine::create({});
    if (!machine) {
      error_ = machine.error();
      return;
    }
    machine_ = std::move(*machine);
    const std::u16string key = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\misuse\\Parameters";
    kernel::Registry& registry = machine_->services().registry();
    (void)registry.set_string(key, u"Case", std::u16string(name.begin(), name.end()));
    (void)registry.set_dword(key, u"Wrong", wrong);
    if (auto installed = machine_->install(MISUSE_SYS); !installed) {
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
        // Headers' inline functions stand above the line that a person looks for.
        if (file == "cases.cpp" || file == "misuse.cpp") {
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

class Contract : public testing::TestWithParam<Expectation> {};

TEST_P(Contract, TheMistakeIsToldOnceAtItsLine) {
  const Expectation& e = GetParam();
  CaseRun run(e.name, true);
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
  CaseRun run(GetParam().name, false);
  EXPECT_TRUE(run.findings().empty()) << run.report();
  EXPECT_FALSE(run.machine().bug_check());
  EXPECT_EQ(run.opened(), std::string_view(GetParam().name) != "ShortMemory") << run.error();
}

INSTANTIATE_TEST_SUITE_P(Misuse, Contract, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ContractTable, EveryCaseOfTheDriverIsTested) {
  std::ifstream in(std::filesystem::path(MISUSE_SOURCES) / "cases.h");
  size_t cases = 0;
  for (std::string text; std::getline(in, text);) cases += text.starts_with("CASE(");
  EXPECT_EQ(cases, std::size(kCases));
}

// Rules that another test shows: a bug check that is no stray access, and what needs a driver built with SANITIZE.
TEST(ContractTable, EveryRuleIsBrokenByACase) {
  std::map<std::string_view, int> broken;
  for (const Expectation& e : kCases) ++broken[e.rule];
  for (const verifier::Rule& rule : verifier::all_rules()) {
    if (rule.name == "BugCheck" || rule.page.starts_with("https://clang.llvm.org")) continue;
    // Of failures, tests/verify/faults_test.cpp.
    if (rule.name == "FailureSwallowed" || rule.name == "StartedInPart" || rule.name == "DoesNotRecover" || rule.name == "LeftAfterFailure") continue;
    EXPECT_GT(broken[rule.name], 0) << rule.name;
  }
}

}  // namespace
}  // namespace portside
