#pragma once
// The encodings of an INF: UTF-16 with a byte order mark, UTF-8 with or without one, and else code page 1252.

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace portside::inf {

// The text in UTF-8. kInvalidParameter for bytes that are no text: a NUL, half a UTF-16 character.
Result<std::string> decode(std::span<const std::byte> bytes);

}  // namespace portside::inf
