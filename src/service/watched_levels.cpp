#include "service/watched_levels.h"

#include <algorithm>
#include <chrono>

namespace portside::service {
namespace {

int64_t steady_ns() { return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

void WatchedLevels::watch() const { watched_ns_.store(steady_ns(), std::memory_order_relaxed); }

void WatchedLevels::measure(const StreamFormat& format, uint64_t frames, std::span<const std::byte> buffer) {
  constexpr int64_t kWatchedFor = 2'000'000'000;
  if (steady_ns() - watched_ns_.load(std::memory_order_relaxed) > kWatchedFor) return meter_.reset();
  const uint64_t frame_bytes = format.frame_bytes(), ring = buffer.size() / frame_bytes;
  if (!meter_ || frames < measured_) {
    meter_.emplace(format);
    measured_ = frames;
  }
  for (measured_ = std::max(measured_, frames - std::min(frames, ring)); measured_ < frames;) {
    const uint64_t at = measured_ % ring, count = std::min(frames - measured_, ring - at);
    meter_->add(buffer.subspan(at * frame_bytes, count * frame_bytes));
    measured_ += count;
  }
}

}  // namespace portside::service
