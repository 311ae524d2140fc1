#include "verify/format_test.h"

#include <fmt/format.h>

#include "verify/position_drift.h"

namespace portside::verify {

using verifier::RuleId;

void test_format(Verdicts& verdicts, const Subject& subject, client::Proposal proposal, const Tolerances& tolerances) {
  std::unique_ptr<TestStream> stream;
  {
    Verdict verdict(verdicts, "formats and modes", subject.text(), kWaveTestPage);
    verdict.of_figures();
    auto opened = TestStream::open(subject);
    if (!opened) {
      const std::string why = fmt::format("refused with {}", opened.error().to_string());
      // A proposal is for the pin in any of its modes; a range alone promises less still.
      if (proposal == client::Proposal::kTaken && subject.endpoint.pin.modes.size() < 2)
        verdict.fail(RuleId::kProposedFormatRefused, subject.endpoint.name, why + "; as a proposal the driver took it");
      else
        verdict.not_applicable(why);
      return;
    }
    stream = std::move(*opened);
    const auto stood = [&]() -> Result<std::string> {
      TRY(stream->run());
      return stands(*stream);
    }();
    if (!stood) return verdict.fail(stood.error().to_string());
    if (!stood->empty()) return verdict.fail(RuleId::kPositionStandsInRun, subject.endpoint.name, *stood);
  }
  Verdict verdict(verdicts, "drift and jitter", subject.text(), kPositionTestPage);
  const auto points = read_points(*stream, subject.packet);
  if (!points) return verdict.fail(points.error().to_string());
  judge_drift(verdict, subject, *points, tolerances);
}

}  // namespace portside::verify
