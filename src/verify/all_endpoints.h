#pragma once
// All endpoints at once: each streams on a thread of its own, by events, as exclusive clients do (Audio Logo Test).

#include <vector>

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

// One subject an endpoint.
void test_all_endpoints(Verdicts& verdicts, const std::vector<Subject>& subjects);

}  // namespace portside::verify
