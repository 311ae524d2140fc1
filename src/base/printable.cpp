#include "base/printable.h"

#include <cstdint>
#include <cstdio>

namespace portside {
namespace {

template <class Replace>
std::string with_controls_replaced(std::string_view text, Replace&& replace) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = take_code_point(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    const bool broken = bytes.size() == 1 && static_cast<unsigned char>(bytes.front()) >= 0x80;
    if (!broken && (c == U'\n' || c == U'\t' || !is_control(c))) out += bytes;
    else out += replace(c);
  }
  return out;
}

}  // namespace

char32_t take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xF0 && first < 0xF8 ? 4
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xC2 && first < 0xE0 ? 2
                                                        : 0;
  char32_t code = length == 1 ? first : first & (0x7Fu >> length);
  bool right = length != 0 && length <= text.size();
  for (size_t i = 1; right && i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    right = (next & 0xC0) == 0x80;
    code = code << 6 | (next & 0x3F);
  }
  // Longer than it need be: a control character could hide there.
  if (length == 3 && code < 0x800) right = false;
  if (length == 4 && (code < 0x10000 || code > 0x10FFFF)) right = false;
  text.remove_prefix(right ? length : 1);
  return right ? code : U'\uFFFD';
}

std::string printable(std::string_view text) {
  return with_controls_replaced(text, [](char32_t) { return "?"; });
}

std::string printable_json(std::string_view text) {
  return with_controls_replaced(text, [](char32_t c) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c & 0xFFFF));
    return std::string(escaped);
  });
}

}  // namespace portside
