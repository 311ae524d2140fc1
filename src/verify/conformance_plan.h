#pragma once
// ConformancePlan: what is asserted of a driver, test by test, in the order that gives breadth first: what the filters
// say; each endpoint in each processing mode once; all endpoints together; every property; buffer sizes; then every
// format.

#include <string>
#include <vector>

#include "verify/assertion_runs.h"
#include "verify/tolerances.h"

namespace portside::verify {

struct ConformanceOptions {
  std::string endpoint;  // a part of a name; empty: all
  Tolerances tolerances;
  bool port_class = true;  // the driver imports PcNewPort
};

// On a simulated thread: what there is to be tested is read from the driver.
Result<std::vector<AssertionTest>> plan_conformance(const ConformanceOptions& options);

}  // namespace portside::verify
