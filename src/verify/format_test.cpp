#include "verify/format_test.h"

#include <fmt/format.h>

#include "verify/bare_pin.h"
#include "verify/keyword_stream.h"
#include "verify/position_drift.h"
#include "verify/scenario.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

// The Wave Test's reads are among those of the KS Position Test: one in 50 ms of them.
std::string stands_in(std::span<const DriftPoint> points) {
  constexpr double kGapMs = static_cast<double>(kStateGap.count()) / 1e6;
  for (size_t last = 0, i = 1; i < points.size(); ++i) {
    if (points[i].ms - points[last].ms < kGapMs * 0.999) continue;
    if (points[i].bytes == points[last].bytes)
      return fmt::format("the position stood at {:.0f} bytes for {:.1f} ms in RUN", points[i].bytes,
                         points[i].ms - points[last].ms);
    last = i;
  }
  return {};
}

// Where not even the usual format opens, it is not the format.
bool refuses_all(const Subject& subject, const Status& refusal) {
  Subject usual = subject;
  const auto format = usual_format(subject.endpoint);
  if (!format || *format == subject.format) return false;
  usual.format = *format;
  const auto pin = BarePin::open(usual);
  return !pin && pin.error().code() == refusal.code();
}

}  // namespace

void test_format(Verdicts& verdicts, const Subject& subject, client::Proposal proposal, const Tolerances& tolerances) {
  std::vector<DriftPoint> points;
  {
    Verdict verdict(verdicts, "formats and modes", subject.text(), kWaveTestPage);
    verdict.of_figures();
    const auto stream = TestStream::open(subject);
    if (!stream) {
      const std::string why = fmt::format("refused with {}", stream.error().to_string());
      // A proposal is for the pin in any of its modes; a range alone promises less still.
      // Its buffer is another matter, and so are resources that are gone.
      const auto pin = BarePin::open(subject);
      const bool of_format =
          !pin && !(pin.error() == StatusCode::kInsufficientResources) && !refuses_all(subject, pin.error());
      if (!of_format && !usual_stream_fails(subject).empty()) verdict.fail(why);
      else if (proposal == client::Proposal::kTaken && subject.endpoint.pin.modes.size() < 2)
        verdict.fail(RuleId::kProposedFormatRefused, subject.endpoint.name, why + "; as a proposal the driver took it");
      else verdict.not_applicable(why);
      return;
    }
    if ((*stream)->facts().packets_alone) {
      if (const Result<> done = judge_burst(verdict, subject, **stream, tolerances); !done)
        verdict.fail(done.error().to_string());
      return;
    }
    auto read = [&]() -> Result<std::vector<DriftPoint>> {
      TRY((*stream)->run());
      TRY((*stream)->pass(kSettle));
      return read_points(**stream, subject.packet);
    }();
    if (!read) return verdict.fail(read.error().to_string());
    points = std::move(*read);
    if (const std::string stood = stands_in(points); !stood.empty())
      return verdict.fail(RuleId::kPositionStandsInRun, subject.endpoint.name, stood);
  }
  Verdict verdict(verdicts, "drift and jitter", subject.text(), kPositionTestPage);
  judge_drift(verdict, subject, points, tolerances);
}

}  // namespace portside::verify
