// Faults: the one place where this driver can be told to be wrong, for tests that need such a driver: most let the card sound wrong. The
// good driver is built without AC97_FAULT: every condition is then a constant `false`, and nothing of a fault is in it.
#pragma once

#define AC97_FAULT_NONE 0
#define AC97_FAULT_KEEPS_MUTE 1      // the codec's levels stay muted, as they are after its reset
#define AC97_FAULT_FORGETS_RATE 2    // the converters stay at 48 kHz
#define AC97_FAULT_FORGETS_LEVELS 3  // levels are not written again when the card wakes
#define AC97_FAULT_SWAPS_CHANNELS 4  // left and right of a level change places
#define AC97_FAULT_TRUSTS_LENGTHS 5  // a port range is taken to be as long as it usually is
#define AC97_FAULT_POLLS_ON 6        // until a bit falls, which it never does on a card that is gone
#define AC97_FAULT_TURNS_LEVELS 7    // up is down
#define AC97_FAULT_FORGETS_VRA 8     // variable rates are not allowed again when the card wakes
#define AC97_FAULT_CLAIMS_ALL 9      // the service routine takes each interrupt for its own, once it is live

#ifndef AC97_FAULT
#define AC97_FAULT AC97_FAULT_NONE
#endif

namespace faults {
constexpr bool kKeepsMute = AC97_FAULT == AC97_FAULT_KEEPS_MUTE;
constexpr bool kForgetsRate = AC97_FAULT == AC97_FAULT_FORGETS_RATE;
constexpr bool kForgetsLevels = AC97_FAULT == AC97_FAULT_FORGETS_LEVELS;
constexpr bool kSwapsChannels = AC97_FAULT == AC97_FAULT_SWAPS_CHANNELS;
constexpr bool kTrustsLengths = AC97_FAULT == AC97_FAULT_TRUSTS_LENGTHS;
constexpr bool kPollsOn = AC97_FAULT == AC97_FAULT_POLLS_ON;
constexpr bool kTurnsLevels = AC97_FAULT == AC97_FAULT_TURNS_LEVELS;
constexpr bool kForgetsVra = AC97_FAULT == AC97_FAULT_FORGETS_VRA;
constexpr bool kClaimsAll = AC97_FAULT == AC97_FAULT_CLAIMS_ALL;
}  // namespace faults
