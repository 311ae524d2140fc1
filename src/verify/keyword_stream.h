#pragma once
// A keyword detector's pin: it hands out packets that were captured before, faster than they were, and it has no
// position. What is asserted of it is what "Voice activation" says of a burst: packets are numbered from 0 after each
// STOP, and the performance counter of each is the instant at which its first sample was taken.

#include "verify/test_stream.h"
#include "verify/tolerances.h"
#include "verify/verdicts.h"

namespace portside::verify {

inline constexpr const char* kVoicePage = "audio/voice-activation";

// A stream that is open and not yet running, of packets alone. A pin that nothing comes from without a keyword is no
// fault.
Result<> judge_burst(Verdict& verdict, const Subject& subject, TestStream& stream, const Tolerances& tolerances);

// The whole test, with a stream of its own. A keyword pin that streams by positions is tested as any other.
void test_keyword_stream(Verdicts& verdicts, const Subject& subject, const Tolerances& tolerances);

}  // namespace portside::verify
