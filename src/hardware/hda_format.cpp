#include "hardware/hda_format.h"

#include <cstddef>
#include <cstring>
#include <iterator>

namespace portside::hardware {

std::optional<HdaFormat> HdaFormat::decode(uint16_t word) {
  if (word & 0x8000) return std::nullopt;  // not PCM
  const uint32_t base = word & 0x4000 ? 44100 : 48000;
  const uint32_t multiple = (word >> 11 & 7) + 1, divisor = (word >> 8 & 7) + 1;
  if (multiple > 4 || base * multiple % divisor) return std::nullopt;
  static constexpr uint32_t kValid[] = {8, 16, 20, 24, 32}, kContainer[] = {1, 2, 4, 4, 4};
  const uint32_t bits = word >> 4 & 7;
  if (bits > 4) return std::nullopt;
  return HdaFormat{base * multiple / divisor, (word & 0xFu) + 1, kValid[bits], kContainer[bits]};
}

std::optional<uint32_t> HdaFormat::pcm_bits() const {
  static constexpr uint32_t kRates[] = {8000,  11025, 16000, 22050,  32000,  44100,
                                        48000, 88200, 96000, 176400, 192000, 384000};
  uint32_t size = 0;
  switch (valid_bits) {
    case 8: size = 1u << 16; break;
    case 16: size = 1u << 17; break;
    case 20: size = 1u << 18; break;
    case 24: size = 1u << 19; break;
    default: size = 1u << 20; break;
  }
  for (uint32_t bit = 0; bit < std::size(kRates); ++bit)
    if (kRates[bit] == rate) return size | 1u << bit;
  return std::nullopt;
}

int32_t HdaFormat::load(const std::byte* at, uint32_t container_bytes) {
  switch (container_bytes) {
    case 1: return static_cast<int32_t>((static_cast<uint32_t>(at[0]) - 0x80) << 24);
    case 2: {
      int16_t sample;
      std::memcpy(&sample, at, sizeof sample);
      return static_cast<int32_t>(static_cast<uint32_t>(sample) << 16);
    }
    default: {
      int32_t sample;
      std::memcpy(&sample, at, sizeof sample);
      return sample;
    }
  }
}

void HdaFormat::store(std::byte* at, uint32_t container_bytes, int32_t sample) {
  switch (container_bytes) {
    case 1: at[0] = static_cast<std::byte>((sample >> 24) + 0x80); break;
    case 2: {
      const auto narrow = static_cast<int16_t>(sample >> 16);
      std::memcpy(at, &narrow, sizeof narrow);
      break;
    }
    default: std::memcpy(at, &sample, sizeof sample);
  }
}

}  // namespace portside::hardware
