#pragma once
// Latency: how soon after RUN a position is there, and how far it lies behind the time that has passed. The KS Position
// Test warns, and does not fail.

#include "verify/test_stream.h"
#include "verify/tolerances.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_latency(Verdicts& verdicts, const Subject& subject, const Tolerances& tolerances);

}  // namespace portside::verify
