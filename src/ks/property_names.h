#pragma once
// What a property is called in the headers, for sentences about requests.

#include <windef.h>

#include <cstdint>
#include <string>

namespace portside::ks {

// "KSPROPERTY_AUDIO_VOLUMELEVEL"; of one that is not among the documented properties of audio "property 3 of {GUID}".
std::string property_name(const GUID& set, uint32_t id);
// "a get", "a set", "basic support", or the verb's number.
std::string verb_name(uint32_t verb);

}  // namespace portside::ks
