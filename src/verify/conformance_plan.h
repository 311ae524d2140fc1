#pragma once
// ConformancePlan: what is asserted of a driver, test by test, in the order that gives breadth first: what the filters
// say; each endpoint in each processing mode once; all endpoints together; every property; buffer sizes; then every
// format.

#include <functional>
#include <string>
#include <vector>

#include "client/topology.h"
#include "verify/tolerances.h"
#include "verify/verdicts.h"

namespace portside::verify {

struct ConformanceTest {
  std::string name, subject;            // of what is said when it cannot be made
  std::function<void(Verdicts&)> body;  // on a simulated thread, in any machine with this driver
};

struct ConformanceOptions {
  std::string endpoint;  // a part of a name; empty: all
  Tolerances tolerances;
  bool port_class = true;  // the driver imports PcNewPort
};

// On a simulated thread: what there is to be tested is read from the driver.
Result<std::vector<ConformanceTest>> plan_conformance(const ConformanceOptions& options);

}  // namespace portside::verify
