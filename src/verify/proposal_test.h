#pragma once
// Proposal test: a pin is offered formats that are right in all but one place, by each way that a format takes into a
// driver: as a proposal, in the request that opens a pin, and set on an open pin. Those that its data ranges do not
// declare are refused, those that contradict themselves too, and the ways agree.

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_proposals(Verdicts& verdicts, const Subject& subject);

}  // namespace portside::verify
