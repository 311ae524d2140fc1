#pragma once
// State control: in RUN the position moves, in PAUSE it is frozen, in STOP it is zero, and the stream can be started
// again (Wave Test: ten reads, 50 ms apart, in each state).

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_state_control(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
