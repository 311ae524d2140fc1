#pragma once
// HdaFormat: the format word of streams and converters (HDA 1.0a §3.7.1), decoded.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace portside::hardware {

struct HdaFormat {
  uint32_t rate = 0;  // frames a second
  uint32_t channels = 0;
  uint32_t valid_bits = 0;       // 8, 16, 20, 24 or 32
  uint32_t container_bytes = 0;  // §4.5.1: 1, 2 or 4; samples sit at its top

  uint32_t frame_bytes() const { return channels * container_bytes; }
  // Its bits in the parameter of §7.3.4.7; none when no bit stands for the rate.
  std::optional<uint32_t> pcm_bits() const;

  // None for reserved codes, and for what is no PCM.
  static std::optional<HdaFormat> decode(uint16_t word);

  // One sample as a signed number of 32 bits, full scale; and back.
  static int32_t load(const std::byte* at, uint32_t container_bytes);
  static void store(std::byte* at, uint32_t container_bytes, int32_t sample);
};

}  // namespace portside::hardware
