#pragma once
// PacketTurn: packet mode on a client's behalf: from how much it says it has written, or from what the device has
// recorded, the driver is told packet by packet (SetWritePacket, GetReadPacket). Packet n lies in half n modulo 2 of
// the buffer. On the stream's thread.

#include <cstdint>

#include "client/stream.h"

namespace portside::service {

class PacketTurn {
 public:
  PacketTurn(client::Stream& stream, uint64_t packet_frames, uint64_t frame_bytes)
      : stream_(stream), packet_frames_(packet_frames), frame_bytes_(frame_bytes) {}

  // The stream is in STOP again.
  void reset() { next_ = 0, ended_ = false, waits_ = false; }
  // `frames`: where the device is. `last`: 1 + where the sound ends, or 0. Packets are named one ahead of the one that
  // is played, and before RUN the first two.
  void named_to(uint64_t frames, uint64_t written, uint64_t last);
  // Those that the device has recorded.
  void take_recorded();
  // The driver should be told of a packet, and the client has not written it yet: to be looked at again soon.
  bool waits() const { return waits_; }
  uint64_t refused() const { return refused_; }

 private:
  client::Stream& stream_;
  const uint64_t packet_frames_, frame_bytes_;
  uint64_t next_ = 0;
  uint64_t refused_ = 0;  // packets that came too late, or that the driver would not have
  bool ended_ = false, waits_ = false;
};

}  // namespace portside::service
