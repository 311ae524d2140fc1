#pragma once
// Registers as bytes: a write of any size is a few bytes, and each byte says by itself where it belongs.

#include <cstdint>

namespace portside::hardware {

inline uint8_t byte_of(uint64_t value, uint32_t index) { return static_cast<uint8_t>(value >> (8 * index)); }

template <class T>
void set_byte(T& value, uint32_t index, uint8_t byte) {
  value = static_cast<T>((value & ~(T{0xFF} << (8 * index))) | static_cast<T>(T{byte} << (8 * index)));
}

}  // namespace portside::hardware
