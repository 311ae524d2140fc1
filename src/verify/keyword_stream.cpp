#include "verify/keyword_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "kernel/machine_clock.h"
#include "verify/latency_test.h"
#include "verify/position_drift.h"
#include "verify/state_control.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

// How long a burst is followed, and how long one waits for its next packet.
constexpr Nanoseconds kListen = std::chrono::milliseconds(500), kLook = std::chrono::milliseconds(10);
// A burst of five seconds in packets of 1 ms, the most that is asked for and more.
constexpr size_t kMostPackets = 8192;

struct Burst {
  std::optional<uint32_t> first;   // the number of the first packet
  std::vector<DriftPoint> points;  // when a packet's first sample was taken, and how many bytes lie before it
  bool faster = false;             // MoreData was said
};

Result<Burst> listen(TestStream& test) {
  client::Stream& stream = test.stream();
  constexpr double kTicksPerMs = kernel::MachineClock::kPerformanceFrequency / 1000.0;
  std::optional<uint64_t> zero;
  Burst burst;
  for (const Nanoseconds ends = client::now() + kListen; client::now() < ends;) {
    (void)stream.wait(kLook);
    while (burst.points.size() < kMostPackets) {
      KSRTAUDIO_GETREADPACKET_INFO info{};
      if (const Status read = stream.read_packet(info); !read.is_ok()) {
        if (read.nt() == STATUS_DEVICE_NOT_READY) break;
        return fail(read);
      }
      if (!burst.first) burst.first = info.PacketNumber;
      if (!zero) zero = info.PerformanceCounterValue;
      burst.points.push_back(
          {static_cast<double>(static_cast<int64_t>(info.PerformanceCounterValue - *zero)) / kTicksPerMs,
           static_cast<double>(info.PacketNumber) * static_cast<double>(stream.packet_bytes())});
      burst.faster |= info.MoreData != FALSE;
    }
  }
  return burst;
}

}  // namespace

Result<> judge_burst(Verdict& verdict, const Subject& subject, TestStream& stream, const Tolerances& tolerances) {
  const std::string& cause = subject.endpoint.name;
  TRY(stream.run());
  TRY_ASSIGN(const Burst burst, listen(stream));
  verdict.measure("packets", static_cast<double>(burst.points.size()), "");
  if (burst.points.empty()) {
    verdict.not_applicable("no packet comes: without a keyword there is nothing to hand out");
    return {};
  }
  verdict.measure("faster than real time", burst.faster, "");
  if (burst.points.size() > 2) {
    const Drift drift = drift_of(burst.points, subject.format.bytes_per_second());
    verdict.measure("rate error", drift.rate_error_percent, "%", tolerances.rate_error_percent);
    if (!(std::abs(drift.rate_error_percent) <= tolerances.rate_error_percent))
      verdict.fail(RuleId::kReadPacketCounterWrong, cause,
                   fmt::format("by their performance counters {} packets of {} bytes were captured at {:+.3g} % of the "
                               "format's rate; {:.4g} % are allowed",
                               burst.points.size(), stream.stream().packet_bytes(), drift.rate_error_percent,
                               tolerances.rate_error_percent));
  }
  TRY(stream.set_state(KSSTATE_PAUSE));
  TRY(stream.set_state(KSSTATE_STOP));
  if (const Result<> again = stream.run(); !again) {
    verdict.fail(RuleId::kNoRestart, cause,
                 fmt::format("after STOP the stream does not start again: {}", again.error().to_string()));
    return {};
  }
  TRY_ASSIGN(const Burst second, listen(stream));
  if (second.first.value_or(0) != 0)
    verdict.fail(RuleId::kNoRestart, cause,
                 fmt::format("after STOP and RUN the first packet has number {}, it is to be 0", *second.first));
  return {};
}

void test_keyword_stream(Verdicts& verdicts, const Subject& subject, const Tolerances& tolerances) {
  {
    Verdict verdict(verdicts, "keyword stream", subject.text(), kVoicePage);
    verdict.of_figures();
    const auto stream = TestStream::open(subject);
    if (!stream) return verdict.fail(stream.error().to_string());
    if ((*stream)->facts().packets_alone) {
      if (const Result<> done = judge_burst(verdict, subject, **stream, tolerances); !done)
        verdict.fail(done.error().to_string());
      return;
    }
    verdict.not_applicable(fmt::format("the pin cannot burst, and streams by {}s: {}", name_of((*stream)->facts().mode),
                                       (*stream)->facts().why_mode));
  }
  test_state_control(verdicts, subject);
  test_drift(verdicts, subject, tolerances);
  test_latency(verdicts, subject, tolerances);
}

}  // namespace portside::verify
