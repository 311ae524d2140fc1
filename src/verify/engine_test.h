#pragma once
// Engine test: the audio-engine node of a filter (KSNODETYPE_AUDIO_ENGINE): its pins are what they are said to be, and its
// device takes the formats that it lists, and no others.

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_engine(Verdicts& verdicts, const client::FilterInfo& filter);

}  // namespace portside::verify
