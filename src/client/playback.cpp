#include "client/playback.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace portside::client {
namespace {

// A ring that does not move for this many rounds of its buffer is stuck.
constexpr int kStuckRounds = 50;

class Loop {
 public:
  explicit Loop(Stream& stream) : stream_(stream) {
    log_.facts = stream.facts();
    ring_bytes_ = stream.buffer().size();
    packet_bytes_ = ring_bytes_ / 2 / log_.facts.format.frame_bytes() * log_.facts.format.frame_bytes();
    if (packet_bytes_ == 0) packet_bytes_ = ring_bytes_;
    packet_time_ = log_.facts.format.duration(std::max<uint64_t>(1, packet_bytes_ / log_.facts.format.frame_bytes()));
  }

  Result<> start() {
    TRY(stream_.set_state(KSSTATE_RUN));
    log_.started = now();
    last_move_ = log_.started;
    return {};
  }

  Result<> stop() {
    TRY(stream_.set_state(KSSTATE_PAUSE));
    log_.stopped = now();
    return stream_.set_state(KSSTATE_STOP);
  }

  // Waits for the device to move on; the bytes it has played or recorded so far.
  Result<uint64_t> next() {
    // With an event at each half, a missed one is made up for. With one a buffer, or none, the half that is free is
    // found by looking in between.
    const bool each_half = stream_.notified() && stream_.facts().notifications == 2;
    const Nanoseconds patience = each_half && !hurry_ ? packet_time_ * 2 : packet_time_ / 4;
    if (stream_.wait(std::max<Nanoseconds>(patience, std::chrono::microseconds(20))))
      ++log_.notifications;
    else
      ++log_.polls;
    TRY_ASSIGN(const uint64_t total, stream_.advance());
    if (log_.positions.size() < StreamLog::kPositionsKept) log_.positions.push_back({now(), total % ring_bytes_});
    ++log_.positions_read;
    if (total == last_total_ && now() - last_move_ > packet_time_ * 2 * kStuckRounds)
      return fail(StatusCode::kInvalidDeviceState,
                  fmt::format("the position has stood still at {} for {:.0f} ms in RUN", total % ring_bytes_,
                              static_cast<double>((now() - last_move_).count()) / 1e6));
    if (total != last_total_) last_move_ = now();
    // An event a little before its boundary: look again soon instead of losing a packet.
    hurry_ = total / packet_bytes_ == last_total_ / packet_bytes_;
    last_total_ = total;
    return total;
  }

  uint64_t ring_bytes() const { return ring_bytes_; }
  uint64_t packet_bytes() const { return packet_bytes_; }
  StreamLog& log() { return log_; }

  // Calls `piece` with the ring's bytes [from, to) of the endless stream, in one or two stretches.
  template <class Piece>
  void over_ring(uint64_t from, uint64_t to, Piece piece) {
    while (from < to) {
      const uint64_t at = from % ring_bytes_;
      const uint64_t bytes = std::min(to - from, ring_bytes_ - at);
      piece(stream_.buffer().subspan(at, bytes), from);
      from += bytes;
    }
  }

 private:
  Stream& stream_;
  StreamLog log_;
  uint64_t ring_bytes_ = 0, packet_bytes_ = 0, last_total_ = 0;
  Nanoseconds packet_time_{}, last_move_{};
  bool hurry_ = false;
};

}  // namespace

Result<StreamLog> play(Stream& stream, const Sound& sound, const PlayOptions& options) {
  Loop loop(stream);
  const AudioFormat& format = stream.facts().format;
  const std::span<const std::byte> data = sound.frames;
  const auto tail_frames = static_cast<uint64_t>(options.tail.count()) * format.rate_hz / 1'000'000'000u;
  const uint64_t end = data.size() + tail_frames * format.frame_bytes();

  uint64_t written = 0;
  const auto fill_to = [&](uint64_t target) {
    loop.over_ring(written, target, [&](std::span<std::byte> ring, uint64_t from) {
      const size_t real = from < data.size() ? std::min<size_t>(ring.size(), data.size() - from) : 0;
      std::memcpy(ring.data(), data.data() + (real ? from : 0), real);
      std::memset(ring.data() + real, format.silence(), ring.size() - real);
    });
    if (stream.facts().call_memory_barrier) std::atomic_thread_fence(std::memory_order_seq_cst);
    written = std::max(written, target);
  };

  TRY(stream.set_state(KSSTATE_ACQUIRE));
  TRY(stream.set_state(KSSTATE_PAUSE));
  fill_to(loop.ring_bytes());
  TRY(loop.start());
  if (options.running) options.running();
  for (uint64_t played = 0; played < end;) {
    TRY_ASSIGN(played, loop.next());
    if (played > written) ++loop.log().late;
    // What is wholly played makes room: everything up to one round after the packet being played.
    fill_to(played / loop.packet_bytes() * loop.packet_bytes() + loop.ring_bytes());
    if (options.progress) options.progress(std::min(1.0, static_cast<double>(played) / static_cast<double>(end)));
  }
  TRY(loop.stop());
  loop.log().frames = sound.frame_count();
  return loop.log();
}

Result<Recording> record(Stream& stream, const RecordOptions& options) {
  Loop loop(stream);
  Recording recording;
  recording.sound.format = stream.facts().format;
  std::vector<std::byte>& out = recording.sound.frames;
  const uint64_t frame = recording.sound.format.frame_bytes();

  TRY(stream.set_state(KSSTATE_ACQUIRE));
  TRY(stream.set_state(KSSTATE_PAUSE));
  TRY(loop.start());
  if (options.running) options.running();
  uint64_t read = 0;
  while (!options.enough(read / frame) && read / frame < options.most_frames) {
    TRY_ASSIGN(uint64_t recorded, loop.next());
    recorded -= recorded % frame;
    if (recorded - read > loop.ring_bytes()) ++loop.log().late;
    if (stream.facts().call_memory_barrier) std::atomic_thread_fence(std::memory_order_seq_cst);
    loop.over_ring(read, recorded, [&](std::span<std::byte> ring, uint64_t) { out.insert(out.end(), ring.begin(), ring.end()); });
    read = recorded;
  }
  TRY(loop.stop());
  recording.log = loop.log();
  recording.log.frames = read / frame;
  return recording;
}

}  // namespace portside::client
