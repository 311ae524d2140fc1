#include "client/playback_loop.h"

#include <algorithm>

namespace portside::client {
namespace {

// A device that does not move for this many rounds of its buffer is stuck.
constexpr int kStuckRounds = 50;

double milliseconds(Nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

}  // namespace

PlaybackLoop::PlaybackLoop(Stream& stream) : stream_(stream) {
  log_.facts = stream.facts();
  const uint64_t frame = log_.facts.format.frame_bytes();
  ring_bytes_ = stream.buffer().size();
  packet_bytes_ = ring_bytes_ / 2 / frame * frame;
  if (packet_bytes_ == 0) packet_bytes_ = ring_bytes_;
  packet_time_ = log_.facts.format.duration(std::max<uint64_t>(1, packet_bytes_ / frame));
}

Result<> PlaybackLoop::prepare() {
  TRY(stream_.set_state(KSSTATE_ACQUIRE));
  return stream_.set_state(KSSTATE_PAUSE);
}

Result<> PlaybackLoop::start() {
  TRY(stream_.set_state(KSSTATE_RUN));
  log_.started = last_move_ = last_read_ = now();
  return {};
}

Result<> PlaybackLoop::stop() {
  TRY(stream_.set_state(KSSTATE_PAUSE));
  log_.stopped = now();
  const Nanoseconds ran = log_.stopped - log_.started;
  if (log_.facts.notifications && log_.notifications == 0 && ran > packet_time_ * 4)
    glitch(GlitchKind::kNoNotification,
           fmt::format("{} notification{} a buffer were asked for and granted; in {:.0f} ms of RUN none came",
                       log_.facts.notifications, log_.facts.notifications == 1 ? "" : "s", milliseconds(ran)));
  return stream_.set_state(KSSTATE_STOP);
}

void PlaybackLoop::glitch(GlitchKind kind, std::string sentence) {
  ++log_.glitch_count;
  if (log_.glitches.size() < StreamLog::kGlitchesKept)
    log_.glitches.push_back({kind, now() - log_.started, std::move(sentence)});
}

void PlaybackLoop::give_up(std::string what) {
  log_.stalled = std::move(what);
  if (!log_.facts.notifications) return;
  log_.stalled += log_.notifications ? fmt::format("; {} notifications had come", log_.notifications)
                                     : fmt::format("; {} notification{} a buffer were asked for, none came",
                                                   log_.facts.notifications, log_.facts.notifications == 1 ? "" : "s");
}

// Device and client share one clock here: in some time a device moves as far as its rate says, a packet more at most,
// since it may move by packets. A step backwards looks like most of a round forward.
void PlaybackLoop::judge_move(uint64_t moved, Nanoseconds time) {
  const AudioFormat& format = log_.facts.format;
  const uint64_t packets = ring_bytes_ / packet_bytes_;
  if (packets < 2 || time > packet_time_) return;  // too long ago to tell a round from none
  const auto due = static_cast<uint64_t>(time.count()) * format.bytes_per_second() / 1'000'000'000u;
  const uint64_t slack = packet_bytes_ + packet_bytes_ / 4;
  if (moved <= due + slack) return;
  glitch(GlitchKind::kPositionJumped,
         fmt::format("the position moved {} bytes, {:.2f} ms of sound, in {:.2f} ms, to {}", moved,
                     static_cast<double>(moved) * 1000 / format.bytes_per_second(), milliseconds(time),
                     (last_total_ + moved) % ring_bytes_));
}

Result<uint64_t> PlaybackLoop::next() {
  // With an event at each half, a missed one is made up for. With one a buffer, or none, the half that is free is
  // found by looking in between.
  const bool each_half = stream_.notified() && stream_.facts().notifications == 2;
  const Nanoseconds patience = each_half && !hurry_ ? packet_time_ * 2 : packet_time_ / 4;
  if (stream_.wait(std::max<Nanoseconds>(patience, std::chrono::microseconds(20)))) ++log_.notifications;
  else ++log_.polls;
  const Nanoseconds asked = now();
  TRY_ASSIGN(const uint64_t total, stream_.advance());
  const Nanoseconds at = now();
  // A request that was held so long (the system slept) is no time in which the device stood still.
  if (at - asked > packet_time_) last_move_ += at - asked;
  if (log_.positions.size() < StreamLog::kPositionsKept) log_.positions.push_back({at, total % ring_bytes_});
  ++log_.positions_read;
  judge_move(total - last_total_, at - last_read_);
  last_read_ = at;
  if (total == last_total_) {
    const Nanoseconds still = at - last_move_;
    if (still > packet_time_ * 4 && !standing_told_) {
      standing_told_ = true;
      glitch(GlitchKind::kPositionStood, fmt::format("the position stood still at {} for {:.1f} ms in RUN",
                                                     total % ring_bytes_, milliseconds(still)));
    }
    if (still > packet_time_ * 2 * kStuckRounds)
      give_up(fmt::format("the position has stood still at {} for {:.0f} ms in RUN", total % ring_bytes_,
                          milliseconds(still)));
  } else {
    last_move_ = at;
    standing_told_ = false;
  }
  // An event a little before its boundary: look again soon instead of losing a packet.
  hurry_ = total / packet_bytes_ == last_total_ / packet_bytes_;
  last_total_ = total;
  return total;
}

bool PlaybackLoop::wait_for_packet() {
  const bool came = stream_.wait(std::max<Nanoseconds>(packet_time_ * 2, std::chrono::microseconds(20)));
  ++(came ? log_.notifications : log_.polls);
  return came;
}

void PlaybackLoop::no_packet_yet() {
  const Nanoseconds still = now() - last_move_;
  if (still > packet_time_ * 2 * kStuckRounds)
    give_up(fmt::format("the device has finished no packet for {:.0f} ms in RUN", milliseconds(still)));
}

}  // namespace portside::client
