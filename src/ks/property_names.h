#pragma once
// What a property is called in the headers, for sentences about requests.

#include <windef.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace portside::ks {

// "KSPROPERTY_AUDIO_VOLUMELEVEL"; of one that is not among the documented properties of audio "property 3 of {GUID}".
std::string property_name(const GUID& set, uint32_t id);
// "a get", "a set", "basic support", or the verb's number.
std::string verb_name(uint32_t verb);

// The first of the bytes as ULONGs, "0xFFFFFFFF 0x0... (24 bytes)".
std::string words_text(std::span<const std::byte> bytes);

}  // namespace portside::ks
