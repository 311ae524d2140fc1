#include "verify/pace_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "client/process.h"
#include "kernel/kernel.h"
#include "verify/tolerances.h"

namespace portside::verify {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr const char* kPositionPage = "audio/audio-position-property";
constexpr const char* kNotificationPage =
    "ddi/portcls/nf-portcls-iminiportwavertstreamnotification-allocatebufferwithnotification";

double ms_of(const client::AudioFormat& format, double bytes) { return bytes * 1000 / format.bytes_per_second(); }
// A device reckons with steps of its timer.
constexpr double kPresentedMs = 11;
double ms(Nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

Result<> resume(Verdict& verdict, const Subject& subject) {
  const double tolerance = Tolerances().largest_error_ms;
  TRY_ASSIGN(const auto stream, TestStream::open(subject));
  TRY(stream->run());
  TRY(stream->pass(microseconds(13'170)));
  for (const KSSTATE halt : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_PAUSE}) {
    // Nobody asks for some time: what was played until PAUSE was played all the same.
    TRY_ASSIGN(const TestStream::Reading last, stream->read());
    client::sleep_for(microseconds(6'870));
    // A driver may halt its device first, and come back some time later.
    const Nanoseconds pauses = client::now();
    TRY(stream->set_state(KSSTATE_PAUSE));
    TRY_ASSIGN(const TestStream::Reading halted, stream->read());
    const double went = ms_of(subject.format, static_cast<double>(halted.bytes - last.bytes)),
                 passed = ms(pauses - last.at);
    if (went < passed - tolerance) {
      verdict.fail(
          RuleId::kPositionOffAtPause, subject.endpoint.name,
          fmt::format(
              "PAUSE comes {:.2f} ms after the last reading, and the position that it freezes is {:.2f} ms further",
              passed, went));
      return {};
    }
    if (halt != KSSTATE_PAUSE) TRY(stream->set_state(halt));
    TRY_ASSIGN(const TestStream::Reading frozen, stream->read());
    // A position that is set to another value here looks like one that has moved on, round the buffer.
    const double jumped = ms_of(subject.format, static_cast<double>(frozen.bytes - last.bytes));
    if (jumped > ms(frozen.at - last.at) + tolerance) {
      verdict.fail(
          RuleId::kPositionNotResumed, subject.endpoint.name,
          fmt::format("with the transition from RUN to {} the position, {} bytes before it, is {} bytes",
                      halt == KSSTATE_PAUSE ? "PAUSE" : "ACQUIRE", last.bytes % stream->stream().buffer().size(),
                      frozen.bytes % stream->stream().buffer().size()));
      return {};
    }
    client::sleep_for(microseconds(27'300));
    if (halt != KSSTATE_PAUSE) TRY(stream->set_state(KSSTATE_PAUSE));
    TRY(stream->set_state(KSSTATE_RUN));
    const Nanoseconds runs = client::now();
    TRY(stream->pass(microseconds(7'610)));
    TRY_ASSIGN(const TestStream::Reading later, stream->read());
    const double moved = ms_of(subject.format, static_cast<double>(later.bytes - frozen.bytes)),
                 ran = ms(later.at - runs);
    if (std::abs(moved - ran) > tolerance) {
      verdict.fail(RuleId::kPositionNotResumed, subject.endpoint.name,
                   fmt::format("{:.2f} ms after {} and RUN the position has moved by {:.2f} ms", ran,
                               halt == KSSTATE_PAUSE ? "PAUSE" : "ACQUIRE", moved));
      return {};
    }
  }
  return {};
}

// Said of what comes at the wrong time where an idle system's timers may be why.
std::string about_timers() {
  const Nanoseconds tick = current<kernel::Kernel>().options().timer_granularity;
  if (tick <= milliseconds(1)) return {};
  return fmt::format(
      " (timers expire each {:.1f} ms here, as on an idle system, but for those of "
      "EX_TIMER_HIGH_RESOLUTION and while ExSetTimerResolution asks for more)",
      ms(tick));
}

class NotificationPace {
 public:
  NotificationPace(Verdict& verdict, const Subject& subject, client::Stream& stream)
      : verdict_(verdict), subject_(subject), stream_(stream),
        packet_(stream.buffer().size() / stream.facts().notifications),
        packet_time_(subject.format.duration(packet_ / subject.format.frame_bytes())) {}

  // `other` runs beside it at first, and ends.
  Result<> run(std::unique_ptr<TestStream> other) {
    if (!stream_.buffer().empty()) std::ranges::fill(stream_.buffer(), std::byte{subject_.format.silence()});
    TRY(start());
    TRY(listen(RuleId::kNotificationOffPosition, 7, "RUN"));
    if (other) {
      other.reset();
      TRY(listen(RuleId::kNotificationOffPosition, 5, "the end of the stream beside it"));
    }
    // In the midst of a packet, and for longer than one.
    sleep(packet_time_ * 2 / 5);
    TRY(stream_.set_state(KSSTATE_PAUSE));
    (void)stream_.wait(Nanoseconds(0));  // one that was under way
    if (stream_.wait(packet_time_ * 17 / 10))
      verdict_.fail(RuleId::kNotificationOutsideRun, subject_.endpoint.name, "an event comes in PAUSE");
    TRY(stream_.set_state(KSSTATE_RUN));
    TRY(listen(RuleId::kNotificationOffAfterPause, 4, "PAUSE and RUN"));
    TRY(stop());
    total_ = signalled_ = 0;
    (void)stream_.wait(Nanoseconds(0));
    TRY(start());
    return listen(RuleId::kNotificationOffPosition, 4, "STOP and RUN");
  }

 private:
  Result<> start() {
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN}) {
      if (state == KSSTATE_RUN) TRY(stream_.tell_written(stream_.buffer().size()));
      TRY(stream_.set_state(state));
    }
    return {};
  }
  Result<> stop() {
    for (const KSSTATE state : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_STOP}) TRY(stream_.set_state(state));
    return {};
  }
  void sleep(Nanoseconds time) { client::sleep_for(time); }

  // Each event finds the position just behind the end of a packet, the next one.
  Result<> listen(RuleId rule, int events, const char* after) {
    TRY_ASSIGN(total_, stream_.advance());
    // The event for the last packet may have come just before the position's passing its end.
    uint64_t next = std::max(total_ / packet_ + 1, signalled_ + 1);
    for (int i = 0; i < events && !verdict_.objected(); ++i, ++next) {
      // Looked at in between, since a position says nothing of whole rounds.
      sleep(packet_time_ / 2);
      TRY_ASSIGN(total_, stream_.advance());
      const bool came = wait();
      TRY_ASSIGN(total_, stream_.advance());
      TRY(stream_.tell_written(total_ + stream_.buffer().size()));
      const double late = ms_of(subject_.format, static_cast<double>(total_) - static_cast<double>(next * packet_));
      if (!came && !stream_.wait(packet_time_ * 4))
        verdict_.fail(
            RuleId::kNotificationMissing, subject_.endpoint.name,
            fmt::format("after {} no event comes any more: none for the end of packet {}, and none in the {:.0f} ms "
                        "behind it{}",
                        after, next, ms(packet_time_ * 4), about_timers()));
      else if (!came)
        verdict_.fail(
            rule, subject_.endpoint.name,
            fmt::format("after {} no event for the end of packet {}, the position being {:.2f} ms behind it{}", after,
                        next, late, about_timers()));
      else if (late < -kEarlyMs || late > std::min(kLateMs, ms(packet_time_) / 2))
        verdict_.fail(
            rule, subject_.endpoint.name,
            fmt::format("after {} the event for the end of packet {} comes when the position is {:.2f} ms {} it{}",
                        after, next, std::abs(late), late < 0 ? "before" : "behind", about_timers()));
      if (came) signalled_ = next;
      latest_ = std::max(latest_, late);
    }
    verdict_.measure(fmt::format("latest event after {}", after), latest_, "ms");
    return {};
  }
  bool wait() { return stream_.wait(packet_time_); }

  // Timers that fire each millisecond, and the DPC behind one.
  static constexpr double kEarlyMs = 1.1, kLateMs = 2.2;

  Verdict& verdict_;
  const Subject& subject_;
  client::Stream& stream_;
  const uint64_t packet_;
  const Nanoseconds packet_time_;
  uint64_t total_ = 0;
  uint64_t signalled_ = 0;  // packets since RUN from STOP
  double latest_ = 0;
};

// Packet numbers that a driver is to refuse, in RUN: what becomes of them is judged where PortCls calls the driver. Last,
// as one that takes them has lost count.
Result<> misnumber(const client::Stream& stream) {
  const auto write = [&](ULONG number, ULONG flags, ULONG end_bytes = 0) {
    const KSRTAUDIO_SETWRITEPACKET_INFO info{number, flags, end_bytes};
    return stream.pin().set(
        client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_SETWRITEPACKET, KSPROPERTY_TYPE_SET), info);
  };
  TRY_ASSIGN(const uint32_t count, stream.packet_count());
  (void)write(count + 16, 0);
  if (count >= 3) (void)write(count - 3, 0);
  (void)write(count, 0);  // it is on its way
  (void)write(count + 1, 0x8000'0000);
  (void)write(count + 1, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM, static_cast<ULONG>(stream.packet_bytes()) + 4);
  // Nothing comes behind the end.
  if (write(count + 1, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM)) (void)write(count + 2, 0);
  return {};
}

// Positions of several kinds of one stream, asked for together.
Result<> counts(Verdict& verdict, const Subject& subject) {
  client::StreamOptions options{.buffer = subject.packet * 2, .mode = client::StreamMode::kAuto};
  options.processing = subject.processing;
  TRY_ASSIGN(const auto stream, client::Stream::open(subject.endpoint, subject.format, options));
  if (stream->facts().mode != client::StreamMode::kPacket) {
    verdict.not_applicable("the stream has no packets: " + stream->facts().why_mode);
    return {};
  }
  const bool capture = subject.endpoint.direction == client::Direction::kCapture;
  const uint64_t packet = stream->packet_bytes(), frame = subject.format.frame_bytes();
  const double latency_ms = (ms_of(subject.format, stream->facts().latency.FifoSize) +
                             (stream->facts().latency.ChipsetDelay + stream->facts().latency.CodecDelay) / 1e4);
  for (int round = 0; round < 2; ++round) {
    for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE}) TRY(stream->set_state(state));
    uint32_t next = 0;
    // "If KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM is not specified in Flags, this parameter is ignored" (EosPacketLength).
    constexpr uint32_t kIgnored = 0xFFFF'FFFF;
    if (!capture) (void)stream->write_packet(next++, false, kIgnored);
    TRY(stream->set_state(KSSTATE_RUN));
    for (int i = 0; i < 8; ++i) {
      client::sleep_for(subject.packet * 9 / 10);
      TRY_ASSIGN(const uint64_t before, stream->advance());
      if (capture) {
        KSRTAUDIO_GETREADPACKET_INFO info{};
        const Status status = stream->read_packet(info);
        TRY_ASSIGN(const uint64_t after, stream->advance());
        if (!status.is_ok() && next + 1 < before / packet)
          verdict.fail(RuleId::kPacketNotGiven, subject.endpoint.name,
                       fmt::format("{} packets are recorded and {} read: GetReadPacket answers {}", before / packet,
                                   next, status.to_string()));
        if (status.is_ok() && (info.PacketNumber != next || info.PacketNumber >= after / packet + 1))
          verdict.fail(RuleId::kPacketNotGiven, subject.endpoint.name,
                       fmt::format("of {} recorded packets GetReadPacket gives number {} where {} is the next",
                                   after / packet, info.PacketNumber, next));
        if (status.is_ok()) {
          // When its first sample was taken, by the performance counter (100 ns a tick).
          next = info.PacketNumber + 1;
        }
        // Asked again at once: there is another one or none, and not the same.
        if (KSRTAUDIO_GETREADPACKET_INFO again{}; status.is_ok() && stream->read_packet(again).is_ok())
          next = again.PacketNumber + 1;
        if (status.is_ok() && info.MoreData && after / packet <= info.PacketNumber + 1)
          verdict.fail(RuleId::kPacketNotGiven, subject.endpoint.name,
                       fmt::format("GetReadPacket tells of more data behind packet {} of {}", info.PacketNumber,
                                   after / packet));
        continue;
      }
      TRY_ASSIGN(const uint32_t count, stream->packet_count());
      const auto presented = stream->pin().get<KSAUDIO_PRESENTATION_POSITION>(
          client::property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PRESENTATION_POSITION));
      TRY_ASSIGN(const uint64_t after, stream->advance());
      if (count + 1 < before / packet || count > after / packet + 1)
        verdict.fail(RuleId::kPacketCountOffPosition, subject.endpoint.name,
                     fmt::format("GetPacketCount says {} where the position has passed {}", count, before / packet));
      if (presented) {
        const double at = ms_of(subject.format, static_cast<double>(presented->u64PositionInBlocks * frame));
        const double low = ms_of(subject.format, static_cast<double>(before)) - latency_ms - kPresentedMs;
        const double high = ms_of(subject.format, static_cast<double>(after)) + kPresentedMs;
        if (at < low || at > high)
          verdict.fail(
              RuleId::kPresentationOffPosition, subject.endpoint.name,
              fmt::format("the presentation position is {:.2f} ms, the position {:.2f} ms, the latency {:.2f} ms", at,
                          ms_of(subject.format, static_cast<double>(before)), latency_ms));
      }
      while (next <= after / packet + 1) (void)stream->write_packet(next++, false, kIgnored);
    }
    if (round && !capture) TRY(misnumber(*stream));
    // The end of this stream is not that of the next: whether its packets are taken, the verifier looks at.
    if (!round && !capture) {
      client::sleep_for(subject.packet);
      (void)stream->write_packet(next, true, static_cast<uint32_t>(packet));
    }
    for (const KSSTATE state : {KSSTATE_PAUSE, KSSTATE_ACQUIRE, KSSTATE_STOP}) TRY(stream->set_state(state));
    // It starts again from nothing, which the verifier looks at.
    if (!capture) (void)stream->packet_count();
  }
  return {};
}

}  // namespace

void test_resume(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "position over PAUSE", subject.text(), kPositionPage);
  if (const Result<> done = resume(verdict, subject); !done) verdict.fail(done.error().to_string());
}

void test_notification_pace(Verdicts& verdicts, const Subject& subject, unsigned notifications,
                            const std::optional<Subject>& beside) {
  Verdict verdict(verdicts, fmt::format("pace of {} notification{}", notifications, notifications == 1 ? "" : "s"),
                  subject.text() + (beside ? ", beside " + beside->endpoint.name : ""), kNotificationPage);
  std::unique_ptr<TestStream> other;
  if (beside) {
    auto opened = TestStream::open(*beside);
    if (!opened)
      return verdict.not_applicable(fmt::format("{}: {}", beside->endpoint.name, opened.error().to_string()));
    other = std::move(*opened);
    if (const Result<> runs = other->run(); !runs) return verdict.fail(runs.error().to_string());
  }
  client::StreamOptions options{.buffer = subject.packet * notifications,
                                .notifications = notifications,
                                .mode = client::StreamMode::kEvent,
                                .processing = subject.processing};
  const auto stream = client::Stream::open(subject.endpoint, subject.format, options);
  if (!stream) return verdict.not_applicable(fmt::format("refused with {}", stream.error().to_string()));
  if (const Result<> done = NotificationPace(verdict, subject, **stream).run(std::move(other)); !done)
    verdict.fail(done.error().to_string());
}

void test_counts(Verdicts& verdicts, const Subject& subject) {
  Verdict verdict(verdicts, "packets against positions", subject.text(),
                  "ddi/portcls/nn-portcls-iminiportwavertoutputstream");
  if (const Result<> done = counts(verdict, subject); !done) verdict.fail(done.error().to_string());
}

}  // namespace portside::verify
