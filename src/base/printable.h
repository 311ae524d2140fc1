#pragma once
// Text from drivers, files and other processes on its way to a person's terminal: what would steer the terminal is made
// visible, what is only text stays.

#include <string>
#include <string_view>

namespace portside {

// Takes the next code point off `text`, which is not empty; what is no UTF-8 is U+FFFD, one byte long.
char32_t take_code_point(std::string_view& text);

// C0, DEL and C1: U+009B is an escape sequence's beginning to many terminals.
constexpr bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

// Each control character but newline and tab, and each byte that is no UTF-8, is a '?'.
std::string printable(std::string_view text);

// The same in JSON, where such characters stand only inside of strings: escaped (\u009b), so that nothing is lost.
std::string printable_json(std::string_view text);

}  // namespace portside
