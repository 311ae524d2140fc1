#include "report/markup.h"

#include <fmt/format.h>

#include <cmath>

namespace portside::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The length of the character at the front, or 0 when these bytes are none.
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t bytes = lead < 0x80                   ? 1
                       : lead >= 0xC2 && lead < 0xE0 ? 2
                       : lead >= 0xE0 && lead < 0xF0 ? 3
                       : lead >= 0xF0 && lead < 0xF5 ? 4
                                                     : 0;
  if (bytes == 0 || bytes > text.size()) return 0;
  uint32_t value = bytes == 1 ? lead : lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value < 0xE000, none = (value & 0xFFFE) == 0xFFFE;
  return value < kSmallest[bytes] || value > 0x10FFFF || surrogate || none ? 0 : bytes;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t bytes = character_bytes(text);
    const char c = text.front();
    if (bytes == 0 || (bytes == 1 && ((static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7F)))
      out += kReplacement;
    else if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&#39;";
    else out += text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

std::string escape_name(std::string_view text) {
  const std::string plain = escape(text);  // an entity holds none of these
  std::string out;
  for (size_t i = 0; i < plain.size(); ++i) {
    out += plain[i];
    const bool ends = i + 1 == plain.size() || plain[i + 1] == plain[i];  // "::" and "..." stay whole
    if (!ends && std::string_view("/\\_.:").find(plain[i]) != std::string_view::npos) out += "<wbr>";
  }
  return out;
}

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() <= 4) return digits;
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, "\xE2\x80\xAF");
  return digits;
}

std::string time_text(double nanoseconds) {
  const double size = std::abs(nanoseconds);
  if (size < 1e3) return fmt::format("{:.0f} ns", nanoseconds);
  if (size < 1e6) return fmt::format("{:.2f} µs", nanoseconds / 1e3);
  if (size < 1e9) return fmt::format("{:.2f} ms", nanoseconds / 1e6);
  return fmt::format("{:.2f} s", nanoseconds / 1e9);
}

}  // namespace portside::report
