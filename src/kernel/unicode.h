#pragma once
// Windows' notions of characters: case as the kernel folds it (simple, without locale).

#include <cstdint>
#include <string>
#include <string_view>

namespace portside::kernel {

// RtlUpcaseUnicodeChar, RtlDowncaseUnicodeChar: one code unit to one code unit.
char16_t upcase(char16_t);
char16_t downcase(char16_t);
std::u16string upcase(std::u16string_view);

// <0, 0 or >0 as RtlCompareUnicodeString orders them.
int compare(std::u16string_view a, std::u16string_view b, bool ignore_case);
inline bool equal_ignoring_case(std::u16string_view a, std::u16string_view b) {
  return a.size() == b.size() && compare(a, b, true) == 0;
}

std::string to_utf8(std::u16string_view);
std::u16string from_utf8(std::string_view);  // a byte that is not UTF-8 is read as code page 1252

}  // namespace portside::kernel
