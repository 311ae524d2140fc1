#pragma once
// Pin conformance: a driver of the port class reports on every pin that it can do real-time and event-driven streaming
// (Wave Test; Audio Logo Test).

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

inline constexpr const char* kAudioLogoPage =
    "https://learn.microsoft.com/windows-hardware/test/hlk/testref/91d27525-b5cf-4a7d-a52d-fdcf6a530571";

// `port_class`: the driver imports PcNewPort.
void test_pin_conformance(Verdicts& verdicts, const Subject& subject, bool port_class);

}  // namespace portside::verify
