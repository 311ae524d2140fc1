#pragma once
// Characters as bytes: UTF-8, and code page 1252, which INF files and drivers' "ANSI" strings are in.

#include <cstdint>
#include <string>

namespace portside {

void append_utf8(std::string& out, uint32_t code_point);

// Code page 1252. A character without a place becomes '?'.
char to_code_page_1252(char16_t);
char16_t from_code_page_1252(char);

}  // namespace portside
