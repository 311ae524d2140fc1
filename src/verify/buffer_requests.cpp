#include "verify/buffer_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "client/process.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

// A pin without its buffer, which the test asks for itself.
class BarePin {
 public:
  static Result<BarePin> open(const Subject& subject) {
    BarePin bare;
    bare.frame_bytes_ = subject.format.frame_bytes();
    TRY_ASSIGN(bare.filter_, client::KsFile::open(subject.endpoint.filter));
    TRY_ASSIGN(bare.pin_,
               bare.filter_.open_pin(client::connect_request(subject.endpoint, subject.format, subject.processing)));
    return bare;
  }

  Result<KSRTAUDIO_BUFFER> ask(uint64_t bytes, unsigned notifications) const {
    if (notifications == 0) {
      KSRTAUDIO_BUFFER_PROPERTY request{};
      request.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER);
      request.RequestedBufferSize = static_cast<ULONG>(bytes);
      return pin_.get<KSRTAUDIO_BUFFER>(request);
    }
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION request{};
    request.Property = client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION);
    request.RequestedBufferSize = static_cast<ULONG>(bytes);
    request.NotificationCount = notifications;
    return pin_.get<KSRTAUDIO_BUFFER>(request);
  }
  Result<> set_state(KSSTATE state) const {
    return pin_.set(client::property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET),
                    state);
  }
  Result<uint64_t> position() const {
    TRY_ASSIGN(const KSAUDIO_POSITION position,
               pin_.get<KSAUDIO_POSITION>(client::property_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION)));
    return position.PlayOffset;
  }
  // Runs it for a while: a sentence when the position stands, or leaves the buffer.
  Result<std::string> run(uint64_t buffer_bytes) const {
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) TRY(set_state(state));
    // Of a buffer of a few frames the position may stand at its beginning by chance.
    bool moved = buffer_bytes < 64 * frame_bytes_;
    for (int i = 0; i < 12; ++i) {
      client::sleep_for(std::chrono::microseconds(1'230));
      TRY_ASSIGN(const uint64_t at, position());
      if (at > buffer_bytes) return fmt::format("the position is {} in a buffer of {} bytes", at, buffer_bytes);
      moved = moved || at != 0;
    }
    for (const KSSTATE state : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_STOP}) TRY(set_state(state));
    return moved ? std::string() : std::string("the position stands at 0 in RUN");
  }

 private:
  client::KsFile filter_, pin_;
  uint64_t frame_bytes_ = 1;
};

// All of it is the client's to read and to write.
void touch(const KSRTAUDIO_BUFFER& buffer, std::byte value) {
  if (buffer.BufferAddress && buffer.ActualBufferSize)
    std::fill_n(static_cast<std::byte*>(buffer.BufferAddress), buffer.ActualBufferSize, value);
}

struct Asked {
  const char* name;
  uint64_t bytes;
};

class BufferTest {
 public:
  BufferTest(Verdict& verdict, const Subject& subject) : verdict_(verdict), subject_(subject) {}

  Result<> run() {
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
    touch(*given, std::byte{subject_.format.silence()});
    TRY_ASSIGN(const std::string wrong, pin.run(given->ActualBufferSize));
    if (!wrong.empty()) verdict_.fail(RuleId::kPositionStandsInRun, subject_.endpoint.name, what + ": " + wrong);
    return {};
  }

  // The second buffer of a pin is refused, or is one; the first goes on.
  Result<> twice() {
    for (const auto& [first, second] : {std::pair{0u, 0u}, {0u, 2u}, {2u, 0u}}) {
      TRY_ASSIGN(const BarePin pin, BarePin::open(subject_));
      const auto given = pin.ask(usual_, first);
      if (!given) continue;
      (void)pin.ask(usual_ * 2, second);
      touch(*given, std::byte{subject_.format.silence()});
      TRY_ASSIGN(const std::string wrong, pin.run(given->ActualBufferSize));
      if (!wrong.empty())
        verdict_.fail(RuleId::kPositionStandsInRun, subject_.endpoint.name,
                      "after a second buffer was asked for " + wrong);
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

void test_buffer_requests(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "buffer requests", subject.text(), kBufferPage);
  if (const Result<> done = BufferTest(verdict, subject).run(); !done) verdict.fail(done.error().to_string());
}

void test_run_without_buffer(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "RUN without a buffer", subject.text(), kBufferPage);
  const auto outcome = [&]() -> Result<> {
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
    touch(given, std::byte{subject.format.silence()});
    TRY_ASSIGN(const std::string wrong, pin.run(given.ActualBufferSize));
    if (!wrong.empty())
      verdict.fail(RuleId::kNoRestart, subject.endpoint.name, "after RUN without a buffer, STOP and a buffer " + wrong);
    return {};
  }();
  if (!outcome)
    verdict.fail(RuleId::kNoRestart, subject.endpoint.name,
                 fmt::format("after RUN without a buffer the stream is lost: {}", outcome.error().to_string()));
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
    for (const auto& stream : streams) TRY(stream->pass(milliseconds(4)));
    for (const auto& stream : streams) {
      TRY_ASSIGN(const TestStream::Reading reading, stream->read());
      if (reading.bytes == 0)
        verdict.fail(RuleId::kPositionStandsInRun, subject.endpoint.name,
                     fmt::format("of {} streams of the pin at once, one stands still", streams.size()));
    }
    return {};
  }();
  if (!outcome && streams.size() == 1) verdict.fail(outcome.error().to_string());
  streams.clear();
  // Each has given back what it had taken.
  if (const auto again = TestStream::open(subject); !again)
    verdict.fail(RuleId::kDoesNotRecover, subject.endpoint.name,
                 fmt::format("after {} streams were closed, none opens: {}", possible, again.error().to_string()));
}

}  // namespace portside::verify
