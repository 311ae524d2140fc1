#pragma once
// What a model of ours plays is written to a WAV, and what it hears comes from one.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"

namespace portside::hardware {

struct SoundShape {
  uint32_t rate = 48000, channels = 2, bits = 16;
};
void write_sound(const std::filesystem::path& path, const SoundShape& shape, std::span<const std::byte> frames);

// The frames of a WAV of 16 bits and two channels at a rate that `takes` takes. `who` hears it, for the sentence of a
// refusal.
Result<std::vector<std::byte>> read_spoken(const std::filesystem::path& path, const char* who,
                                           bool (*takes)(uint32_t rate));

}  // namespace portside::hardware
