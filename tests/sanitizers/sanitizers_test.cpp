// Every mistake of the mistakes_*.sys is told with its rule, at its line; its right twin is met with silence.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "host/machine.h"
#include "kernel/services.h"
#include "report/symbols.h"
#include "report/text_report.h"
#include "sanitizer/callbacks.h"
#include "support/loopback.h"
#include "verifier/finding.h"

namespace portside {
namespace {

struct Expectation {
  const char* source;  // address or undefined
  const char* name;
  const char* rule;
  const char* words;  // that the report holds
  bool ends_machine = false;
  const char* function = nullptr;
};
void PrintTo(const Expectation& e, std::ostream* out) { *out << e.name; }

const Expectation kCases[] = {
    {"address", "StackOverrun", "StackTouchedOutside", "local variable 'samples'"},
    {"address", "StackBefore", "StackTouchedOutside", "local variable 'samples'"},
    {"address", "AfterScope", "StackTouchedAfterScope", "local variable 'inner'"},
    {"address", "GlobalOverrun", "GlobalTouchedOutside", "global 'table"},
    {"address", "GlobalByMemset", "GlobalTouchedOutside", "memset"},
    {"address", "PoolOverrunInSlack", "PoolTouchedOutside", "allocated by"},
    {"address", "PoolBefore", "PoolTouchedOutside", "allocated by"},
    {"address", "PoolByMemcpy", "StackTouchedOutside", "memcpy"},
    {"address", "PoolAfterFree", "PoolTouchedAfterFree", "freed by", true},
    {"address", "LeftByException", "StackTouchedOutside", "local variable 'samples", false, "StackOverrun"},
    {"undefined", "AddOverflow", "UndefinedBehaviour", "2147483646 + 2 cannot be represented"},
    {"undefined", "NegateOverflow", "UndefinedBehaviour", "negation of -2147483648"},
    {"undefined", "ShiftTooFar", "UndefinedBehaviour", "shift exponent 32 is too large for the 32-bit type"},
    {"undefined", "IndexOutOfBounds", "UndefinedBehaviour", "index 4 is out of bounds"},
    {"undefined", "Misaligned", "UndefinedBehaviour", "not aligned to 4 bytes"},
    {"undefined", "InvalidBool", "UndefinedBehaviour", "load of 2, which is no value of type 'volatile bool'"},
    {"undefined", "Unreachable", "UndefinedBehaviour", "unreachable was reached", true},
};

class CaseRun {
 public:
  CaseRun(const Expectation& e, bool wrong) {
    machine_ = std::move(*host::Machine::create({}));
    const std::filesystem::path driver = std::string_view(e.source) == "address" ? ADDRESS_SYS : UNDEFINED_SYS;
    const std::string stem = driver.stem().string(), name = e.name;
    const std::u16string key = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\" +
                               std::u16string(stem.begin(), stem.end()) + u"\\Parameters";
    kernel::Registry& registry = machine_->services().registry();
    (void)registry.set_string(key, u"Case", std::u16string(name.begin(), name.end()));
    (void)registry.set_dword(key, u"Wrong", wrong);
    const auto installed = machine_->install(driver);
    if (!installed) error_ = installed.error().to_string();
  }
  host::Machine& machine() { return *machine_; }
  const std::string& error() const { return error_; }
  std::vector<verifier::Finding> findings() { return machine_->findings(); }
  std::string report() { return report::to_text(findings(), machine_->symbols(), {}); }

  // The lines of the driver's sources on the first stack, innermost first.
  std::vector<uint32_t> lines(const verifier::Finding& finding, const std::string& file) {
    std::vector<uint32_t> found;
    for (const uint64_t address : finding.stacks.at(0).stack.addresses())
      for (const report::SourceFrame& frame : machine_->symbols().resolve(address))
        if (std::filesystem::path(frame.file).filename() == file) found.push_back(frame.line);
    return found;
  }

 private:
  std::unique_ptr<host::Machine> machine_;
  std::string error_;
};

uint32_t marked_line(const Expectation& e) {
  std::ifstream in(std::filesystem::path(MISTAKES) / (std::string(e.source) + ".cpp"));
  const std::string head = std::string("void ") + (e.function ? e.function : e.name) + "(volatile";
  bool inside = false;
  uint32_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.starts_with(head)) inside = true;
    if (inside && text.ends_with(std::string("// breaks ") + e.rule)) return number;
    if (text == "}") inside = false;
  }
  return 0;
}

class Sanitized : public testing::TestWithParam<Expectation> {};

TEST_P(Sanitized, TheMistakeIsToldAtItsLine) {
  const Expectation& e = GetParam();
  CaseRun run(e, true);
  auto findings = run.findings();
  // A mistake after which nothing can follow ends the machine, which is a finding of its own.
  std::erase_if(findings, [](const verifier::Finding& f) { return f.rule().name == "BugCheck"; });
  ASSERT_EQ(findings.size(), 1u) << run.error() << "\n" << run.report();
  EXPECT_EQ(findings[0].rule().name, e.rule) << run.report();
  EXPECT_NE(run.report().find(e.words), std::string::npos) << run.report();
  EXPECT_EQ(run.machine().bug_check().has_value(), e.ends_machine) << run.report();
  const uint32_t line = marked_line(e);
  ASSERT_NE(line, 0u) << "no line is marked";
  const auto lines = run.lines(findings[0], std::string(e.source) + ".cpp");
  ASSERT_FALSE(lines.empty()) << run.report();
  EXPECT_EQ(lines[0], line) << run.report();
}

TEST_P(Sanitized, TheRightTwinIsSilent) {
  CaseRun run(GetParam(), false);
  EXPECT_TRUE(run.findings().empty()) << run.report();
  EXPECT_FALSE(run.machine().bug_check());
  EXPECT_NE(run.error().find("STATUS_NOT_SUPPORTED"), std::string::npos) << run.error();
}

INSTANTIATE_TEST_SUITE_P(Mistakes, Sanitized, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Callbacks, TheListForTheLinkerIsWhatTheHostBinds) {
  std::set<std::string> listed, bound;
  std::ifstream in(CALLBACK_LIST);
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with("#")) listed.insert(line);
  for (const auto& c : sanitizer::address_callbacks()) bound.insert(c.name);
  for (const auto& c : sanitizer::undefined_callbacks()) bound.insert(c.name);
  for (const auto& c : sanitizer::preemption_callbacks()) bound.insert(c.name);
  for (const auto& c : sanitizer::interlocked_callbacks()) bound.insert(c.name);
  EXPECT_EQ(listed, bound);
}

TEST(SanitizedCable, PlaysCleanUnderAllChecks) {
  const auto machine = testing_support::install(CABLE_SANITIZED_SYS);
  ASSERT_TRUE(machine);
  client::DuplexRequest request;
  request.sound = testing_support::noise(client::AudioFormat::parse("48000/16/2").value(), 14'400);
  request.record = true;
  const auto outcome = testing_support::duplex(*machine, request);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_TRUE(outcome->comparison->all_identical());
  ASSERT_TRUE(machine->uninstall());
  EXPECT_TRUE(machine->findings().empty()) << testing_support::report_of(*machine);
}

}  // namespace
}  // namespace portside
