#pragma once
// CyclicBuffer: a stream's buffer, addressed by the frame count since RUN, as ALSA's areas see it. A frame's place is
// its count modulo the buffer's length, whatever the length of the ALSA buffer in front of it.

#include <alsa/asoundlib.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace portside::alsa {

class CyclicBuffer {
 public:
  CyclicBuffer() = default;
  CyclicBuffer(std::span<std::byte> bytes, uint64_t frames, snd_pcm_format_t format, unsigned channels);

  uint64_t frames() const { return frames_; }
  // `count` frames, at most the buffer's length, from or to areas at `offset`.
  void write(uint64_t at, const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset, uint64_t count);
  void read(uint64_t at, const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset, uint64_t count) const;
  void silence(uint64_t from, uint64_t to);

 private:
  uint64_t frames_ = 0;
  snd_pcm_format_t format_ = SND_PCM_FORMAT_UNKNOWN;
  std::vector<snd_pcm_channel_area_t> areas_;  // one a channel
};

}  // namespace portside::alsa
