#include "hardware/sound_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace portside::hardware {
namespace {

// RIFF, little-endian, as Microsoft's "Multimedia Programming Interface" describes it.
void put_number(std::string& out, uint32_t value, int width) {
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i));
}

uint32_t get_number(const std::string& bytes, size_t at, int width) {
  uint32_t value = 0;
  for (int i = width - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)]);
  return value;
}

}  // namespace

void write_sound(const std::filesystem::path& path, const SoundShape& shape, std::span<const std::byte> frames) {
  const auto bytes = static_cast<uint32_t>(frames.size());
  const uint32_t frame = shape.channels * shape.bits / 8;
  std::string head = "RIFF";
  put_number(head, 36 + bytes, 4);
  head += "WAVEfmt ";
  put_number(head, 16, 4);
  put_number(head, 1, 2);
  put_number(head, shape.channels, 2);
  put_number(head, shape.rate, 4);
  put_number(head, shape.rate * frame, 4);
  put_number(head, frame, 2);
  put_number(head, shape.bits, 2);
  head += "data";
  put_number(head, bytes, 4);
  std::ofstream file(path, std::ios::binary);
  file.write(head.data(), static_cast<std::streamsize>(head.size()));
  file.write(reinterpret_cast<const char*>(frames.data()), bytes);
}

Result<std::vector<std::byte>> read_spoken(const std::filesystem::path& path, const char* who,
                                           bool (*takes)(uint32_t rate)) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 12 || bytes.compare(0, 4, "RIFF") || bytes.compare(8, 4, "WAVE"))
    return fail(StatusCode::kInvalidParameter, fmt::format("{} is no WAV", path.string()));
  bool has_format = false;
  for (size_t at = 12; at + 8 <= bytes.size();) {
    const uint32_t length = get_number(bytes, at + 4, 4);
    const size_t count = std::min<size_t>(length, bytes.size() - at - 8);
    if (!bytes.compare(at, 4, "fmt ") && count >= 16) {
      const uint32_t tag = get_number(bytes, at + 8, 2), channels = get_number(bytes, at + 10, 2),
                     rate = get_number(bytes, at + 12, 4), bits = get_number(bytes, at + 22, 2);
      if ((tag != 1 && tag != 0xFFFE) || channels != 2 || bits != 16 || !takes(rate))
        return fail(StatusCode::kInvalidParameter,
                    fmt::format("{} has {} channels, {} bits and {} Hz (format {:#x}); {} hears PCM of 2 channels and "
                                "16 bits at a rate that a link has",
                                path.string(), channels, bits, rate, tag, who));
      has_format = true;
    }
    if (!bytes.compare(at, 4, "data") && has_format && count) {
      const auto* first = reinterpret_cast<const std::byte*>(bytes.data() + at + 8);
      return std::vector<std::byte>(first, first + count / 4 * 4);
    }
    at += 8 + size_t{length} + (length & 1);
  }
  return fail(StatusCode::kInvalidParameter, fmt::format("{} has no sound in it", path.string()));
}

}  // namespace portside::hardware
