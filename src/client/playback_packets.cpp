// Packet mode, as the reference has it (IMiniportWaveRTOutputStream::SetWritePacket, ::GetPacketCount;
// IMiniportWaveRTInputStream::GetReadPacket): packet n lies in half n modulo 2 of the buffer.
//
// Rendering: while packet n is played, packet n + 1 is written and named to the driver. Before RUN nothing is played, so
// packet 0 is written in PAUSE, and packet 1 as soon as the stream runs. After a data-flow error the packet count says
// where the driver is. The packet with the last of the sound carries the end-of-stream flag and its length.
//
// Capturing: an event, then GetReadPacket until it has no more.

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

#include "client/playback_loop.h"

namespace portside::client {
namespace {

class PacketPlayer {
 public:
  PacketPlayer(PlaybackLoop& loop, const Sound& sound) : loop_(loop), stream_(loop.stream()), data_(sound.frames) {
    packets_ = static_cast<uint32_t>(std::max<size_t>(1, (data_.size() + bytes() - 1) / bytes()));
  }

  uint32_t packets() const { return packets_; }
  bool ended() const { return next_ >= packets_; }

  // Fills packet next_ and names it. False: the driver says it is elsewhere.
  bool write_next() {
    const uint64_t from = uint64_t{next_} * bytes();
    const std::span<std::byte> packet = stream_.packet(next_);
    const size_t real = std::min<size_t>(packet.size(), data_.size() - std::min<size_t>(from, data_.size()));
    if (real) std::memcpy(packet.data(), data_.data() + from, real);
    std::memset(packet.data() + real, loop_.log().facts.format.silence(), packet.size() - real);
    if (loop_.log().facts.call_memory_barrier) std::atomic_thread_fence(std::memory_order_seq_cst);

    const bool last = next_ + 1 == packets_;
    Status status = stream_.write_packet(next_, last, last ? static_cast<uint32_t>(real) : 0);
    if (last && status == StatusCode::kInvalidParameter) {
      // A driver that does not know the flag gets the packet as a whole one; the rest of it is silence.
      loop_.log().end_of_stream = fmt::format("refused with {}; sent as a whole packet", status.to_string());
      status = stream_.write_packet(next_, false, 0);
    } else if (last && status.is_ok()) {
      loop_.log().end_of_stream = "taken";
    }
    if (status.is_ok()) {
      ++next_;
      ++loop_.log().packets;
      return true;
    }
    const bool late = status == StatusCode::kDataLateError || status == StatusCode::kDataOverrun;
    loop_.glitch(late ? GlitchKind::kPacketMissed : GlitchKind::kPacketRefused,
                 fmt::format("SetWritePacket({}) is answered with {}", next_, status.to_string()));
    return false;
  }

  // The driver plays packet `count`: the next to write is the one behind it.
  void go_to(uint32_t packet) {
    if (packet > next_) loop_.log().late += packet - next_;
    next_ = std::min(packet, packets_);
  }
  uint32_t next() const { return next_; }

 private:
  uint64_t bytes() const { return stream_.packet_bytes(); }

