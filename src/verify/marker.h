#pragma once
// Marker: an endless sound that says of each of its frames which one it is: every frame differs from silence, and some
// of them in a row from all others.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "client/audio_format.h"

namespace portside::verify {

class Marker {
 public:
  explicit Marker(const client::AudioFormat& format) : format_(format) {}

  const client::AudioFormat& format() const { return format_; }
  // The frame's bytes.
  void write(uint64_t frame, std::byte* to) const;
  std::vector<std::byte> frames(uint64_t from, uint64_t count) const;
  bool is_frame(uint64_t frame, const std::byte* bytes) const;
  bool is_silence(const std::byte* bytes) const;
  // The sample of a channel in full scale, -1 to 1.
  double value(const std::byte* frame_bytes, uint16_t channel) const;

  // Where `needle` frames in a row of [from, from + span) of the marker stand in a recording, as (marker frame,
  // recorded frame); none: nowhere.
  struct Place {
    uint64_t marker = 0, recorded = 0;
  };
  std::optional<Place> find(std::span<const std::byte> recorded, uint64_t from, uint64_t span,
                            uint64_t begin = 0) const;

  static constexpr uint64_t kNeedleFrames = 24;

 private:
  client::AudioFormat format_;
};

}  // namespace portside::verify
