#include "verify/state_control.h"

#include <fmt/format.h>

namespace portside::verify {

using verifier::RuleId;

namespace {

// The first of ten reads that differs from `wanted`, or from the first when there is none.
Result<std::string> leaves(TestStream& stream, std::optional<uint64_t> wanted, const char* state) {
  client::sleep_for(kSettle);
  if (!wanted) { TRY_ASSIGN(wanted, stream.offset()); }
  for (int i = 0; i < kStateReads; ++i) {
    client::sleep_for(kStateGap);
    TRY_ASSIGN(const uint64_t here, stream.offset());
    if (here != *wanted) return fmt::format("in {} the position is {} where it was to be {}", state, here, *wanted);
  }
  return std::string();
}

Result<> run_states(Verdict& verdict, const Subject& subject) {
  const std::string& cause = subject.endpoint.name;
  TRY_ASSIGN(const auto stream, TestStream::open(subject));
  TRY(stream->run());
  TRY_ASSIGN(const std::string stood, stands(*stream));
  if (!stood.empty()) verdict.fail(RuleId::kPositionStandsInRun, cause, stood);

  // So that the position is not, by chance, the buffer's first byte: a position that is kept would look like one that
  // is reset.
  TRY(stream->pass(subject.packet * 2 / 5));
  TRY(stream->set_state(KSSTATE_PAUSE));
  TRY_ASSIGN(const std::string moved, leaves(*stream, std::nullopt, "PAUSE"));
  if (!moved.empty()) verdict.fail(RuleId::kPositionMovesInPause, cause, moved);

  TRY(stream->set_state(KSSTATE_STOP));
  TRY_ASSIGN(const std::string kept, leaves(*stream, 0, "STOP"));
  if (!kept.empty()) verdict.fail(RuleId::kPositionKeptInStop, cause, kept);

  if (const Result<> again = stream->run(); !again) {
    verdict.fail(RuleId::kNoRestart, cause,
                 fmt::format("after STOP the stream does not start again: {}", again.error().to_string()));
    return {};
  }
  if (!stood.empty()) return {};
  TRY_ASSIGN(const std::string stood_again, stands(*stream));
  if (!stood_again.empty()) verdict.fail(RuleId::kNoRestart, cause, "after STOP and RUN " + stood_again);
  return {};
}

}  // namespace

void test_state_control(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "state control", subject.text(), kWaveTestPage);
  verdict.of_figures();
  if (const Result<> done = run_states(verdict, subject); !done) verdict.fail(done.error().to_string());
}

}  // namespace portside::verify
