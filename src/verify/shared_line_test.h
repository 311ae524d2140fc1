#pragma once
// Shared lines: while a stream runs, and while it is paused, another device on the interrupt's line interrupts. The service routine
// has to say that this is none of its device's; a claim is told (InterruptOfAnotherClaimed).

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

// Of a driver that has an interrupt connected.
bool has_interrupts();
void test_shared_line(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
