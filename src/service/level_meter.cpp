#include "service/level_meter.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace portside::service {
namespace {

template <class Value>
Value load(const std::byte* at) {
  Value value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Of full scale.
double sample(const std::byte* at, SampleType type) {
  switch (type) {
    case SampleType::kUnsigned8: return (static_cast<int>(load<uint8_t>(at)) - 128) / 128.0;
    case SampleType::kSigned16: return load<int16_t>(at) / 32768.0;
    case SampleType::kSigned24: {
      const auto value = static_cast<int32_t>(load<uint8_t>(at) << 8 | load<uint8_t>(at + 1) << 16 |
                                              static_cast<uint32_t>(load<uint8_t>(at + 2)) << 24);
      return value / 2147483648.0;
    }
    case SampleType::kSigned24In32:
    case SampleType::kSigned32: return load<int32_t>(at) / 2147483648.0;
    case SampleType::kFloat32: {
      const double value = load<float>(at);
      return std::isfinite(value) ? value : 0;
    }
  }
  return 0;
}

}  // namespace

LevelMeter::LevelMeter(const StreamFormat& format)
    : format_(format), peaks_(format.channels), squares_(format.channels) {}

void LevelMeter::clear() {
  std::ranges::fill(peaks_, 0.0);
  std::ranges::fill(squares_, 0.0);
  frames_ = 0;
  levels_.clear();
}

void LevelMeter::add(std::span<const std::byte> frames) {
  const size_t bytes = format_.sample_bytes();
  const size_t whole = frames.size() / format_.frame_bytes();
  const std::byte* at = frames.data();
  for (size_t frame = 0; frame < whole; ++frame)
    for (uint32_t channel = 0; channel < format_.channels; ++channel, at += bytes) {
      const double value = sample(at, format_.type);
      peaks_[channel] = std::max(peaks_[channel], std::abs(value));
      squares_[channel] += value * value;
    }
  frames_ += whole;
  if (frames_ == 0 || frames_ < format_.rate / 10) return;
  levels_.clear();
  for (uint32_t channel = 0; channel < format_.channels; ++channel)
    levels_.push_back({peaks_[channel], std::sqrt(squares_[channel] / static_cast<double>(frames_))});
  std::ranges::fill(peaks_, 0.0);
  std::ranges::fill(squares_, 0.0);
  frames_ = 0;
}

}  // namespace portside::service
