#include "sanitizer/undefined_value.h"

#include <fmt/format.h>

#include <cstring>

namespace portside::sanitizer {
namespace {

int64_t extended(unsigned bits, uint64_t value) {
  return bits >= 64 ? static_cast<int64_t>(value) : static_cast<int64_t>(value << (64 - bits)) >> (64 - bits);
}

}  // namespace

bool is_negative(const TypeDescriptor& type, uint64_t value) {
  return type.is_signed() && type.bits() <= 64 && extended(type.bits(), value) < 0;
}

std::string value_text(const TypeDescriptor& type, uint64_t value) {
  const unsigned bits = type.bits();
  if (type.kind == TypeDescriptor::kInteger && bits <= 64) {
    if (type.is_signed()) return fmt::format("{}", extended(bits, value));
    return fmt::format("{}", bits == 64 ? value : value & ((uint64_t{1} << bits) - 1));
  }
  if (type.kind == TypeDescriptor::kFloat && bits == 32) {
    float number;
    const auto low = static_cast<uint32_t>(value);
    std::memcpy(&number, &low, sizeof number);
    return fmt::format("{}", number);
  }
  if (type.kind == TypeDescriptor::kFloat && bits == 64) {
    double number;
    std::memcpy(&number, &value, sizeof number);
    return fmt::format("{}", number);
  }
  return "a value";
}

}  // namespace portside::sanitizer
