#pragma once
// Registers that clients read by themselves: the position register against GetPosition, the clock register against time.

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

// "registers against positions", "rate of the clock register"; not applicable where a stream has none.
void test_registers(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
