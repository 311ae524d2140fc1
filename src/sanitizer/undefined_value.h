#pragma once
// A value that UndefinedBehaviorSanitizer hands over, and its type, as text.

#include <cstdint>
#include <string>

namespace portside::sanitizer {

// What clang emits beside each check (compiler-rt's ubsan_value.h): the kind, what the kind needs, and the name in quotes.
struct TypeDescriptor {
  enum Kind : uint16_t { kInteger = 0, kFloat = 1, kBitInt = 2, kUnknown = 0xFFFF };
  uint16_t kind;
  uint16_t info;  // integer: bit 0 signed, the rest log2 of the width in bits; float: the width
  char name[1];   // "'int'"

  bool is_signed() const { return kind == kInteger && (info & 1); }
  unsigned bits() const { return kind == kFloat ? info : kind == kInteger ? 1u << (info >> 1) : 0; }
};

// `value` holds the bits themselves up to 64 of them, else it is the address of them.
std::string value_text(const TypeDescriptor& type, uint64_t value);
bool is_negative(const TypeDescriptor& type, uint64_t value);

}  // namespace portside::sanitizer
