#pragma once
// Levels test: values that a node keeps for each channel of a stream (volume, mute, tone ...) are set and read: at the ends
// of the range that basic support tells, inside it, off its steps, beyond it; for each channel, for none that there is, and
// for the whole stream.

#include "client/topology.h"
#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_levels(Verdicts& verdicts, const client::FilterInfo& filter, const client::NodeInfo& node);

// Of a stream that the filter's audio engine plays: the node through its pin.
void test_stream_levels(Verdicts& verdicts, const Subject& subject);

// Channel -1. By itself, as a driver may take long over the whole stream.
void test_whole_stream(Verdicts& verdicts, const client::FilterInfo& filter, const client::NodeInfo& node);

}  // namespace portside::verify
