#pragma once
// Formats as a client says them, and as the driver is asked for them.

#include <optional>

#include "client/audio_format.h"
#include "portside/client.h"

namespace portside::service {

client::AudioFormat driver_format(const StreamFormat& format);
// None for one that clients have no name for: 20 bits in 24, more than 64 channels.
std::optional<StreamFormat> client_format(const client::AudioFormat& format);
// By how much a person would rather have another one: rate, then precision, then channels.
uint64_t distance_from_usual(const StreamFormat& format);

}  // namespace portside::service
