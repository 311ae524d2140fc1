#pragma once
// Signal processing modes, by the short names that a person types: "raw" is AUDIO_SIGNALPROCESSINGMODE_RAW.

#include <string>
#include <string_view>

#include "client/topology.h"

namespace portside::client {

// "raw"; the GUID in braces for one without a name here.
std::string processing_name(const GUID& mode);
// Any case. The error tells the names there are.
Result<GUID> parse_processing(std::string_view name);
// "default, raw"; "none" for a pin that knows no modes.
std::string processing_names(const PinInfo& pin);
// What an application opens a pin in that says nothing: DEFAULT where the pin knows it, else its first mode.
std::optional<GUID> default_processing(const PinInfo& pin);
// Whether the pin can be opened in it, with a sentence when not.
Result<> check_processing(const Endpoint& endpoint, const GUID& mode);

}  // namespace portside::client
