#pragma once
// Independence: a volume or a mute that is set changes no other node's, of whatever filter.

#include <vector>

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

// Everything is as it was afterwards, as far as the nodes let it. One assertion for each filter with a volume or a mute.
void test_independence(Verdicts& verdicts, const std::vector<client::FilterInfo>& filters);

}  // namespace portside::verify
