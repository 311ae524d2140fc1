#pragma once
// A structure as the bytes that a request carries.

#include <cstddef>
#include <span>
#include <vector>

namespace portside::verify {

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

// The first so many of them, in memory of their own.
template <class T>
std::vector<std::byte> copy_of(const T& value, size_t bytes = sizeof(T)) {
  const auto all = bytes_of(value).first(bytes);
  return {all.begin(), all.end()};
}

}  // namespace portside::verify
