#pragma once
// Where a stream is by now: what its page said last, the clock, and the device's position register where there is one.

#include <chrono>
#include <cstdint>
#include <optional>

#include "portside/client.h"
#include "wire/stream_page.h"

namespace portside::wire {

// `reading`: of the register, in bytes; taken after the sample.
StreamPosition place_of(const PositionSample& sample, const StreamFacts& facts, std::chrono::nanoseconds now,
                        std::optional<uint64_t> reading);

}  // namespace portside::wire
