#pragma once
// Requests that carry lists and names of a driver's own things, made with things that there are not: sound detectors'
// patterns (KSPROPSETID_SoundDetector) and audio modules (KSPROPSETID_AudioModule).

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_sound_detector(Verdicts& verdicts, const client::FilterInfo& filter);
void test_audio_modules(Verdicts& verdicts, const client::FilterInfo& filter);

}  // namespace portside::verify
