#pragma once
// PlaybackLoop: what the loops of an application around a Stream share: states, waiting, patience, and the record of what
// the driver did. Private to the client.

#include <fmt/format.h>

#include "client/playback.h"

namespace portside::client {

class PlaybackLoop {
 public:
  explicit PlaybackLoop(Stream& stream);

  Result<> prepare();  // ACQUIRE, PAUSE
  Result<> start();    // RUN
  Result<> stop();     // PAUSE, STOP; the last look at what happened

  // Event and position mode. Waits for the device to move on; the bytes it has played or recorded so far. Of a device
  // that stands still, the last; stalled() is then true.
  Result<uint64_t> next();

  // Packet mode. Waits for an event; false when none came in the time of two packets.
  bool wait_for_packet();
  // A device that makes no packets for this long is given up.
  void no_packet_yet();
  void packet_came() { last_move_ = now(); }

  bool stalled() const { return !log_.stalled.empty(); }
  void glitch(GlitchKind kind, std::string sentence);
  uint64_t ring_bytes() const { return ring_bytes_; }
  uint64_t packet_bytes() const { return packet_bytes_; }
  Nanoseconds packet_time() const { return packet_time_; }
  StreamLog& log() { return log_; }
  Stream& stream() { return stream_; }

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
  void judge_move(uint64_t moved, Nanoseconds time);
  void give_up(std::string what);

  Stream& stream_;
  StreamLog log_;
  uint64_t ring_bytes_ = 0, packet_bytes_ = 0, last_total_ = 0;
  Nanoseconds packet_time_{}, last_move_{}, last_read_{};
  bool hurry_ = false;
  bool standing_told_ = false;
};

// The loops of packet mode (playback_packets.cpp).
Result<StreamLog> play_packets(PlaybackLoop& loop, const Sound& sound, const PlayOptions& options);
Result<Recording> record_packets(PlaybackLoop& loop, const RecordOptions& options);

}  // namespace portside::client
