#include "service/sound_copy.h"

#include <algorithm>
#include <cstring>

namespace portside::service {

Result<SoundCopy> SoundCopy::create(std::span<std::byte> device, uint64_t frame_bytes, Direction direction) {
  SoundCopy copy;
  TRY_ASSIGN(copy.client_, wire::SharedMemory::create("portside-copy", device.size()));
  copy.device_ = device;
  copy.frame_bytes_ = frame_bytes;
  copy.ring_ = device.size() / frame_bytes;
  copy.render_ = direction == Direction::kRender;
  return copy;
}

void SoundCopy::move(uint64_t frames, uint64_t written) {
  const uint64_t to = render_ ? std::min(written, frames + ring_) : frames;
  if (to > copied_ + ring_) copied_ = to - ring_;
  while (copied_ < to) {
    const uint64_t at = copied_ % ring_, count = std::min(to - copied_, ring_ - at);
    std::byte* const theirs = client_.bytes().data() + at * frame_bytes_;
    std::byte* const ours = device_.data() + at * frame_bytes_;
    std::memcpy(render_ ? ours : theirs, render_ ? theirs : ours, count * frame_bytes_);
    copied_ += count;
  }
}

}  // namespace portside::service
