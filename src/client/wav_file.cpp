#include "client/wav_file.h"

#include <fmt/format.h>
#include <samplerate.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace portside::client {
namespace {

using SndFile = std::unique_ptr<SNDFILE, decltype([](SNDFILE* f) { sf_close(f); })>;

Result<AudioFormat> format_of(const SF_INFO& info, const std::filesystem::path& path) {
  AudioFormat format;
  format.rate_hz = static_cast<uint32_t>(info.samplerate);
  format.channels = static_cast<uint16_t>(info.channels);
  switch (info.format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_PCM_S8: format.bits = 8; break;
    case SF_FORMAT_PCM_24: format.bits = 24; break;
    case SF_FORMAT_PCM_32: format.bits = 32; break;
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
      format.bits = 32;
      format.kind = SampleKind::kFloat;
      break;
    default: format.bits = 16;  // and all compressed kinds, which libsndfile decodes to 16 bits or more
  }
  if (info.channels < 1 || info.channels > 32 || info.samplerate < 1)
    return fail(StatusCode::kNotSupported, fmt::format("{}: {} channels at {} Hz is no format for a driver",
                                                       path.string(), info.channels, info.samplerate));
  return format;
}

// A sample as a signed 32-bit number, its value in the upper bits.
int32_t load_sample(const std::byte* p, const AudioFormat& f) {
  const auto b = [p](int i) { return static_cast<uint32_t>(std::to_integer<uint8_t>(p[i])); };
  switch (f.bits) {
    case 8: return static_cast<int32_t>((b(0) ^ 0x80u) << 24);
    case 16: return static_cast<int32_t>(b(0) << 16 | b(1) << 24);
    case 24: return static_cast<int32_t>(b(0) << 8 | b(1) << 16 | b(2) << 24);
    default: return static_cast<int32_t>(b(0) | b(1) << 8 | b(2) << 16 | b(3) << 24);
  }
}

void store_sample(std::byte* p, int32_t value, const AudioFormat& f) {
  const uint32_t v = static_cast<uint32_t>(value);
  const auto put = [p](int i, uint32_t byte) { p[i] = static_cast<std::byte>(byte & 0xFF); };
  switch (f.bits) {
    case 8: put(0, (v >> 24) ^ 0x80u); break;
    case 16: put(0, v >> 16), put(1, v >> 24); break;
    case 24: put(0, v >> 8), put(1, v >> 16), put(2, v >> 24); break;
    default: put(0, v), put(1, v >> 8), put(2, v >> 16), put(3, v >> 24);
  }
}

float load_float(const std::byte* p, const AudioFormat& f) {
  if (f.kind == SampleKind::kFloat) {
    float value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
  return static_cast<float>(load_sample(p, f)) / 2147483648.0f;
}

void store_float(std::byte* p, float value, const AudioFormat& f) {
  if (f.kind == SampleKind::kFloat) {
    std::memcpy(p, &value, sizeof value);
    return;
  }
  const double scaled = std::clamp(static_cast<double>(value) * 2147483648.0, -2147483648.0, 2147483647.0);
  store_sample(p, static_cast<int32_t>(scaled), f);
}

Result<std::vector<float>> resample(const std::vector<float>& in, int channels, double ratio) {
  const auto in_frames = static_cast<long>(in.size() / channels);
  std::vector<float> out(static_cast<size_t>(std::ceil(in_frames * ratio) + 64) * channels);
  SRC_DATA data{};
  data.data_in = in.data();
  data.data_out = out.data();
  data.input_frames = in_frames;
  data.output_frames = static_cast<long>(out.size() / channels);
  data.src_ratio = ratio;
  if (const int error = src_simple(&data, SRC_SINC_MEDIUM_QUALITY, channels))
    return fail(StatusCode::kNotSupported, fmt::format("the rate cannot be changed: {}", src_strerror(error)));
  out.resize(static_cast<size_t>(data.output_frames_gen) * channels);
  return out;
}

}  // namespace

Result<Sound> read_sound(const std::filesystem::path& path) {
  SF_INFO info{};
  SndFile file(sf_open(path.c_str(), SFM_READ, &info));
  if (!file) return fail(StatusCode::kInvalidParameter, fmt::format("{}: {}", path.string(), sf_strerror(nullptr)));
  Sound sound;
  TRY_ASSIGN(sound.format, format_of(info, path));
  constexpr uint64_t kMostBytes = uint64_t{4} << 30;
  const uint64_t frames = info.frames > 0 ? static_cast<uint64_t>(info.frames) : 0;
  if (frames == 0) return fail(StatusCode::kInvalidParameter, fmt::format("{}: it holds no sound", path.string()));
  if (frames > kMostBytes / sound.format.frame_bytes())
    return fail(StatusCode::kNotSupported, fmt::format("{}: more than 4 GiB of sound", path.string()));

  // Read in pieces and grow by what arrived: a header may promise more than the file holds.
  const AudioFormat& f = sound.format;
  const size_t channels = f.channels;
  std::vector<int32_t> ints(f.kind == SampleKind::kInteger ? 4096 * channels : 0);
  std::vector<float> floats(f.kind == SampleKind::kFloat ? 4096 * channels : 0);
  for (;;) {
    const sf_count_t got = f.kind == SampleKind::kFloat ? sf_readf_float(file.get(), floats.data(), 4096)
                                                        : sf_readf_int(file.get(), ints.data(), 4096);
    if (got <= 0) break;
    const size_t base = sound.frames.size();
    sound.frames.resize(base + static_cast<size_t>(got) * f.frame_bytes());
    std::byte* out = sound.frames.data() + base;
    for (size_t i = 0; i < static_cast<size_t>(got) * channels; ++i, out += f.bits / 8) {
      if (f.kind == SampleKind::kFloat) store_float(out, floats[i], f);
      else store_sample(out, ints[i], f);
    }
  }
  if (sound.frames.empty())
    return fail(StatusCode::kInvalidParameter, fmt::format("{}: it holds no sound", path.string()));
  return sound;
}

Result<> write_wav(const std::filesystem::path& path, const AudioFormat& format, std::span<const std::byte> frames) {
  SF_INFO info{};
  info.samplerate = static_cast<int>(format.rate_hz);
  info.channels = format.channels;
  const bool plain = format.channels <= 2 && format.bits <= 16;
  info.format = plain ? SF_FORMAT_WAV : SF_FORMAT_WAVEX;
  if (format.kind == SampleKind::kFloat) info.format |= SF_FORMAT_FLOAT;
  else
    info.format |= format.bits == 8    ? SF_FORMAT_PCM_U8
                   : format.bits == 16 ? SF_FORMAT_PCM_16
                   : format.bits == 24 ? SF_FORMAT_PCM_24
                                       : SF_FORMAT_PCM_32;
  std::error_code status;
  if (std::filesystem::exists(path, status) && !std::filesystem::is_regular_file(path, status))
    return fail(StatusCode::kAccessDenied, fmt::format("{}: it is not a file that a WAV could replace", path.string()));
  const std::filesystem::path partial = path.string() + ".part";
  {
    SndFile file(sf_open(partial.c_str(), SFM_WRITE, &info));
    if (!file) return fail(StatusCode::kAccessDenied, fmt::format("{}: {}", path.string(), sf_strerror(nullptr)));
    const auto bytes = static_cast<sf_count_t>(frames.size());
    if (sf_write_raw(file.get(), frames.data(), bytes) != bytes) {
      const std::string why = sf_strerror(file.get());
      file.reset();
      std::error_code ignored;
      std::filesystem::remove(partial, ignored);
      return fail(StatusCode::kUnsuccessful, fmt::format("{}: {}", path.string(), why));
    }
    sf_write_sync(file.get());
  }
  std::error_code error;
  std::filesystem::rename(partial, path, error);
  if (error) return fail(StatusCode::kAccessDenied, fmt::format("{}: {}", path.string(), error.message()));
  return {};
}

Result<Sound> convert(const Sound& sound, const AudioFormat& wanted) {
  AudioFormat from = sound.format, to = wanted;
  from.channel_mask = to.channel_mask = std::nullopt;
  if (from.effective_valid_bits() == to.effective_valid_bits()) from.valid_bits = to.valid_bits = 0;
  if (from == to) return Sound{wanted, sound.frames};
  Sound out{wanted, {}};
  const size_t frames = sound.frame_count();
  const size_t in_step = from.bits / 8, out_step = to.bits / 8;

  // Integer to integer at one rate and channel count: by width alone, so that widening loses nothing.
  if (from.rate_hz == to.rate_hz && from.channels == to.channels && from.kind == SampleKind::kInteger &&
      to.kind == SampleKind::kInteger) {
    out.frames.resize(frames * to.frame_bytes());
    for (size_t i = 0; i < frames * from.channels; ++i)
      store_sample(&out.frames[i * out_step], load_sample(&sound.frames[i * in_step], from), to);
    return out;
  }

  std::vector<float> samples(frames * to.channels);
  for (size_t frame = 0; frame < frames; ++frame) {
    const std::byte* in = &sound.frames[frame * from.frame_bytes()];
    float mean = 0;
    if (to.channels == 1) {
      for (size_t c = 0; c < from.channels; ++c) mean += load_float(in + c * in_step, from) / from.channels;
    }
    for (size_t c = 0; c < to.channels; ++c)
      samples[frame * to.channels + c] = to.channels == 1 ? mean : load_float(in + (c % from.channels) * in_step, from);
  }
  if (from.rate_hz != to.rate_hz) {
    TRY_ASSIGN(samples, resample(samples, to.channels, static_cast<double>(to.rate_hz) / from.rate_hz));
  }
  out.frames.resize(samples.size() * out_step);
  for (size_t i = 0; i < samples.size(); ++i) store_float(&out.frames[i * out_step], samples[i], to);
  return out;
}

}  // namespace portside::client
