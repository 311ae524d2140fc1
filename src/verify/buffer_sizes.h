#pragma once
// Buffer sizes: the position moves at the smallest and the largest packets that the driver says it can do (Wave Test),
// and at the 10 ms that Windows' engine takes where it says nothing. Other sizes an application may ask for and the
// driver may refuse: what it gives must work. A keyword detector's pin is to take 100 ms and 200 ms besides.

#include "client/packet_constraints.h"
#include "verify/test_stream.h"
#include "verify/tolerances.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_buffer_sizes(Verdicts& verdicts, const Subject& subject,
                       const std::optional<client::PacketConstraints>& constraints, const Tolerances& tolerances = {});

}  // namespace portside::verify
