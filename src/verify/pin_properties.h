#pragma once
// Pin properties: what a pin says of itself is readable and agrees: its processing modes, its preferred formats, its
// instances.

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

// Of one pin of the filter.
void test_pin_properties(Verdicts& verdicts, const client::FilterInfo& filter, const client::PinInfo& pin);

}  // namespace portside::verify
