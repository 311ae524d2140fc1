#include "verify/latency_test.h"

#include <fmt/format.h>

#include <cmath>

namespace portside::verify {
namespace {

constexpr Nanoseconds kPatience = std::chrono::milliseconds(500), kLook = std::chrono::milliseconds(1);

double ms(Nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

Result<> measure(Verdict& verdict, const Subject& subject, const Tolerances& tolerances) {
  {  // A first round, so that what the hardware does on its first use is not measured.
    TRY_ASSIGN(const auto warm, TestStream::open(subject));
    TRY(warm->run());
    TRY(warm->pass(kSettle));
  }
  TRY_ASSIGN(const auto stream, TestStream::open(subject));
  TRY(stream->run());
  const Nanoseconds asked = stream->running_since(), runs = client::now();
  verdict.measure("time to RUN", ms(runs - asked), "ms");
  uint64_t bytes = 0;
  Nanoseconds before{0}, after{0};
  while (bytes == 0) {
    client::sleep_for(kLook);
    before = client::now();
    TRY_ASSIGN(const TestStream::Reading reading, stream->read());
    after = client::now();
    bytes = reading.bytes;
    if (bytes == 0 && after - runs >= kPatience) {
      verdict.warn(fmt::format("no position within {:.0f} ms of RUN", ms(kPatience)));
      return {};
    }
  }
  // RUN began between `asked` and `runs`, the position holds for a moment between `before` and `after`.
  const double longest = ms(after - asked), shortest = ms(before - runs);
  const double played = static_cast<double>(bytes) * 1000 / subject.format.bytes_per_second();
  const double latency = std::abs((longest + shortest) / 2 - played);
  verdict.measure("first position", played, "ms");
  verdict.measure("after", (longest + shortest) / 2, "ms");
  verdict.measure("latency", latency, "ms", tolerances.latency_ms);
  verdict.measure("uncertainty", (longest - shortest) / 2, "ms");
  if (played > longest + tolerances.ahead_ms)
    verdict.warn(fmt::format(
        "{:.3g} ms after RUN the position says {:.3g} ms: more than the stream has been in RUN and {:.3g} ms", longest,
        played, tolerances.ahead_ms));
  else if (latency > tolerances.latency_ms)
    verdict.warn(
        fmt::format("the position lags {:.3g} ms behind, {:.4g} ms are allowed", latency, tolerances.latency_ms));
  return {};
}

}  // namespace

void test_latency(Verdicts& verdicts, const Subject& subject, const Tolerances& tolerances) {
  Verdict verdict(verdicts, "latency", subject.text(), kPositionTestPage);
  verdict.of_figures();
  if (const Result<> done = measure(verdict, subject, tolerances); !done) verdict.fail(done.error().to_string());
}

}  // namespace portside::verify