  PlaybackLoop& loop_;
  Stream& stream_;
  std::span<const std::byte> data_;
  uint32_t packets_ = 0;
  uint32_t next_ = 0;
};

}  // namespace

Result<StreamLog> play_packets(PlaybackLoop& loop, const Sound& sound, const PlayOptions& options) {
  Stream& stream = loop.stream();
  StreamLog& log = loop.log();
  PacketPlayer player(loop, sound);
  const auto tail = static_cast<uint32_t>(options.tail / std::max<Nanoseconds>(loop.packet_time(), Nanoseconds(1))) + 1;

  TRY(loop.prepare());
  // The half that packet 1 will be in must not hold what was there before.
  std::memset(stream.buffer().data(), log.facts.format.silence(), stream.buffer().size());
  (void)player.write_next();
  TRY(loop.start());
  if (options.running) options.running();
  if (!player.ended()) (void)player.write_next();

  uint32_t count = 0, last = 0;
  // A driver that has taken the end of the stream need not count any further: what is left is then a matter of time.
  std::optional<Nanoseconds> drained;
  bool stopped = false;
  while (count < player.packets() + tail && !loop.stalled() && !stopped) {
    stopped = options.stop && options.stop();
    if (player.ended() && log.end_of_stream == "taken") {
      if (!drained) drained = now() + loop.packet_time() * (player.packets() - count + tail);
      if (now() >= *drained) break;
    }
    (void)loop.wait_for_packet();
    TRY_ASSIGN(const uint32_t seen, stream.packet_count());
    if (log.positions.size() < StreamLog::kPositionsKept)
      log.positions.push_back({now(), uint64_t{seen} % 2 * loop.packet_bytes()});
    ++log.positions_read;
    if (seen < last)
      loop.glitch(GlitchKind::kPositionJumped, fmt::format("the packet count went from {} back to {}", last, seen));
    last = seen;
    // A count that goes back and forth gets nowhere either.
    if (seen <= count) {
      if (!drained) loop.no_packet_yet();
      continue;
    }
    loop.packet_came();
    count = seen;
    if (!player.ended()) {
      // One packet ahead of the one that is being played. Behind that, a packet has been lost.
      if (player.next() < count + 1) {
        loop.glitch(GlitchKind::kPacketMissed,
                    fmt::format("{} packets were played before packet {} could be written", count, player.next()));
        player.go_to(count + 1);
      }
      if (!player.ended() && player.next() == count + 1) (void)player.write_next();
    } else {
      // Nothing more is said to the driver; what it plays beyond the end is silence.
      std::ranges::fill(stream.packet(count + 1), std::byte{log.facts.format.silence()});
    }
    if (options.progress) options.progress(std::min(1.0, static_cast<double>(count) / (player.packets() + tail)));
  }
  TRY(loop.stop());
  const uint64_t played = uint64_t{count} * loop.packet_bytes() / log.facts.format.frame_bytes();
  if (!loop.stalled()) log.frames = stopped ? std::min(played, sound.frame_count()) : sound.frame_count();
  return log;
}

Result<Recording> record_packets(PlaybackLoop& loop, const RecordOptions& options) {
  Stream& stream = loop.stream();
  StreamLog& log = loop.log();
  Recording recording;
  recording.sound.format = log.facts.format;
  std::vector<std::byte>& out = recording.sound.frames;
  const uint64_t frame = log.facts.format.frame_bytes();

  TRY(loop.prepare());
  TRY(loop.start());
  if (options.running) options.running();
  uint32_t expected = 0;
  uint64_t last_counter = 0;
  const auto enough = [&] { return options.enough(out.size() / frame) || out.size() / frame >= options.most_frames; };
  while (!enough() && !loop.stalled()) {
    (void)loop.wait_for_packet();
    for (bool more = true; more && !enough();) {
      KSRTAUDIO_GETREADPACKET_INFO info{};
      const Status status = stream.read_packet(info);
      if (status == StatusCode::kDeviceNotReady) {
        loop.no_packet_yet();
        break;
      }
      if (!status.is_ok()) {
        loop.glitch(GlitchKind::kPacketRefused, fmt::format("GetReadPacket is answered with {}", status.to_string()));
        loop.no_packet_yet();
        break;
      }
      loop.packet_came();
      if (log.positions.size() < StreamLog::kPositionsKept)
        log.positions.push_back({now(), uint64_t{info.PacketNumber} % 2 * loop.packet_bytes()});
      ++log.positions_read;
      if (info.PacketNumber != expected) {
        loop.glitch(GlitchKind::kPacketMissed,
                    fmt::format("packet {} came where {} was to be read", info.PacketNumber, expected));
        // Silence where packets are lost, so that what follows keeps its time. A number that makes no sense does not.
        const uint64_t lost = uint64_t{info.PacketNumber} - expected;
        if (info.PacketNumber > expected && lost < 64)
          out.resize(out.size() + lost * stream.packet_bytes(), std::byte{log.facts.format.silence()});
        if (info.PacketNumber > expected) log.late += lost;
      }
      if (info.PerformanceCounterValue < last_counter)
        loop.glitch(GlitchKind::kClockBackwards,
                    fmt::format("packet {} began at performance counter {}, before its predecessor's {}",
                                info.PacketNumber, info.PerformanceCounterValue, last_counter));
      last_counter = info.PerformanceCounterValue;
      if (log.facts.call_memory_barrier) std::atomic_thread_fence(std::memory_order_seq_cst);
      const std::span<std::byte> packet = stream.packet(info.PacketNumber);
      out.insert(out.end(), packet.begin(), packet.end());
      ++log.packets;
      expected = info.PacketNumber + 1;
      more = info.MoreData != FALSE;
    }
  }
  TRY(loop.stop());
  recording.log = log;
  recording.log.frames = out.size() / frame;
  return recording;
}

}  // namespace portside::client
