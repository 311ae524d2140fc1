#include "verify/endurance_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "verify/tolerances.h"

namespace portside::verify {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using verifier::RuleId;

constexpr int kSeconds = 100, kFirst = 2;
constexpr milliseconds kPacket{100};  // few calls in so long a time

Result<std::unique_ptr<TestStream>> open_wide(const Subject& subject) {
  Subject wide = subject;
  wide.packet = kPacket;
  auto stream = TestStream::open(wide);
  return stream ? std::move(stream) : TestStream::open(subject);
}

Result<> endure(Verdict& verdict, const Subject& subject) {
  TRY_ASSIGN(const auto stream, open_wide(subject));
  TRY(stream->run());
  TRY(stream->pass(milliseconds(200)));
  const double per_ms = subject.format.bytes_per_second() / 1000.0, tolerance = 2 * Tolerances().largest_error_ms;
  TRY_ASSIGN(const TestStream::Reading first, stream->read());
  TestStream::Reading last = first;
  double pace = 1;  // of the format's
  for (int second = 1; second <= kSeconds; ++second) {
    if (verdict.is_over()) {
      if (!verdict.objected()) verdict.not_applicable(fmt::format("ended after {} s, as the check was", second - 1));
      return {};
    }
    TRY(stream->pass(seconds(1)));
    TRY_ASSIGN(const TestStream::Reading now, stream->read());
    const double moved = static_cast<double>(static_cast<int64_t>(now.bytes - last.bytes)) / per_ms,
                 passed = static_cast<double>((now.at - last.at).count()) / 1e6;
    // How exact the pace is, other tests say; here it is to stay what it was.
    if (second == kFirst) {
      const double kept = static_cast<double>(now.bytes - first.bytes) / per_ms /
                          (static_cast<double>((now.at - first.at).count()) / 1e6);
      if (kept < 0.9 || kept > 1.1) {
        verdict.not_applicable("from the first second on the position has another pace, which other tests tell");
        return {};
      }
      pace = std::clamp(kept, 0.99, 1.01);
    }
    if (second > kFirst && std::abs(moved - passed * pace) > tolerance) {
      verdict.fail(
          RuleId::kPositionRateOff, subject.endpoint.name,
          fmt::format("in second {} of RUN the position moves by {:.1f} ms, and it kept the pace before: a "
                      "product that overflows? Windows was up for 49 days and 17 hours, and the low 32 bits of "
                      "its clocks (100 ns, and ms) began anew 50 s after the machine did",
                      second, moved));
      return {};
    }
    last = now;
  }
  return {};
}

}  // namespace

void test_endurance(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, kEnduranceName, subject.text(), "audio/audio-position-property");
  if (const Result<> done = endure(verdict, subject); !done) verdict.fail(done.error().to_string());
}

}  // namespace portside::verify
