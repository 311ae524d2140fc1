#pragma once
// When an application that waits for room (or for sound) is to be woken: at one of the driver's notifications, or, where none falls
// on the frame that it waits for, by a timer at the moment when the position gets there.
//
// A WaveRT driver notifies once or twice a buffer. An ALSA buffer of two periods is mapped to a cyclic buffer with two notifications,
// and the driver alone wakes. Buffers of more periods, and those that the driver made longer than was asked, are woken between its
// notifications by the clock, which position() is read against.

#include <chrono>
#include <cstdint>
#include <optional>

#include "portside/client.h"

namespace portside::alsa {

// True where each period of an ALSA buffer ends with a notification of the driver.
bool periods_are_notified(const StreamFacts& facts, uint64_t buffer_frames, uint64_t period_frames);

// When `position` will have come to `frames`, on CLOCK_MONOTONIC: never before it, at most one frame late.
std::chrono::nanoseconds time_of(const StreamPosition& position, uint64_t frames, uint32_t rate);

}  // namespace portside::alsa
