#pragma once
// Events of a filter, its pins and its nodes: each that the driver offers is enabled by two clients, disabled by the one and
// by the other; and what a jack does while somebody listens is told by its event.

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_filter_events(Verdicts& verdicts, const client::FilterInfo& filter);

}  // namespace portside::verify
