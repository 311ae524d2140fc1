#pragma once
// Intersection test: the data ranges of a pin are agreed on with clients that want all of them, a part, an end, anything,
// or nothing that there is (KSPROPERTY_PIN_DATAINTERSECTION). What is given is what the pin takes. Whether a format lies
// in the ranges and agrees with itself, the port sees and the verifier judges.

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_intersections(Verdicts& verdicts, const client::FilterInfo& filter, const client::PinInfo& pin);

}  // namespace portside::verify
