#pragma once
// Nodes whose properties mean something beyond their own value: peak meters, which a request resets, and multiplexers, whose value
// is one of their inputs.

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

// KSPROPERTY_AUDIO_PEAKMETER2, while nothing plays.
void test_peak_meters(Verdicts& verdicts, const client::FilterInfo& filter);
// KSPROPERTY_AUDIO_MUX_SOURCE: each input is selected, and what is none is refused.
void test_multiplexers(Verdicts& verdicts, const client::FilterInfo& filter);

}  // namespace portside::verify
