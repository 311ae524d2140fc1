#include "verify/buffer_sizes.h"

#include <fmt/format.h>

#include "verify/bare_pin.h"
#include "verify/keyword_stream.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

struct Size {
  const char* name;
  uint64_t frames = 0;               // of a packet
  std::optional<RuleId> if_refused;  // none: the driver may
  bool is_asked_for = false;         // though not by a rule
};

Nanoseconds time_of(uint64_t frames, uint32_t rate_hz) {
  // Rounded up, so that as many frames come out of it again.
  return Nanoseconds(
      static_cast<int64_t>((static_cast<unsigned __int128>(frames) * 1'000'000'000u + rate_hz - 1) / rate_hz));
}
uint64_t frames_of(Nanoseconds time, uint32_t rate_hz) {
  return static_cast<uint64_t>(time.count()) * rate_hz / 1'000'000'000u;
}

void test_size(Verdicts& verdicts, Subject subject, const Tolerances& tolerances, const Size& size) {
  subject.packet = time_of(size.frames, subject.format.rate_hz);
  Verdict verdict(verdicts, size.name, subject.text(), kWaveTestPage);
  verdict.of_figures();
  verdict.measure("packet", static_cast<double>(size.frames), "frames");
  auto stream = TestStream::open(subject);
  if (!stream) {
    const std::string why = fmt::format("the driver refuses it: {}", stream.error().to_string());
    // A pin that does not open at all is refused for another reason than its packets' size.
    if (!BarePin::open(subject)) return verdict.fail(why);
    return size.if_refused     ? verdict.fail(*size.if_refused, subject.endpoint.name, why)
           : size.is_asked_for ? verdict.warn(why)
                               : verdict.not_applicable(why);
  }
  verdict.measure("buffer asked for", static_cast<double>((*stream)->facts().requested_bytes), "bytes");
  verdict.measure("buffer given", static_cast<double>((*stream)->facts().buffer_bytes), "bytes");
  if ((*stream)->facts().packets_alone) {
    if (const Result<> done = judge_burst(verdict, subject, **stream, tolerances); !done)
      verdict.fail(done.error().to_string());
    return;
  }
  const auto stood = [&]() -> Result<std::string> {
    TRY((*stream)->run());
    return stands(**stream);
  }();
  if (!stood) return verdict.fail(stood.error().to_string());
  if (!stood->empty()) verdict.fail(RuleId::kPositionStandsInRun, subject.endpoint.name, *stood);
}

}  // namespace

void test_buffer_sizes(Verdicts& verdicts, const Subject& subject,
                       const std::optional<client::PacketConstraints>& constraints, const Tolerances& tolerances) {
  using namespace std::chrono_literals;
  const uint32_t rate = subject.format.rate_hz;
  const uint64_t usual = frames_of(10ms, rate);
  const bool declares = constraints && constraints->least_period > 0ns;
  const auto test = [&](const Size& size) { test_size(verdicts, subject, tolerances, size); };
  if (declares)
    test({"smallest buffer", constraints->least_frames(subject.format, subject.processing),
          RuleId::kDeclaredPacketRefused});
  const uint64_t most = constraints ? constraints->most_frames(subject.format) : 0;
  if (most) test({"largest buffer", most, RuleId::kDeclaredPacketRefused});
  test({"10 ms packets", usual, RuleId::kEnginePacketRefused});
  // Where the driver names no limits: what applications ask for.
  if (!declares) test({"small buffer", std::max<uint64_t>(1, frames_of(1ms, rate)), {}});
  if (!most) test({"large buffer", frames_of(1s, rate), {}});
  // "HW-KWS solutions must support audio capture sizes of at least 100ms and up to 200ms" (Voice activation).
  if (subject.bursts())
    for (const Nanoseconds buffer : {100ms, 200ms}) test({"keyword buffer", frames_of(buffer / 2, rate), {}, true});
  // No round number of milliseconds, and of nothing that hardware likes.
  test({"odd buffer", usual + 7, {}});
}

}  // namespace portside::verify
