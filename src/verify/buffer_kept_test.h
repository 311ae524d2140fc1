#pragma once
// Whose buffer it is: what an application has written to be played, nobody else writes to. A device reads a render buffer.

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

// Of a render stream, by positions and by events, over three rounds of its buffer, in which the application writes nothing anew.
void test_buffer_kept(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
