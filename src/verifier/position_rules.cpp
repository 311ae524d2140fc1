#include "verifier/position_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace portside::verifier {
namespace {

using namespace std::chrono_literals;

// How far ahead of the time a position may be: a device's FIFO, and a driver that counts in steps of its timer.
constexpr Nanoseconds kAhead = 10ms;
// Its crystal is another than the system's: what certification allows (1 %).
constexpr uint64_t kRatePart = 100;

}  // namespace

void PositionRules::on_state_changing(const portcls::StateChange& change) {
  MutexLock lock(mutex_);
  Track& track = tracks_[change.stream];
  track.frozen.reset();
  if (change.from == KSSTATE_RUN) track.left_run = true;
  if (change.to == KSSTATE_STOP) track = {};
}

void PositionRules::on_stream_closed(const portcls::StreamClosed& closed) {
  MutexLock lock(mutex_);
  tracks_.erase(closed.stream);
}

void PositionRules::on_position_read(const portcls::PositionRead& read) {
  if (!read.status.is_ok()) return;
  const auto stream = book_.find(read.stream);
  if (!stream) return;
  const uint64_t play = read.position.PlayOffset;
  const auto tell = [&](RuleId rule, const std::string& what) {
    verifier_.report(rule, fmt::format("IMiniportWaveRTStream::GetPosition {}.", what), {{"returned by", read.method}},
                     book_.facts(read.stream));
  };
  if (stream->buffer_bytes && (play > stream->buffer_bytes || read.position.WriteOffset > stream->buffer_bytes)) {
    tell(RuleId::kPositionOutsideBuffer, fmt::format("gave PlayOffset {} and WriteOffset {} in a buffer of {} bytes",
                                                     play, read.position.WriteOffset, stream->buffer_bytes));
    return;
  }
  if (stream->changing || read.asked < stream->state_since) return;
  if (!stream->ever_ran) {
    if (play == 0) return;
    if (stream->ever_stopped && stream->state == KSSTATE_STOP)
      tell(RuleId::kPositionNotZeroAfterStop, fmt::format("gave {} in STOP", play));
    else if (stream->ever_stopped)
      tell(RuleId::kPositionNotZeroAfterStop,
           fmt::format("gave {} in {} after STOP, before the stream runs", play, state_name(stream->state)));
    else
      tell(RuleId::kPositionNotZeroAtStart,
           fmt::format("gave {} in {}, before the stream has run", play, state_name(stream->state)));
    return;
  }
  if (stream->state != KSSTATE_RUN) {
    std::optional<uint64_t> first, left;
    {
      MutexLock lock(mutex_);
      Track& track = tracks_[read.stream];
      if (!track.frozen) {
        track.frozen = play;
        left = left_in_pause(track, *stream, play, stream->run_time(read.when));
      }
      first = track.frozen;
    }
    if (left)
      tell(RuleId::kPositionMovesInPause,
           fmt::format(
               "gave {} in {} after {} in RUN: that is a step back, as a whole round of the buffer takes longer than "
               "the {} in which the stream has run",
               play, state_name(stream->state), *left, time_text(stream->run_time(read.when))));
    else if (*first != play)
      tell(RuleId::kPositionMovesInPause,
           fmt::format("gave {} and then {} in {}", *first, play, state_name(stream->state)));
    return;
  }
  if (stream->buffer_bytes && stream->bytes_per_second) judge_move(read, *stream);
}

// The first reading after RUN: where the stream has been since the last one in RUN, if that can be; else that one, and what follows
// goes on from here.
std::optional<uint64_t> PositionRules::left_in_pause(Track& track, const StreamView& stream, uint64_t play,
                                                     Nanoseconds ran) {
  const uint64_t ring = stream.buffer_bytes;
  if (!ring || !stream.bytes_per_second || !track.last) return std::nullopt;
  const uint64_t last = *track.last, here = play % ring, possible = stream.bytes_in(ran);
  const uint64_t tolerance = tolerance_of(stream, possible);
  uint64_t forwards = (here + ring - last) % ring;
  if (possible > track.total + forwards) forwards += (possible - track.total - forwards) / ring * ring;
  track.last = here;
  // One that is ahead is told of in RUN.
  const bool can_be = track.total + forwards <= possible + tolerance, was_ahead = track.total > possible + tolerance;
  if (can_be) track.total += forwards;
  return can_be || was_ahead || here >= last ? std::nullopt : std::optional(last);
}

uint64_t PositionRules::tolerance_of(const StreamView& stream, uint64_t possible) {
  return std::min(stream.bytes_in(kAhead), uint64_t{stream.buffer_bytes} / 4) + possible / kRatePart;
}

