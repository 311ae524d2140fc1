#pragma once
// A register seen byte by byte, as a bus cycle of any width reaches it.

#include <cstdint>

namespace portside::hardware {

constexpr uint8_t byte_of(uint64_t value, uint32_t index) { return static_cast<uint8_t>(value >> (8 * index)); }

template <class T>
void set_byte(T& value, uint32_t index, uint8_t byte) {
  value = static_cast<T>((value & ~(T{0xFF} << (8 * index))) | static_cast<T>(T{byte} << (8 * index)));
}

}  // namespace portside::hardware
