#pragma once
// Numbers as an INF writes them: decimal, or hexadecimal after 0x.

#include <cstdint>
#include <optional>
#include <string_view>

namespace portside::inf {

// None for what is no number or does not fit. A minus is taken as two's complement.
std::optional<uint64_t> number_of(std::string_view text);
// The same, of at most 32 bits; an empty text is 0.
std::optional<uint32_t> flags_of(std::string_view text);
// "{4d36e96c-e325-11ce-bfc1-08002be10318}", with its braces.
bool is_guid(std::string_view text);

}  // namespace portside::inf
