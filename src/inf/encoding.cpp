#include "inf/encoding.h"

#include <cstdint>

#include "base/code_page.h"

namespace portside::inf {
namespace {

Result<std::string> from_utf16(std::span<const std::byte> bytes, bool big_endian) {
  if (bytes.size() % 2) return fail(StatusCode::kInvalidParameter, "its UTF-16 text ends in the middle of a character");
  std::string out;
  out.reserve(bytes.size() / 2);
  const auto unit = [&](size_t i) {
    const auto first = std::to_integer<uint32_t>(bytes[i]), second = std::to_integer<uint32_t>(bytes[i + 1]);
    return big_endian ? first << 8 | second : second << 8 | first;
  };
  for (size_t i = 0; i < bytes.size(); i += 2) {
    uint32_t c = unit(i);
    if (c >= 0xD800 && c < 0xE000) {
      const uint32_t low = i + 3 < bytes.size() ? unit(i + 2) : 0;
      if (c >= 0xDC00 || low < 0xDC00 || low >= 0xE000)
        return fail(StatusCode::kInvalidParameter, "its UTF-16 text has half a surrogate pair");
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      i += 2;
    }
    append_utf8(out, c);
  }
  return out;
}

// The length of the UTF-8 sequence at `i`, or 0 when there is none.
size_t utf8_length(std::span<const std::byte> bytes, size_t i) {
  const auto at = [&](size_t k) { return k < bytes.size() ? std::to_integer<uint32_t>(bytes[k]) : 0; };
  const uint32_t first = at(i);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xC2 && first < 0xE0 ? 2
                        : (first & 0xF0) == 0xE0        ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  for (size_t k = 1; k < length; ++k)
    if ((at(i + k) & 0xC0) != 0x80) return 0;
  if (length == 3 && ((first == 0xE0 && at(i + 1) < 0xA0) || (first == 0xED && at(i + 1) >= 0xA0))) return 0;
  if (length == 4 && ((first == 0xF0 && at(i + 1) < 0x90) || (first == 0xF4 && at(i + 1) >= 0x90))) return 0;
  return length;
}

bool is_utf8(std::span<const std::byte> bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = utf8_length(bytes, i);
    if (!length) return false;
    i += length;
  }
  return true;
}

std::string from_1252(std::span<const std::byte> bytes) {
  std::string out;
  for (const std::byte b : bytes) append_utf8(out, from_code_page_1252(static_cast<char>(b)));
  return out;
}

bool begins(std::span<const std::byte> bytes, std::initializer_list<unsigned> mark) {
  if (bytes.size() < mark.size()) return false;
  size_t i = 0;
  for (const unsigned m : mark)
    if (std::to_integer<unsigned>(bytes[i++]) != m) return false;
  return true;
}

}  // namespace

Result<std::string> decode(std::span<const std::byte> bytes) {
  std::string text;
  if (begins(bytes, {0xFF, 0xFE}) || begins(bytes, {0xFE, 0xFF})) {
    TRY_ASSIGN(text, from_utf16(bytes.subspan(2), begins(bytes, {0xFE})));
  } else {
    if (begins(bytes, {0xEF, 0xBB, 0xBF})) bytes = bytes.subspan(3);
    if (is_utf8(bytes)) text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    else text = from_1252(bytes);
  }
  if (text.find('\0') != text.npos) return fail(StatusCode::kInvalidParameter, "it holds a NUL, which no text does");
  return text;
}

}  // namespace portside::inf
