#pragma once
// Filter roles: what a filter is listed as, and what its nodes say that they do, against the way that data take through it.

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_categories(Verdicts& verdicts, const client::FilterInfo& filter);
void test_converters(Verdicts& verdicts, const client::FilterInfo& filter);
// A logical pin of a node is where data come in, or where they go out.
void test_node_pins(Verdicts& verdicts, const client::FilterInfo& filter);

}  // namespace portside::verify
