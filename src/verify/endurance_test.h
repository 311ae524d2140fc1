#pragma once
// Endurance: a stream that runs for a hundred seconds keeps the pace of its first seconds. Products of times and rates that overflow
// in 32 bits do so by then: 100 ns times a rate in kHz after 9 s, milliseconds times bytes a second after 22 s, times 48 frames after 89 s, times 44.1 after 97 s.

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

inline constexpr const char* kEnduranceName = "pace for 100 seconds";
void test_endurance(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
