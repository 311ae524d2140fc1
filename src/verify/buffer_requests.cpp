#include "verify/buffer_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "client/process.h"
#include "verify/bare_pin.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

struct Asked {
  const char* name;
  uint64_t bytes;
};

class BufferTest {
 public:
  BufferTest(Verdict& verdict, const Subject& subject) : verdict_(verdict), subject_(subject) {}

  Result<> run() {
    // What is wrong with every buffer is told of each test of a stream; here it is asked what is wrong with unusual ones.
    if (const std::string fails = usual_stream_fails(subject_); !fails.empty()) {
      verdict_.fail(fails);
      return {};
    }
    const uint64_t frame = subject_.format.frame_bytes();
    usual_ = std::max<uint64_t>(1, subject_.format.rate_hz / 100) * 2 * frame;
    const Asked asked[] = {{"20 ms", usual_},
                           {"no whole number of frames", usual_ + 1},
                           {"an odd number of frames", usual_ + frame},
                           {"a page and a frame less a byte", 4096 + frame - 1},
                           {"one byte", 1},
                           {"nothing", 0},
                           {"all that can be said", 0xFFFFFFFF}};
    for (const unsigned notifications : {2u, 1u, 0u})
      for (const Asked& request : asked) {
        TRY(one(request, notifications));
        if (verdict_.objected()) return {};
      }
    return twice();
  }

 private:
  Result<> one(const Asked& asked, unsigned notifications) {
    const std::string what = fmt::format("a buffer of {} with {} notifications", asked.name, notifications);
    TRY_ASSIGN(const BarePin pin, BarePin::open(subject_));
    auto given = pin.ask(asked.bytes, notifications);
    ++requests_;
    if (!given) {
      // Refused: the same pin takes what it takes.
      given = pin.ask(usual_, 0);
      if (!given) {
        verdict_.fail(
            RuleId::kDoesNotRecover, subject_.endpoint.name,
            fmt::format("after {} was refused, one of 20 ms is refused with {}", what, given.error().to_string()));
        return {};
      }
    }
    TRY_ASSIGN(const auto wrong, pin.run(*given, subject_));
    if (wrong) verdict_.fail(wrong->rule, subject_.endpoint.name, what + ": " + wrong->what);
    return {};
  }

  // The second buffer of a pin is refused, or is one; the first goes on.
  Result<> twice() {
    for (const auto& [first, second] : {std::pair{0u, 0u}, {0u, 2u}, {2u, 0u}}) {
      TRY_ASSIGN(const BarePin pin, BarePin::open(subject_));
      const auto given = pin.ask(usual_, first);
      if (!given) continue;
      (void)pin.ask(usual_ * 2, second);
      TRY_ASSIGN(const auto wrong, pin.run(*given, subject_));
      if (wrong)
        verdict_.fail(wrong->rule, subject_.endpoint.name, "after a second buffer was asked for " + wrong->what);
    }
    verdict_.measure("requests", requests_, "");
    return {};
  }

  Verdict& verdict_;
  const Subject& subject_;
  uint64_t usual_ = 0;
  double requests_ = 0;
};

}  // namespace

void test_buffer_requests(Verdicts& verdicts, const Subject& asked) {
  const Subject subject = verdicts.with_pace(asked);
  Verdict verdict(verdicts, "buffer requests", subject.text(), kBufferPage);
  if (const Result<> done = BufferTest(verdict, subject).run(); !done) verdict.fail(done.error().to_string());
}

void test_run_without_buffer(Verdicts& verdicts, const Subject& asked) {
  const Subject subject = verdicts.with_pace(asked);
  Verdict verdict(verdicts, "RUN without a buffer", subject.text(), kBufferPage);
  const auto wrong = [&]() -> Result<std::string> {
    TRY_ASSIGN(const BarePin pin, BarePin::open(subject));
    // A driver may take it or refuse it; it is asked for positions all the same.
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) {
      (void)pin.set_state(state);
      (void)pin.position();
    }
    client::sleep_for(milliseconds(25));
    (void)pin.position();
    TRY(pin.set_state(KSSTATE_STOP));
    TRY_ASSIGN(const KSRTAUDIO_BUFFER given, pin.ask(subject.format.bytes_per_second() / 100 * 2, 0));
    TRY_ASSIGN(const auto found, pin.run(given, subject));
    return found ? "after RUN without a buffer, STOP and a buffer " + found->what : std::string();
  }();
  if (wrong && wrong->empty()) return;
  // A stream that does not run without all this either is no matter of this test.
  if (const std::string fails = usual_stream_fails(subject); !fails.empty()) return verdict.fail(fails);
  verdict.fail(
      RuleId::kNoRestart, subject.endpoint.name,
      wrong ? *wrong : fmt::format("after RUN without a buffer the stream is lost: {}", wrong.error().to_string()));
}

void test_every_instance(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "every instance of a pin", subject.text(), "stream/ksproperty-pin-cinstances");
  constexpr uint32_t kMost = 12;
  const uint32_t possible = std::min(subject.endpoint.pin.possible_instances, kMost);
  std::vector<std::unique_ptr<TestStream>> streams;
  for (uint32_t i = 0; i <= possible; ++i) {
    auto stream = TestStream::open(subject);
    // What several pins share, the first takes from the second (IPinCount): fewer than told is no fault.
    if (!stream) break;
    streams.push_back(std::move(*stream));
  }
  verdict.measure("streams", static_cast<double>(streams.size()), "");
  if (streams.empty()) return verdict.fail("not even one opens");
  const auto outcome = [&]() -> Result<> {
    for (const auto& stream : streams) TRY(stream->run());
    // Each is looked at several times a round of its buffer: one that has gone round once seems to stand.
    const Nanoseconds each = Nanoseconds(milliseconds(4)) / static_cast<int64_t>(streams.size());
    for (int round = 0; round < 8; ++round)
      for (const auto& stream : streams) TRY(stream->pass(each));
    for (const auto& stream : streams) {
      TRY_ASSIGN(const TestStream::Reading reading, stream->read());
      if (reading.bytes == 0)
        verdict.fail(RuleId::kPositionStandsInRun, subject.endpoint.name,
                     streams.size() == 1
                         ? "a stream of the pin stands still"
                         : fmt::format("of {} streams of the pin at once, one stands still", streams.size()));
    }
    return {};
  }();
  if (!outcome && streams.size() == 1) verdict.fail(outcome.error().to_string());
  const size_t opened = streams.size();
  streams.clear();
  // Each has given back what it had taken.
  if (const auto again = TestStream::open(subject); !again)
    verdict.fail(RuleId::kPinNotReopened, subject.endpoint.name,
                 fmt::format("after {} of its streams {} closed, none opens: {}", opened, opened == 1 ? "was" : "were",
                             again.error().to_string()));
}

}  // namespace portside::verify