// The position modulo the buffer says little alone; with the time it does: the move since the last reading is the
// shortest way forwards, and if that cannot have been played yet, the position went backwards or runs ahead.
void PositionRules::judge_move(const portcls::PositionRead& read, const StreamView& stream) {
  const uint64_t ring = stream.buffer_bytes;
  const uint64_t here = read.position.PlayOffset % ring;
  const uint64_t possible = stream.bytes_in(stream.run_time(read.when));
  const uint64_t tolerance = tolerance_of(stream, possible);
  std::optional<uint64_t> before;
  uint64_t total = 0;
  bool through_pause = false;
  {
    MutexLock lock(mutex_);
    Track& track = tracks_[read.stream];
    // Asked while another reading was: which of the two was first is not known.
    if (read.asked < track.last_when) return;
    const uint64_t all_the_time = stream.bytes_in(read.when - std::exchange(track.last_when, read.when));
    const bool left_run = std::exchange(track.left_run, false);
    before = track.last;
    const uint64_t last = before.value_or(0);
    uint64_t forwards = (here + ring - last) % ring;
    // Rounds that passed between two readings.
    if (possible > track.total + forwards) forwards += (possible - track.total - forwards) / ring * ring;
    total = track.total + forwards;
    // One that was ahead already is told as that.
    const uint64_t back = (last + ring - here) % ring;
    // A short way back is a step back; half a ring may as well be a packet that is counted when its transfer begins.
    const bool anew = left_run && here == 0;
    const bool backwards = before && total > possible + tolerance && track.total <= possible + tolerance && back &&
                           (back <= ring / 4 || anew);
    // As far as it comes when it goes on in PAUSE.
    const uint64_t off = (all_the_time % ring + ring - forwards % ring) % ring;
    const uint64_t near = std::min(stream.bytes_in(kAhead), ring / 8);
    // What begins anew at RUN has not gone on.
    through_pause = backwards && left_run && here > near && std::min(off, ring - off) <= near;
    track.last = here;
    track.total = through_pause ? possible : backwards ? track.total - std::min(track.total, back) : total;
    if (total <= possible + tolerance) return;
    if (!backwards) before.reset();
  }
  if (before && through_pause) {
    verifier_.report(
        RuleId::kPositionMovesInPause,
        fmt::format(
            "IMiniportWaveRTStream::GetPosition gave {} in RUN, and after a PAUSE in between {}, in a buffer of {} "
            "bytes: as far as it comes when it goes on in PAUSE.",
            *before, here, ring),
        {{"returned by", read.method}}, book_.facts(read.stream));
    return;
  }
  if (before) {
    verifier_.report(
        RuleId::kPositionBackwards,
        fmt::format(
            "IMiniportWaveRTStream::GetPosition gave {} after {} in a buffer of {} bytes: in {} of RUN no more than {} "
            "bytes can have passed.",
            here, *before, ring, time_text(stream.run_time(read.when)), possible),
        {{"returned by", read.method}}, book_.facts(read.stream));
    return;
  }
  if (!pace_) return;
  verifier_.report(
      RuleId::kPositionAheadOfTime,
      fmt::format(
          "IMiniportWaveRTStream::GetPosition gave {}: {} bytes since the stream began to run, {} ago, in which {} "
          "bytes pass.",
          here, total, time_text(stream.run_time(read.when)), possible),
      {{"returned by", read.method}}, book_.facts(read.stream));
}

void PositionRules::on_presentation_read(const portcls::PresentationRead& read) {
  if (!read.status.is_ok()) return;
  const auto stream = book_.find(read.stream);
  if (!stream || stream->frame_bytes == 0) return;
  const auto tell = [&](RuleId rule, const std::string& what) {
    verifier_.report(rule, fmt::format("GetOutputStreamPresentationPosition {}.", what), {{"returned by", read.method}},
                     book_.facts(read.stream));
  };
  const uint64_t counter = read.position.u64QPCPosition;
  if (counter == 0 || counter > read.counter_now)
    tell(RuleId::kPresentationCounterWrong,
         fmt::format("gave the performance counter {}, which stood at {} when it was asked and at {} "
                     "when it returned",
                     counter, read.counter_asked, read.counter_now));
  if (stream->changing || read.asked < stream->state_since) return;
  const uint64_t blocks = read.position.u64PositionInBlocks;
  const Nanoseconds ran = stream->run_time(read.when);
  const uint64_t possible = stream->bytes_in(ran + ran / kRatePart + kAhead) / stream->frame_bytes;
  if (!stream->ever_ran ? blocks != 0 : blocks > possible)
    tell(RuleId::kPresentationOffTime,
         fmt::format("gave block {} after {} of RUN", blocks, time_text(stream->run_time(read.when))));
  std::optional<uint64_t> before;
  {
    MutexLock lock(mutex_);
    Track& track = tracks_[read.stream];
    if (read.asked < track.blocks_when) return;
    track.blocks_when = read.when;
    before = std::exchange(track.blocks, blocks);
  }
  if (before && blocks < *before)
    tell(RuleId::kPresentationBackwards, fmt::format("gave block {} after block {}", blocks, *before));
}

}  // namespace portside::verifier
