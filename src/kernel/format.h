#pragma once
// printf as Windows' kernel does it: 32-bit long, %I64, %ws, %S, %wZ, %Z, %p of sixteen digits. The arguments are those
// of a function of the Windows convention: eight bytes each, one after the other.

#include <cstdint>
#include <string>

namespace portside::kernel {

class FormatArguments {
 public:
  explicit FormatArguments(const void* ms_va_list) : next_(static_cast<const uint64_t*>(ms_va_list)) {}
  uint64_t next() { return *next_++; }

 private:
  const uint64_t* next_;
};

enum class NarrowText : uint8_t { kAnsi, kUtf8 };  // what a wide character becomes in narrow output

// Null format: empty. %n is not honoured: its argument is passed over.
std::string format_narrow(const char* format, FormatArguments, NarrowText);
std::u16string format_wide(const char16_t* format, FormatArguments);

}  // namespace portside::kernel
