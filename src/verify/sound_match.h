#pragma once
// SoundMatch: which channel of a marker is heard in which channel of a recording, and how loud, where the recording is not what
// was played bit for bit.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "verify/marker.h"

namespace portside::verify {

struct ChannelMatch {
  bool silent = true;
  int played = -1;      // the channel of the marker that is heard; -1: none of them
  double decibels = 0;  // of that channel as it was played
  bool inverted = false;
  int64_t lag = 0;     // frames
  bool steady = true;  // it is heard alike, and in its place, in all of the recording but its first 20 ms
};

// By how many frames the recording lies behind the marker, found as match_channels() does; none: it is not there.
std::optional<int64_t> lag_of(const Marker& marker, std::span<const std::byte> recorded, uint64_t frames);

// Of each channel of the recording, found by a piece in its middle. `frames`: so many of the marker were played.
std::vector<ChannelMatch> match_channels(const Marker& marker, std::span<const std::byte> recorded, uint64_t frames);

}  // namespace portside::verify
