#include "service/packet_turn.h"

namespace portside::service {

void PacketTurn::named_to(uint64_t frames, uint64_t written, uint64_t last) {
  waits_ = false;
  if (written == 0) return;  // a client that tells nothing is played as its buffer stands
  const uint64_t current = frames / packet_frames_;
  // A notification may come a little before its packet's end.
  const uint64_t soon = (frames + packet_frames_ / 8) / packet_frames_;
  while (!ended_ && next_ <= soon + 1) {
    // "a packet number that has already transferred or is currently transferring" is refused (SetWritePacket).
    if (next_ < current || (next_ == current && frames > 0)) {
      ++refused_;
      next_ = current + 1;
      continue;
    }
    const uint64_t end = (next_ + 1) * packet_frames_;
    const bool is_last = last != 0 && last - 1 <= end && written >= last - 1;
    if (written < end && !is_last) {
      waits_ = true;
      return;
    }
    // Where the driver itself says it is: a device that another program plays does not keep to the clock.
    if (const auto count = stream_.packet_count(); frames > 0 && count && next_ > uint64_t{*count} + 1) {
      waits_ = true;
      return;
    }
    const uint64_t begin = next_ * packet_frames_, length = is_last && last - 1 > begin ? last - 1 - begin : 0;
    Status status = stream_.write_packet(static_cast<uint32_t>(next_), is_last,
                                         is_last ? static_cast<uint32_t>(length * frame_bytes_) : 0);
    // A driver that does not know the end of a stream gets the packet as a whole one.
    if (is_last && status == StatusCode::kInvalidParameter)
      status = stream_.write_packet(static_cast<uint32_t>(next_), false, 0);
    // Too early: asked again.
    if (status.code() == StatusCode::kDataOverrun) {
      waits_ = true;
      return;
    }
    if (!status.is_ok()) ++refused_;
    ended_ = is_last;
    ++next_;
  }
}

void PacketTurn::take_recorded() {
  // A driver that never runs out of packets is not followed for ever.
  constexpr int kMostAtOnce = 64;
  for (int i = 0; i < kMostAtOnce; ++i) {
    KSRTAUDIO_GETREADPACKET_INFO info{};
    const Status status = stream_.read_packet(info);
    if (!status.is_ok()) {
      // STATUS_DEVICE_NOT_READY: there is none (GetReadPacket).
      if (status.code() != StatusCode::kDeviceNotReady) ++refused_;
      return;
    }
    next_ = info.PacketNumber + 1;
    if (!info.MoreData) return;
  }
}

}  // namespace portside::service
