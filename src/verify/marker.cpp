#include "verify/marker.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace portside::verify {
namespace {

// A number that looks like no other one's (SplitMix64's last step).
uint64_t scrambled(uint64_t n) {
  n += 0x9E3779B97F4A7C15u;
  n = (n ^ (n >> 30)) * 0xBF58476D1CE4E5B9u;
  n = (n ^ (n >> 27)) * 0x94D049BB133111EBu;
  return n ^ (n >> 31);
}

std::string_view chars(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void Marker::write(uint64_t frame, std::byte* to) const {
  for (uint16_t channel = 0; channel < format_.channels; ++channel) {
    // Half of full scale at the most: what is scaled or added up has room. Never zero.
    const uint64_t random = scrambled(frame * 64 + channel);
    const auto sample = static_cast<int32_t>(static_cast<uint32_t>(random >> 32)) / 2;
    if (format_.kind == client::SampleKind::kFloat) {
      // 24 bits, which a float holds exactly.
      const float value = static_cast<float>(sample / 256 * 2 + 1) / 16777216.0f;
      std::memcpy(to, &value, sizeof value);
    } else {
      const unsigned bytes = format_.bits / 8u, valid = format_.effective_valid_bits();
      uint32_t bits = static_cast<uint32_t>(sample);
      bits = (bits >> (32 - valid) | 1) << (32 - valid);  // at the top of 32 bits
      if (format_.bits == 8) bits ^= 0x80000000u;         // unsigned, 128 in the middle
      for (unsigned i = 0; i < bytes; ++i) to[i] = static_cast<std::byte>(bits >> (32 - 8 * bytes + 8 * i));
    }
    to += format_.bits / 8u;
  }
}

std::vector<std::byte> Marker::frames(uint64_t from, uint64_t count) const {
  std::vector<std::byte> out(count * format_.frame_bytes());
  for (uint64_t i = 0; i < count; ++i) write(from + i, &out[i * format_.frame_bytes()]);
  return out;
}

bool Marker::is_frame(uint64_t frame, const std::byte* bytes) const {
  std::byte wanted[32 * 4];
  write(frame, wanted);
  return std::memcmp(wanted, bytes, format_.frame_bytes()) == 0;
}

bool Marker::is_silence(const std::byte* bytes) const {
  return std::all_of(bytes, bytes + format_.frame_bytes(),
                     [&](std::byte b) { return b == static_cast<std::byte>(format_.silence()); });
}

double Marker::value(const std::byte* frame_bytes, uint16_t channel) const {
  const unsigned bytes = format_.bits / 8u;
  const std::byte* sample = frame_bytes + size_t{channel} * bytes;
  if (format_.kind == client::SampleKind::kFloat) {
    float value;
    std::memcpy(&value, sample, sizeof value);
    return value;
  }
  uint32_t bits = 0;
  for (unsigned i = 0; i < bytes; ++i) bits |= static_cast<uint32_t>(sample[i]) << (32 - 8 * bytes + 8 * i);
  if (format_.bits == 8) bits ^= 0x80000000u;
  return static_cast<int32_t>(bits) / 2147483648.0;
}

std::optional<Marker::Place> Marker::find(std::span<const std::byte> recorded, uint64_t from, uint64_t span,
                                          uint64_t begin) const {
  const uint64_t frame = format_.frame_bytes();
  // From several places of the marker: what begins late, or is damaged somewhere, is found all the same.
  constexpr uint64_t kTries = 16;
  for (uint64_t i = 0; i < kTries; ++i) {
    const uint64_t at = from + span * i / kTries;
    const std::vector<std::byte> needle = frames(at, kNeedleFrames);
    for (size_t found = chars(recorded).find(chars(needle), begin * frame); found != std::string_view::npos;
         found = chars(recorded).find(chars(needle), found + 1))
      if (found % frame == 0) return Place{at, found / frame};
  }
  return std::nullopt;
}

}  // namespace portside::verify
