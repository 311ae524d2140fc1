#pragma once
// Canvas: a screen of cells, drawn into by what shows something and read by what puts it onto a terminal or a page.
// What does not fit is cut off; control characters in a text become '?', so that no name can reach into the terminal.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portside::tools {

enum class Ink : uint8_t { kPlain, kTitle, kDim, kGood, kCaution, kBad, kBar, kChosen };

class Canvas {
 public:
  struct Cell {
    char32_t glyph = U' ';  // 0: the right half of the wide one before it
    Ink ink = Ink::kPlain;
  };

  Canvas(int width, int height) : width_(width), height_(height), cells_(static_cast<size_t>(width * height)) {}

  int width() const { return width_; }
  int height() const { return height_; }
  const Cell& at(int x, int y) const { return cells_[static_cast<size_t>(y * width_ + x)]; }

  // UTF-8. Returns the column behind it.
  int put(int x, int y, std::string_view text, Ink ink = Ink::kPlain);
  // Cut to `columns`, with an ellipsis where something is left out, and filled up with spaces.
  int put_in(int x, int y, int columns, std::string_view text, Ink ink = Ink::kPlain);
  // One line, without the spaces at its end.
  std::string line(int y) const;

 private:
  int width_, height_;
  std::vector<Cell> cells_;
};

// The columns that a text takes on a terminal.
int columns_of(std::string_view text);
std::string to_utf8(char32_t glyph);

}  // namespace portside::tools
