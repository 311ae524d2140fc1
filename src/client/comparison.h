#pragma once
// What was recorded against what was played: where the sound begins, and how much of it is identical.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "client/audio_format.h"

namespace portside::client {

struct Comparison {
  uint64_t samples = 0;                            // that were played: frames times channels
  uint64_t identical = 0;                          // of these, found bit for bit at their place in the recording
  std::optional<uint64_t> offset_frames;           // where in the recording the sound begins; none: it is not there
  std::optional<uint64_t> first_difference_frame;  // counted in the sound that was played

  bool all_identical() const { return samples != 0 && identical == samples; }
};

// Finds `played` in `recorded` and counts. Alignment is by the first frames that are not silent: each place where they
// stand in the recording is tried, and the one with most identical samples taken, so that a repeat in the sound does
// not mislead it. A sound that is all silence must be found whole.
Comparison compare(std::span<const std::byte> played, std::span<const std::byte> recorded, const AudioFormat& format);

}  // namespace portside::client
