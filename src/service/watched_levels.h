#pragma once
// WatchedLevels: the levels of a stream, measured while somebody watches.

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "service/level_meter.h"

namespace portside::service {

class WatchedLevels {
 public:
  // Somebody has looked at the stream: it is measured for a while. Any thread.
  void watch() const;
  // The device has come to `frames`. Before that is published: until then a client leaves alone what was played, and
  // what was recorded stays. `buffer`: the cyclic one, whole frames.
  void measure(const StreamFormat& format, uint64_t frames, std::span<const std::byte> buffer);
  // One a channel; none: nobody watches.
  std::vector<Level> levels() const { return meter_ ? meter_->levels() : std::vector<Level>{}; }

 private:
  std::optional<LevelMeter> meter_;
  uint64_t measured_ = 0;
  mutable std::atomic<int64_t> watched_ns_ = 0;
};

}  // namespace portside::service
