#include "verify/mode_test.h"

#include <fmt/format.h>

#include "client/processing_mode.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

Result<std::string> run_both(const Subject& first, const Subject& second) {
  TRY_ASSIGN(const auto one, TestStream::open(first));
  TRY_ASSIGN(const auto other, TestStream::open(second));
  TRY(one->run());
  TRY(other->run());
  TRY_ASSIGN(TestStream::Reading last_one, one->read());
  TRY_ASSIGN(TestStream::Reading last_other, other->read());
  for (int i = 0; i < kStateReads; ++i) {
    // Half of the time for each: positions count within a buffer.
    for (int part = 0; part < 10; ++part) {
      TRY(one->pass(kStateGap / 20));
      TRY(other->pass(kStateGap / 20));
    }
    TRY_ASSIGN(const TestStream::Reading here_one, one->read());
    TRY_ASSIGN(const TestStream::Reading here_other, other->read());
    if (here_one.bytes == last_one.bytes)
      return fmt::format("the stream in {} stood", client::processing_name(*first.processing));
    if (here_other.bytes == last_other.bytes)
      return fmt::format("the stream in {} stood", client::processing_name(*second.processing));
    last_one = here_one;
    last_other = here_other;
  }
  return std::string();
}

constexpr GUID kNobodysMode = {0x2b8d61f4, 0x93ce, 0x4d07, {0xa5, 0x1e, 0x70, 0xc4, 0x3b, 0x9a, 0xd8, 0x16}};

}  // namespace

void test_unknown_mode(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "unknown mode", subject.endpoint.name, "audio/audio-signal-processing-modes");
  const auto filter = client::KsFile::open(subject.endpoint.filter);
  if (!filter) return verdict.fail(filter.error().to_string());
  if (filter->open_pin(client::connect_request(subject.endpoint, subject.format, kNobodysMode)))
    verdict.fail(
        RuleId::kUndeclaredModeTaken, subject.endpoint.name,
        fmt::format("a stream is opened in the mode {}, which nobody has", client::processing_name(kNobodysMode)));
}

void test_modes_together(Verdicts& verdicts, const std::vector<Subject>& subjects) {
  const Subject& first = subjects.front();
  for (size_t i = 1; i < subjects.size(); ++i) {
    const Subject& second = subjects[i];
    Verdict verdict(verdicts, "modes together",
                    fmt::format("{}, {} and {}", first.endpoint.name, client::processing_name(*first.processing),
                                client::processing_name(*second.processing)),
                    kWaveTestPage);
    verdict.of_figures();
    if (first.endpoint.pin.possible_instances < 2) {
      verdict.not_applicable("the pin has one instance");
      continue;
    }
    const auto stood = run_both(first, second);
    if (!stood)
      verdict.fail(RuleId::kEndpointsNotTogether, first.endpoint.name,
                   fmt::format("two streams do not run at once: {}", stood.error().to_string()));
    else if (!stood->empty()) verdict.fail(RuleId::kEndpointsNotTogether, first.endpoint.name, *stood);
  }
}

}  // namespace portside::verify
