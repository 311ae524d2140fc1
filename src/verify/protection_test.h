#pragma once
// Protected content: what DRMK says to a render stream that has IDrmAudioStream, and what becomes of the sound.

#include "verify/loop_pair.h"
#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

// "protected content": contents with each set of rights, in RUN; not applicable to a stream that protects nothing.
void test_protection(Verdicts& verdicts, const Subject& subject);

// "protected content in the loopback": what may not be copied, and was taken on, is not to be recorded.
void test_protected_loop(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format);

}  // namespace portside::verify
