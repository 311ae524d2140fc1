#include "verifier/packet_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/machine_clock.h"

namespace portside::verifier {
namespace {

using namespace std::chrono_literals;
using portcls::PacketCall;
using portcls::PacketMethod;

// Drivers that count by a timer are up to a few of its periods off.
constexpr Nanoseconds kTolerance = 10ms;
// Their crystal is another than the system's: what certification allows (1 %).
Nanoseconds fast(Nanoseconds ran) { return ran + ran / 100 + kTolerance; }
constexpr int64_t kNsATick = 1'000'000'000 / kernel::MachineClock::kPerformanceFrequency;
constexpr uint32_t kKnownFlags = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;

// Packets that are completely transferred after that much time in RUN.
uint64_t packets_in(Nanoseconds time, const StreamView& stream) {
  const Nanoseconds one = stream.packet_time();
  return time <= 0ns || one <= 0ns ? 0 : static_cast<uint64_t>(time / one);
}

}  // namespace

PacketRules::Track PacketRules::track(portcls::StreamId id) {
  MutexLock lock(mutex_);
  return tracks_[id];
}

template <class Change>
void PacketRules::update(portcls::StreamId id, Change change) {
  MutexLock lock(mutex_);
  change(tracks_[id]);
}

void PacketRules::on_state_changing(const portcls::StateChange& change) {
  if (change.to == KSSTATE_STOP) update(change.stream, [](Track& t) { t = {}; });
}

void PacketRules::on_stream_closed(const portcls::StreamClosed& closed) {
  MutexLock lock(mutex_);
  tracks_.erase(closed.stream);
}

void PacketRules::tell(RuleId rule, const PacketCall& call, const std::string& what) {
  constexpr const char* kNames[] = {"SetWritePacket", "GetPacketCount", "GetReadPacket"};
  verifier_.report(rule, fmt::format("{} {}.", kNames[static_cast<size_t>(call.method)], what),
                   {{"returned by", call.place}}, book_.facts(call.stream));
}

void PacketRules::on_packet_call(const PacketCall& call) {
  const auto stream = book_.find(call.stream);
  if (!stream || stream->changing || call.asked < stream->state_since || stream->packet_time() <= 0ns) {
    // Not judged, and yet the end of the stream.
    if (stream && call.method == PacketMethod::kSetWritePacket && call.status.is_ok() &&
        (call.flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM))
      update(call.stream, [](Track& t) { t.ended = true; });
    return;
  }
  switch (call.method) {
    case PacketMethod::kSetWritePacket: return judge_write(call, *stream);
    case PacketMethod::kGetPacketCount: return judge_count(call, *stream);
    case PacketMethod::kGetReadPacket: return judge_read(call, *stream);
  }
}

void PacketRules::judge_write(const PacketCall& call, const StreamView& stream) {
  const Track before = track(call.stream);
  const Nanoseconds ran = stream.run_time(call.when);
  const std::string flags = call.flags == KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM
                                ? "KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM"
                                : fmt::format("flags 0x{:X}", call.flags);
  const std::string packet = fmt::format("packet {}, {}, after {} of RUN (a packet lasts {})", call.number, flags,
                                         time_text(ran), time_text(stream.packet_time()));
  if (!call.status.is_ok()) {
    const NTSTATUS status = call.status.nt();
    const bool unknown_flags = call.flags & ~kKnownFlags;
    // The packet in progress is late by the page; one behind it is not.
    if (status == STATUS_DATA_LATE_ERROR && call.number > (stream.ever_ran ? packets_in(fast(ran), stream) : 0))
      tell(RuleId::kWritePacketRefused, call, fmt::format("refused {} as late", packet));
    // The next packet, with a length that means nothing without the flag.
    const bool is_next = !before.ended && call.number < packets_in(ran, stream) + stream.notification_count &&
                         (!stream.ever_ran || call.number > before.count.value_or(packets_in(ran, stream)));
    if (status == STATUS_INVALID_PARAMETER && call.flags == 0 && call.end_bytes > stream.packet_bytes() && is_next)
      tell(RuleId::kWritePacketRefused, call,
           fmt::format("refused {}, with an EosPacketLength of {}, which is ignored, with STATUS_INVALID_PARAMETER",
                       packet, call.end_bytes));
    // The one behind that which is on its way, by the driver's own count.
    if (status == STATUS_DATA_OVERRUN && call.flags == 0 && !before.ended && stream.state == KSSTATE_RUN &&
        stream.notification_count > 1 && call.number <= before.count.value_or(0) + 1)
      tell(RuleId::kWritePacketRefused, call,
           fmt::format("refused {} as one too many: {} are transferred, and the buffer holds {}", packet,
                       before.count.value_or(0), stream.notification_count));
    if (status == STATUS_INVALID_DEVICE_STATE && call.flags == 0 && is_next && stream.state >= KSSTATE_PAUSE)
      tell(
          RuleId::kWritePacketRefused, call,
          fmt::format(
              "refused {}, with STATUS_INVALID_DEVICE_STATE, and no end of the stream was written since it was stopped",
              packet));
    if (status == STATUS_INVALID_PARAMETER && !unknown_flags && (call.flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) &&
        !before.ended && call.end_bytes <= stream.packet_bytes())
      tell(RuleId::kEndOfStreamRefused, call,
           fmt::format("refused {}, the end of the stream, with STATUS_INVALID_PARAMETER", packet));
    return;
  }
  if (call.flags & ~kKnownFlags) tell(RuleId::kWritePacketFlags, call, fmt::format("took {}", packet));
  if ((call.flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) && call.end_bytes > stream.packet_bytes())
    tell(RuleId::kEndOfStreamTooLong, call,
         fmt::format("took {}, with an EosPacketLength of {} in a packet of {} bytes", packet, call.end_bytes,
                     stream.packet_bytes()));
  if (before.ended)
    tell(RuleId::kWritePacketAfterEnd, call, fmt::format("took {} after the end of the stream", packet));
  // Late by the driver's own count, or by the time.
  const uint64_t done =
      std::max<uint64_t>(before.count.value_or(0),
                         packets_in(stream.sure_run_time(call.asked) - stream.packet_time() - kTolerance, stream));
  if (call.number < done)
    tell(RuleId::kWritePacketLate, call, fmt::format("took {}, of which {} are transferred", packet, done));
  // It has counted so many since RUN began, so that the next one is on its way, or done by now.
  else if (before.count && call.number == *before.count && stream.state == KSSTATE_RUN &&
           before.count_when <= call.asked)
    tell(RuleId::kWritePacketLate, call,
         fmt::format("took {}, which is being transferred: GetPacketCount gave {} before", packet, *before.count));
  const uint64_t room = packets_in(fast(ran), stream) + stream.notification_count;
  if (call.number >= room && call.number >= before.count.value_or(0) + stream.notification_count)
    tell(RuleId::kWritePacketOverrun, call,
         fmt::format("took {}; the buffer holds {} packets", packet, stream.notification_count));
  if (call.flags & KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM) update(call.stream, [](Track& t) { t.ended = true; });
}

void PacketRules::judge_count(const PacketCall& call, const StreamView& stream) {
  if (!call.status.is_ok()) return;
  const Track before = track(call.stream);
  if (stream.state == KSSTATE_STOP || !stream.ever_ran) {
    if (call.number)
      tell(RuleId::kPacketCountNotReset, call,
           fmt::format("gave {} in {}, before the stream runs", call.number, state_name(stream.state)));
    return;
  }
  if (call.asked < before.count_when) return;  // asked while another was: which came first is not known
  if (before.count && call.number < *before.count)
    tell(RuleId::kPacketCountBackwards, call, fmt::format("gave {} after {}", call.number, *before.count));
  const Nanoseconds ran = stream.run_time(call.when);
  const Nanoseconds slack = kTolerance + stream.packet_time() + ran / 100;
  const uint64_t most = packets_in(fast(ran), stream);
  const uint64_t least = packets_in(stream.sure_run_time(call.asked) - slack, stream);
  if ((pace_ && call.number > most) ||
      (punctual_ && !stream.ended && stream.state == KSSTATE_RUN && call.number < least))
    tell(RuleId::kPacketCountOffRate, call,
         fmt::format("gave {} after {} of RUN, in which {} packets pass", call.number, time_text(ran),
                     packets_in(ran, stream)));
  update(call.stream, [&](Track& t) {
    t.count = call.number;
    t.count_when = call.when;
  });
}

void PacketRules::judge_read(const PacketCall& call, const StreamView& stream) {
  const Track before = track(call.stream);
  if (!call.status.is_ok()) {
    const bool before_run = !stream.ever_ran && stream.state == KSSTATE_PAUSE;
    const bool all_read = stream.ever_ran && stream.state == KSSTATE_RUN && before.read &&
                          packets_in(stream.run_time(call.when), stream) <= *before.read + 1;
    const bool is_gone = call.status.nt() == STATUS_DEVICE_REMOVED || call.status.nt() == STATUS_NO_SUCH_DEVICE ||
                         call.status.nt() == STATUS_DELETE_PENDING;
    if ((before_run || all_read) && !is_gone && call.status.nt() != STATUS_DEVICE_NOT_READY)
      tell(RuleId::kReadPacketRefusal, call,
           fmt::format("returned {} {}", status_name(static_cast<uint32_t>(call.status.nt())),
                       before_run
                           ? "before anything was captured"
                           : fmt::format("where packet {} is the last that was captured, and read", *before.read)));
    return;
  }
  const Nanoseconds ran = stream.run_time(call.when);
  if (call.asked < before.read_when) return;
  // MoreData tells of packets that the driver has kept, a second of them perhaps (GetReadPacket, Remarks), and a keyword
  // detector's pin may burst without it, a packet an event. Only without either is a packet held against the time.
  const uint64_t complete = stream.ever_ran ? packets_in(fast(ran), stream) : 0;
  if (call.number >= complete && !call.more && !before.bursts && !stream.bursts)
    tell(RuleId::kReadPacketAhead, call,
         fmt::format("gave packet {} after {} of RUN; a packet lasts {}", call.number, time_text(ran),
                     time_text(stream.packet_time())));
  if (before.read && call.number <= *before.read)
    tell(RuleId::kReadPacketRepeated, call, fmt::format("gave packet {} after packet {}", call.number, *before.read));
  if (call.flags) tell(RuleId::kReadPacketFlags, call, fmt::format("gave the flags 0x{:X}", call.flags));
  if (call.performance_counter == 0 || call.performance_counter > call.counter_now)
    tell(RuleId::kReadPacketCounterWrong, call,
         fmt::format("gave the performance counter {} for packet {}, which stands at {} now", call.performance_counter,
                     call.number, call.counter_now));
  // A packet takes its time to be recorded: whoever has it has waited since its first sample.
  else if (const Nanoseconds since((call.counter_now - call.performance_counter) * kNsATick);
           !before.bursts && !stream.bursts && since < stream.packet_time() / 2)
    tell(RuleId::kReadPacketCounterWrong, call,
         fmt::format("gave a performance counter of {} ago for packet {}, which took {} to be recorded: that is not of "
                     "its first sample",
                     time_text(since), call.number, time_text(stream.packet_time())));
  else if (before.read && call.number > *before.read && call.performance_counter <= before.read_counter)
    tell(RuleId::kReadPacketCounterWrong, call,
         fmt::format("gave the performance counter {} for packet {}, and {} for packet {} before it",
                     call.performance_counter, call.number, before.read_counter, *before.read));
  update(call.stream, [&](Track& t) {
    t.read = call.number;
    t.read_counter = call.performance_counter;
    t.read_when = call.when;
    t.bursts |= call.more;
  });
}

}  // namespace portside::verifier
