#include "verify/register_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "client/process.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr const char* kRegisterPage = "audio/developing-a-wavert-miniport-driver";
constexpr const char* kClockPage = "ddi/ksmedia/ns-ksmedia-ksrtaudio_hwregister";
// A buffer in which a register that counts something else cannot be right by chance.
constexpr Nanoseconds kPacket = milliseconds(100);
constexpr int kReads = 12;
constexpr Nanoseconds kGap = milliseconds(37);
// Drivers without such hardware write the register from a timer.
constexpr Nanoseconds kTimer = milliseconds(11);
constexpr double kRatePercent = 1;

uint64_t bytes_in(const client::AudioFormat& format, Nanoseconds time) {
  return static_cast<uint64_t>(format.bytes_per_second() * static_cast<double>(time.count()) / 1e9);
}

// How far a place in a ring is from [from, to], the shorter way.
uint64_t distance(uint64_t place, uint64_t from, uint64_t to, uint64_t ring) {
  const uint64_t ahead = (place + ring - to % ring) % ring, behind = (from % ring + ring - place) % ring;
  const uint64_t within = (to + ring - from) % ring;
  return (place + ring - from % ring) % ring <= within ? 0 : std::min(ahead, behind);
}

// What the stream's latency and the register's own accuracy allow.
uint64_t allowed(const client::Stream& stream, const client::AudioFormat& format) {
  const KSRTAUDIO_HWLATENCY& latency = stream.facts().latency;
  const Nanoseconds delays(100 * (uint64_t{latency.ChipsetDelay} + latency.CodecDelay));
  return latency.FifoSize + stream.position_register()->Accuracy + bytes_in(format, delays + kTimer);
}

Result<> follow(Verdict& verdict, const Subject& subject, TestStream& stream) {
  const client::Stream& pin = stream.stream();
  const uint64_t ring = pin.buffer().size(), tolerance = allowed(pin, subject.format);
  if (tolerance >= ring / 4) {
    verdict.not_applicable(fmt::format(
        "latency and accuracy allow the register to be {} bytes off, in a buffer of {} bytes", tolerance, ring));
    return {};
  }
  uint64_t most = 0;
  for (int i = 0; i < kReads && !verdict.objected(); ++i) {
    TRY(stream.pass(kGap));
    TRY_ASSIGN(const uint64_t before, stream.offset());
    const uint64_t place = *pin.read_position_register();
    TRY_ASSIGN(const uint64_t after, stream.offset());
    const uint64_t off = place > ring ? ring : distance(place % ring, before, after, ring);
    most = std::max(most, off);
    if (off > tolerance)
      verdict.fail(RuleId::kRegisterOffPosition, subject.endpoint.name,
                   fmt::format("in a buffer of {} bytes GetPosition gives {} and the position register holds {}", ring,
                               before, place));
  }
  verdict.measure("largest difference", static_cast<double>(most), "bytes", static_cast<double>(tolerance));
  return {};
}

Result<> measure_clock(Verdict& verdict, const Subject& subject, TestStream& stream) {
  const client::Stream& pin = stream.stream();
  const KSRTAUDIO_HWREGISTER& clock = *pin.clock_register();
  if (clock.Numerator == 0 || clock.Denominator == 0) {
    verdict.not_applicable("the register has no frequency");  // told at GetClockRegister
    return {};
  }
  const double frequency = static_cast<double>(clock.Numerator) / clock.Denominator;
  const uint64_t first = *pin.read_clock_register();
  const Nanoseconds began = client::now();
  constexpr int kRounds = 30;
  for (int i = 0; i < kRounds; ++i) TRY(stream.pass(kGap));
  const uint64_t mask = clock.Width == 32 ? 0xFFFF'FFFFull : ~0ull;
  const double ticks = static_cast<double>((*pin.read_clock_register() - first) & mask);
  const double seconds = static_cast<double>((client::now() - began).count()) / 1e9;
  const double percent = (ticks / (frequency * seconds) - 1) * 100;
  // One that is written from a timer stands still in between.
  const double limit = kRatePercent + 100 * static_cast<double>(kTimer.count()) / 1e9 / seconds +
                       100 * clock.Accuracy / (frequency * seconds);
  verdict.measure("rate error", percent, "%", limit);
  if (!(std::abs(percent) <= limit))
    verdict.fail(
        RuleId::kClockOffFrequency, subject.endpoint.name,
        fmt::format("the clock register counts {:.0f} ticks in {:.0f} ms of RUN; {}/{} ticks a second make {:.0f}",
                    ticks, seconds * 1000, clock.Numerator, clock.Denominator, frequency * seconds));
  return {};
}

}  // namespace

void test_registers(Verdicts& verdicts, const Subject& subject) {
  Subject slow = subject;
  slow.packet = std::max(subject.packet, kPacket);
  Verdict position(verdicts, "position register against positions", slow.text(), kRegisterPage);
  Verdict clock(verdicts, "rate of the clock register", slow.text(), kClockPage);
  position.of_figures();
  clock.of_figures();
  const auto stream = TestStream::open(slow);
  if (!stream) {
    const std::string why = fmt::format("refused with {}", stream.error().to_string());
    position.not_applicable(why);
    return clock.not_applicable(why);
  }
  const client::Stream& pin = (*stream)->stream();
  if (!pin.position_register()) position.not_applicable("the stream has no position register that a client could read");
  if (!pin.clock_register()) clock.not_applicable("the stream has no clock register that a client could read");
  if (!pin.position_register() && !pin.clock_register()) return;
  const auto run = [&](Verdict& verdict, bool there, auto test) {
    if (!there) return;
    if (const Result<> done = test(verdict, slow, **stream); !done) verdict.fail(done.error().to_string());
  };
  if (const Result<> runs = (*stream)->run(); !runs) {
    for (const auto& [verdict, there] :
         {std::pair<Verdict*, bool>{&position, pin.position_register()}, {&clock, pin.clock_register()}})
      if (there) verdict->fail(runs.error().to_string());
    return;
  }
  run(position, pin.position_register(), follow);
  run(clock, pin.clock_register(), measure_clock);
}

}  // namespace portside::verify
