#include "client/audio_format.h"

#include <fmt/format.h>

#include <charconv>

namespace portside::client {
namespace {

// Reads decimal digits up to `end`; nothing else may stand there.
bool read_number(std::string_view text, uint32_t* value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

uint32_t AudioFormat::effective_channel_mask() const {
  if (channel_mask) return *channel_mask;
  // KSAUDIO_SPEAKER_*: mono, stereo, 2.1, quad, 5.0, 5.1, 6.1, 7.1 surround.
  static constexpr uint32_t kUsual[] = {0, 0x4, 0x3, 0xB, 0x33, 0x37, 0x3F, 0x13F, 0x63F};
  return channels < std::size(kUsual) ? kUsual[channels] : 0;
}

Nanoseconds AudioFormat::duration(uint64_t frames) const {
  return Nanoseconds(static_cast<int64_t>(static_cast<unsigned __int128>(frames) * 1'000'000'000u / rate_hz));
}

std::string AudioFormat::to_string() const {
  return fmt::format("{} Hz, {}-bit{}, {} channel{}", rate_hz, bits, kind == SampleKind::kFloat ? " float" : "",
                     channels, channels == 1 ? "" : "s");
}

Result<AudioFormat> AudioFormat::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(
        StatusCode::kInvalidParameter,
        fmt::format("\"{}\" is no format: {}; write RATE/BITS/CHANNELS, as in 48000/16/2 or 48000/32f/2", text, why));
  };
  const size_t first = text.find('/');
  const size_t second = first == text.npos ? text.npos : text.find('/', first + 1);
  if (second == text.npos) return bad("it has not three parts");

  std::string_view bits_text = text.substr(first + 1, second - first - 1);
  AudioFormat format;
  if (bits_text.ends_with('f')) {
    format.kind = SampleKind::kFloat;
    bits_text.remove_suffix(1);
  }
  uint32_t bits = 0, channels = 0;
  if (!read_number(text.substr(0, first), &format.rate_hz) || format.rate_hz == 0 || format.rate_hz > 1'536'000)
    return bad("the rate is not between 1 and 1536000 Hz");
  if (!read_number(bits_text, &bits) || (bits != 8 && bits != 16 && bits != 24 && bits != 32))
    return bad("the sample size is not 8, 16, 24 or 32 bits");
  if (format.kind == SampleKind::kFloat && bits != 32) return bad("float samples have 32 bits");
  if (!read_number(text.substr(second + 1), &channels) || channels == 0 || channels > 32)
    return bad("the channel count is not between 1 and 32");
  format.bits = static_cast<uint16_t>(bits);
  format.channels = static_cast<uint16_t>(channels);
  return format;
}

}  // namespace portside::client
