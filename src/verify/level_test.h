#pragma once
// Levels: what a volume or a mute node is set to can be heard, where a driver gives back what it plays
// (loopback_test.h): by so many decibels, in that channel, and in no other one.

#include <vector>

#include "client/topology.h"
#include "hardware/sound_jacks.h"
#include "verify/loop_pair.h"
#include "verify/verdicts.h"

namespace portside::verify {

// Every volume at 0 dB and nothing muted, as far as the nodes let themselves be set: what is played is then heard as it
// is.
void open_levels(const std::vector<client::FilterInfo>& filters);

// Every volume and every mute of the filters on the way between the pair's two pins; with `jacks`, of the nodes between the
// one pin of the pair and the jack (Passage).
void test_levels(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format,
                 const std::vector<client::FilterInfo>& filters, hardware::SoundJacks* jacks = nullptr);

}  // namespace portside::verify
