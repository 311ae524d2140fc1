#pragma once
// The INFs of Windows that audio drivers include. Written anew from what their documentation says they do.

#include <string_view>

#include "inf/inf_file.h"

namespace portside::inf {

// ks.inf, kscaptur.inf, wdmaudio.inf, hdaudio.inf; null for another.
const InfFile* system_inf(std::string_view name);

}  // namespace portside::inf
