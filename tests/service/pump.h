#pragma once
// Pump: one stream of a test, moved by its own thread: noise of a seed into a render stream, or what comes out of a
// capture stream.

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "portside/client.h"

namespace portside::testing_support {

// `count` frames of noise, of 16-bit samples that are never all zero.
inline std::vector<std::byte> noise(const StreamFormat& format, uint64_t count, unsigned seed) {
  std::vector<std::byte> bytes(count * format.frame_bytes());
  std::mt19937 random(seed);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() | 1u);
  return bytes;
}

inline void await(Stream& stream) {
  pollfd bell{stream.notification_fd(), POLLIN, 0};
  uint64_t rings = 0;
  if (::poll(&bell, 1, 200) > 0) (void)!::read(bell.fd, &rings, sizeof rings);
}

// Writes the sound to its end and a buffer of silence after it. The first error.
inline Result<> play_all(Stream& stream, std::span<const std::byte> sound) {
  const uint64_t frame = stream.facts().format.frame_bytes(), ring = stream.facts().buffer_frames,
                 end = sound.size() / frame;
  uint64_t written = 0;
  const auto fill = [&](uint64_t to) {
    for (; written < to; ++written) {
      std::byte* const at = stream.buffer().data() + written % ring * frame;
      if (written < end) std::memcpy(at, sound.data() + written * frame, frame);
      else std::memset(at, 0, frame);
    }
    stream.tell_written(written);
  };
  TRY(stream.set_state(StreamState::kPause));
  fill(ring);
  TRY(stream.set_state(StreamState::kRun));
  while (stream.position().done < end + ring) {
    await(stream);
    if (const Status alive = stream.alive(); !alive.is_ok()) return fail(alive);
    fill(stream.position().done + ring);
  }
  return stream.set_state(StreamState::kStop);
}

// The stream runs already. Reads until `enough`.
inline Result<std::vector<std::byte>> record_until(Stream& stream, const std::atomic<bool>& enough) {
  const uint64_t frame = stream.facts().format.frame_bytes(), ring = stream.facts().buffer_frames;
  std::vector<std::byte> sound;
  uint64_t read = 0;
  while (!enough.load()) {
    await(stream);
    if (const Status alive = stream.alive(); !alive.is_ok()) return fail(alive);
    for (const uint64_t done = stream.position().done; read < done; ++read) {
      const std::byte* at = stream.buffer().data() + read % ring * frame;
      sound.insert(sound.end(), at, at + frame);
    }
    stream.tell_read(read);
  }
  return sound;
}

}  // namespace portside::testing_support
