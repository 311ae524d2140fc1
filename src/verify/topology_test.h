#pragma once
// Topology: what the filters say of themselves fits together: connections join pins and nodes that are there, every pin
// is reached, filters lead to one another, nodes have the properties that their type asks for, jacks are described
// whole (KS Topology Test).

#include "client/topology.h"
#include "verify/verdicts.h"

namespace portside::verify {

inline constexpr const char* kTopologyPage = "audio/exposing-filter-topology";

void test_connections(Verdicts& verdicts, const client::FilterInfo& filter);
void test_physical_connections(Verdicts& verdicts, const std::vector<client::FilterInfo>& filters);
void test_node_properties(Verdicts& verdicts, const client::FilterInfo& filter);
void test_jacks(Verdicts& verdicts, const client::FilterInfo& filter);
// Geometries of microphone arrays agree with their length.
void test_microphones(Verdicts& verdicts, const client::FilterInfo& filter);

}  // namespace portside::verify
