#pragma once
// Sound files through libsndfile: read whole into frames of a wanted format, written from them.

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "client/audio_format.h"

namespace portside::client {

struct Sound {
  AudioFormat format;
  std::vector<std::byte> frames;  // interleaved, little-endian, format.frame_bytes() each

  uint64_t frame_count() const { return format.frame_bytes() ? frames.size() / format.frame_bytes() : 0; }
};

// Reads a sound file as it is: WAV's integer and float samples arrive bit for bit. Anything that libsndfile refuses,
// an empty file and a format that AudioFormat cannot say are errors with a sentence; at most 4 GiB of frames are read.
Result<Sound> read_sound(const std::filesystem::path& path);

// Writes a WAV (WAVEFORMATEXTENSIBLE above two channels or 16 bits). Replaces the file only when all is written.
Result<> write_wav(const std::filesystem::path& path, const AudioFormat& format, std::span<const std::byte> frames);

// The same sound in another format: channels are mixed by repeating or averaging, samples are scaled by their
// width, the rate is changed with libsamplerate. The same format gives the same bytes.
Result<Sound> convert(const Sound& sound, const AudioFormat& wanted);

}  // namespace portside::client
