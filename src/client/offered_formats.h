#pragma once
// Every format and processing mode that an endpoint offers: its data ranges spelt out, and the driver asked for each
// (KSPROPERTY_PIN_PROPOSEDATAFORMAT) where it answers that.

#include <optional>
#include <vector>

#include "client/topology.h"

namespace portside::client {

enum class Proposal {
  kTaken,     // the driver says it takes the format
  kRefused,   // STATUS_NO_MATCH
  kNotAsked,  // the driver does not answer proposals: its ranges are all there is
};

struct OfferedFormat {
  AudioFormat format;
  Proposal proposal = Proposal::kNotAsked;
};

// The formats that the ranges admit: the usual rates between the ends and the ends themselves; 8, 16, 24 (packed, and in
// a 32-bit container) and 32 bits; 1, 2, 4, 6, 8 channels and the most there may be.
std::vector<AudioFormat> formats_of(const PinInfo& pin);

// Those, each proposed to the driver. On a simulated thread.
Result<std::vector<OfferedFormat>> offered_formats(const Endpoint& endpoint);

// What the driver names as the pin's own format: for the processing mode (KSPROPERTY_PIN_PROPOSEDATAFORMAT2), else for the
// pin (KSPROPERTY_PIN_PROPOSEDATAFORMAT); nothing when it names none.
std::optional<AudioFormat> preferred_format(const Endpoint& endpoint, std::optional<GUID> processing = {});

// The preferred format, else the candidate nearest to `wanted` that the pin's ranges admit and the driver does not refuse.
Result<AudioFormat> usual_format(const Endpoint& endpoint, const AudioFormat& wanted);

}  // namespace portside::client
