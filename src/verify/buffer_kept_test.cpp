#include "verify/buffer_kept_test.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/process.h"
#include "verify/marker.h"

namespace portside::verify {
namespace {

constexpr const char* kPage = "audio/understanding-the-wavert-port-driver";
constexpr Nanoseconds kBuffer = std::chrono::milliseconds(20);

Result<> play(Verdict& verdict, const Subject& subject, client::StreamMode mode) {
  TRY_ASSIGN(const auto stream,
             client::Stream::open(subject.endpoint, subject.format,
                                  {.buffer = kBuffer, .mode = mode, .processing = subject.processing}));
  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE}) TRY(stream->set_state(state));
  const std::span<std::byte> buffer = stream->buffer();
  const uint64_t frame = subject.format.frame_bytes();
  const std::vector<std::byte> written = Marker(subject.format).frames(0, buffer.size() / frame);
  std::ranges::copy(written, buffer.begin());
  TRY(stream->tell_written(written.size()));
  TRY(stream->set_state(KSSTATE_RUN));
  client::sleep_for(3 * kBuffer);
  const auto at = std::ranges::mismatch(written, buffer).in1;
  const auto changed = static_cast<uint64_t>(at - written.begin());
  for (const KSSTATE state : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_STOP}) TRY(stream->set_state(state));
  if (at != written.end())
    verdict.fail(verifier::RuleId::kRenderBufferWritten, subject.endpoint.name,
                 fmt::format("frame {} of its buffer, of {}, is not any more what the application wrote there",
                             changed / frame, buffer.size() / frame));
  return {};
}

}  // namespace

void test_buffer_kept(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "render buffer", subject.text(), kPage);
  // With events as well, in whose DPC a driver may clear what was played; where there are none, it is refused.
  const Result<> by_position = play(verdict, subject, client::StreamMode::kPosition);
  if (!verdict.objected()) (void)play(verdict, subject, client::StreamMode::kEvent);
  if (!by_position) verdict.not_applicable(fmt::format("refused with {}", by_position.error().to_string()));
}

}  // namespace portside::verify
