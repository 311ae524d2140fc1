#pragma once
// Hearing: what of a marker stands in a recording, frame by frame: where it begins, where it is silent, lost, repeated
// or changed.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "verify/marker.h"

namespace portside::verify {

struct Hearing {
  bool begins = false;
  uint64_t before = 0;        // frames of the recording before the marker begins
  uint64_t noise_before = 0;  // of these, not silent
  uint64_t first = 0;         // the marker's frame that it begins with
  uint64_t right = 0;         // frames that are as they were played, in their order
  uint64_t changed = 0;  // frames that are neither the marker's next nor silent, where the marker goes on behind them
  uint64_t noise_after = 0;  // frames behind the last one that is right, neither silent
  struct Gap {               // silence within the marker, which goes on behind it
    uint64_t at = 0, frames = 0;
  };
  struct Jump {  // from one frame of the marker to another than its next
    uint64_t from = 0, to = 0;
  };
  std::vector<Gap> gaps;
  std::vector<Jump> jumps;
  uint64_t last = 0;  // behind the last frame of the marker that was heard

  // The whole marker from its first frame on, with nothing else in it.
  bool flawless() const {
    return begins && first == 0 && !noise_before && !changed && !noise_after && gaps.empty() && jumps.empty();
  }
  // What is wrong with it, in one sentence.
  std::string fault() const;
};

// `frames`: so many of the marker were played, at the most.
Hearing hear(const Marker& marker, std::span<const std::byte> recorded, uint64_t frames);

}  // namespace portside::verify
