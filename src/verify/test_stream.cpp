#include "verify/test_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "client/processing_mode.h"
#include "verify/scenario.h"

namespace portside::verify {

Result<> play_beside(Subject& subject, const std::vector<client::Endpoint>& endpoints) {
  if (subject.endpoint.role != client::PinRole::kLoopback) return {};
  const client::Endpoint* played = played_through(endpoints, subject.endpoint);
  if (!played) return {};
  TRY_ASSIGN(const std::optional<client::AudioFormat> common, loopback_format(subject.endpoint, *played));
  if (!common) return {};
  subject.played = *played;
  subject.format = *common;
  return {};
}

std::string format_name(const client::AudioFormat& format) {
  const std::string bits = format.effective_valid_bits() != format.bits
                               ? fmt::format("{}in{}", format.effective_valid_bits(), format.bits)
                               : fmt::format("{}", format.bits);
  return fmt::format("{}/{}{}/{}", format.rate_hz, bits, format.kind == client::SampleKind::kFloat ? "f" : "",
                     format.channels);
}

std::string Subject::text() const {
  return fmt::format("{}, {}{}, {:.4g} ms packets", endpoint.name, format_name(format),
                     processing ? ", " + client::processing_name(*processing) : "",
                     static_cast<double>(packet.count()) / 1e6);
}

Result<std::unique_ptr<client::Stream>> TestStream::start_partner(const Subject& subject) {
  TRY_ASSIGN(std::unique_ptr<client::Stream> partner, client::Stream::open(*subject.played, subject.format, {}));
  std::ranges::fill(partner->buffer(), std::byte{subject.format.silence()});
  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) TRY(partner->set_state(state));
  return partner;
}

Result<std::unique_ptr<TestStream>> TestStream::open(const Subject& subject) {
  std::unique_ptr<TestStream> test(new TestStream);
  if (subject.played) { TRY_ASSIGN(test->partner_, start_partner(subject)); }
  client::StreamOptions options;
  options.buffer = subject.packet * 2;
  options.processing = subject.processing;
  TRY_ASSIGN(test->stream_, client::Stream::open(subject.endpoint, subject.format, options));
  test->round_ = subject.format.duration(test->stream_->buffer().size() / subject.format.frame_bytes());
  return test;
}

Result<> TestStream::run() {
  TRY(set_state(KSSTATE_ACQUIRE));
  TRY(set_state(KSSTATE_PAUSE));
  if (stream_->buffer().size() && stream_->facts().write_positions)
    TRY(stream_->tell_written(stream_->buffer().size()));
  running_since_ = client::now();
  return set_state(KSSTATE_RUN);
}

Result<> TestStream::pass(Nanoseconds time) {
  // Twice a round at least: a position counts within its buffer alone.
  const Nanoseconds slice = std::max<Nanoseconds>(round_ / 2, std::chrono::microseconds(10));
  while (time > Nanoseconds(0)) {
    const Nanoseconds step = std::min(time, slice);
    client::sleep_for(step);
    time -= step;
    TRY_ASSIGN(const uint64_t total, stream_->advance());
    TRY(stream_->tell_written(total + stream_->buffer().size()));
  }
  return {};
}

Result<TestStream::Reading> TestStream::read() {
  const Nanoseconds before = client::now();
  TRY_ASSIGN(const uint64_t bytes, stream_->advance());
  const Nanoseconds after = client::now();
  return Reading{before + (after - before) / 2, after - before, bytes};
}

Result<std::string> stands(TestStream& stream) {
  TRY(stream.pass(kSettle));
  TRY_ASSIGN(TestStream::Reading last, stream.read());
  for (int i = 0; i < kStateReads; ++i) {
    TRY(stream.pass(kStateGap));
    TRY_ASSIGN(const TestStream::Reading here, stream.read());
    if (here.bytes == last.bytes)
      return fmt::format("the position stood at {} bytes for {:.1f} ms in RUN", here.bytes,
                         static_cast<double>((here.at - last.at).count()) / 1e6);
    last = here;
  }
  return std::string();
}

}  // namespace portside::verify
