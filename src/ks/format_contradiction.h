#pragma once
// What a format says of itself, held against itself: sizes, and the numbers of a WAVEFORMATEX that follow from others.

#include <cstddef>
#include <span>
#include <string>

namespace portside::ks {

// Why the fields of a format contradict each other: bytes that begin with a KSDATAFORMAT, as a driver wrote them. Empty
// when they agree. Of a format that is not PCM or IEEE float only the sizes are looked at.
std::string format_contradiction(std::span<const std::byte> format);

// The same of the sizes alone: how long the format says it is, and is.
std::string size_contradiction(std::span<const std::byte> format);

// Why dwChannelMask does not name a speaker for each channel; empty when it does, or when it names none: channels may go out as
// they are (KSAUDIO_SPEAKER_DIRECTOUT), and those of a microphone array are no speaker's.
std::string speakers_unnamed(std::span<const std::byte> format);

}  // namespace portside::ks
