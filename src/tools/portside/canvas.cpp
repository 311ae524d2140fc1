#include "portside/canvas.h"

#include <wchar.h>

#include <algorithm>

#include "base/printable.h"

namespace portside::tools {
namespace {

int width_of(char32_t glyph) {
  if (is_control(glyph)) return 1;  // shown as '?'
  const int width = ::wcwidth(static_cast<wchar_t>(glyph));
  return width < 0 ? 1 : width;
}

char32_t shown(char32_t glyph) { return is_control(glyph) ? U'?' : glyph; }

}  // namespace

std::string to_utf8(char32_t glyph) {
  std::string out;
  if (glyph < 0x80) return std::string(1, static_cast<char>(glyph));
  const int more = glyph < 0x800 ? 1 : glyph < 0x10000 ? 2 : 3;
  constexpr char32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[more] | glyph >> 6 * more);
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (glyph >> 6 * i & 0x3F));
  return out;
}

int columns_of(std::string_view text) {
  int columns = 0;
  while (!text.empty()) columns += width_of(take_code_point(text));
  return columns;
}

int Canvas::put(int x, int y, std::string_view text, Ink ink) {
  while (!text.empty()) {
    const char32_t glyph = take_code_point(text);
    const int columns = width_of(glyph);
    if (columns == 0) continue;  // a combining mark has no cell here
    if (y < 0 || y >= height_ || x + columns > width_) return x;
    if (x >= 0) {
      cells_[static_cast<size_t>(y * width_ + x)] = {shown(glyph), ink};
      if (columns == 2) cells_[static_cast<size_t>(y * width_ + x + 1)] = {0, ink};
    }
    x += columns;
  }
  return x;
}

int Canvas::put_in(int x, int y, int columns, std::string_view text, Ink ink) {
  if (columns <= 0) return x;
  const int end = x + columns;
  const bool cut = columns_of(text) > columns;
  const int room = cut ? columns - 1 : columns;
  for (int used = 0; !text.empty();) {
    std::string_view rest = text;
    const int width = width_of(take_code_point(rest));
    if (used + width > room) break;
    x = put(x, y, text.substr(0, text.size() - rest.size()), ink);
    used += width;
    text = rest;
  }
  if (cut) x = put(x, y, "~", ink);
  while (x < end && x < width_) x = put(x, y, " ", ink);
  return end;
}

std::string Canvas::line(int y) const {
  std::string out;
  for (int x = 0; x < width_; ++x)
    if (at(x, y).glyph != 0) out += to_utf8(at(x, y).glyph);
  out.erase(std::find_if(out.rbegin(), out.rend(), [](char c) { return c != ' '; }).base(), out.end());
  return out;
}

}  // namespace portside::tools
