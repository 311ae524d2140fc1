#pragma once
// Buffer requests: what a client may ask of a pin's buffer, sense and nonsense: sizes that are no whole frames, none,
// more than there is; two buffers; RUN without one. What is refused is refused, and what is given works; and after a
// refusal the pin is as good as before.

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

inline constexpr const char* kBufferPage = "audio/ksproperty-rtaudio-buffer";

void test_buffer_requests(Verdicts& verdicts, const Subject& subject);
void test_run_without_buffer(Verdicts& verdicts, const Subject& subject);
// As many streams of the pin as it says there may be, and one more.
void test_every_instance(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
