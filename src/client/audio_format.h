#pragma once
// AudioFormat: what one frame of sound looks like, as an application says it: rate, container bits, channels.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace portside::client {

enum class SampleKind { kInteger, kFloat };

struct AudioFormat {
  uint32_t rate_hz = 0;
  uint16_t bits = 0;  // of the container: 8 (unsigned), 16, 24, 32
  uint16_t channels = 0;
  SampleKind kind = SampleKind::kInteger;
  uint16_t valid_bits = 0;  // 0: as many as the container
  // SPEAKER_*; none: the usual one for that many channels. 0 is a mask too, of channels that are no speaker's: those of a
  // microphone array (KSAUDIO_SPEAKER_DIRECTOUT).
  std::optional<uint32_t> channel_mask;

  bool operator==(const AudioFormat&) const = default;

  uint32_t frame_bytes() const { return channels * (bits / 8u); }
  uint32_t bytes_per_second() const { return rate_hz * frame_bytes(); }
  uint16_t effective_valid_bits() const { return valid_bits ? valid_bits : bits; }
  uint32_t effective_channel_mask() const;
  // The duration of that many frames, rounded down.
  Nanoseconds duration(uint64_t frames) const;
  // "48000 Hz, 16-bit, 2 channels"
  std::string to_string() const;
  // The byte that silence is made of: 0x80 for unsigned 8-bit, else 0.
  uint8_t silence() const { return bits == 8 && kind == SampleKind::kInteger ? 0x80 : 0x00; }

  // "48000/16/2", "44100/24/2", "96000/32f/8". Rejects what no WAVEFORMATEX can say.
  static Result<AudioFormat> parse(std::string_view text);
};

}  // namespace portside::client
