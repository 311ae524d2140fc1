#include "plugins/alsa/cyclic_buffer.h"

#include <algorithm>

namespace portside::alsa {
namespace {

// Calls piece(place in the buffer, frames before it, frames) once, or twice where the buffer ends in between.
template <class Piece>
void in_pieces(uint64_t at, uint64_t count, uint64_t length, Piece&& piece) {
  for (uint64_t done = 0; done < count;) {
    const uint64_t place = (at + done) % length;
    const uint64_t frames = std::min(count - done, length - place);
    piece(place, done, frames);
    done += frames;
  }
}

}  // namespace

CyclicBuffer::CyclicBuffer(std::span<std::byte> bytes, uint64_t frames, snd_pcm_format_t format, unsigned channels)
    : frames_(frames), format_(format) {
  const unsigned bits = static_cast<unsigned>(snd_pcm_format_physical_width(format));
  for (unsigned channel = 0; channel < channels; ++channel)
    areas_.push_back({.addr = bytes.data(), .first = channel * bits, .step = channels * bits});
}

void CyclicBuffer::write(uint64_t at, const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset, uint64_t count) {
  in_pieces(at, count, frames_, [&](uint64_t place, uint64_t before, uint64_t frames) {
    snd_pcm_areas_copy(areas_.data(), place, areas, offset + before, static_cast<unsigned>(areas_.size()), frames,
                       format_);
  });
}

void CyclicBuffer::read(uint64_t at, const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset,
                        uint64_t count) const {
  in_pieces(at, count, frames_, [&](uint64_t place, uint64_t before, uint64_t frames) {
    snd_pcm_areas_copy(areas, offset + before, areas_.data(), place, static_cast<unsigned>(areas_.size()), frames,
                       format_);
  });
}

void CyclicBuffer::silence(uint64_t from, uint64_t to) {
  if (to <= from) return;
  in_pieces(from, std::min(to - from, frames_), frames_, [&](uint64_t place, uint64_t, uint64_t frames) {
    snd_pcm_areas_silence(areas_.data(), place, static_cast<unsigned>(areas_.size()), frames, format_);
  });
}

}  // namespace portside::alsa
