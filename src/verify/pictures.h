#pragma once
// Pictures: what a report draws of a driver: its filters, and of each endpoint a short stream: positions and
// notifications against time.

#include <vector>

#include "client/topology.h"
#include "report/campaign.h"

namespace portside::verify {

class Campaign;

// topology_picture.cpp
std::vector<report::TopologyFilter> picture_of(const std::vector<client::FilterInfo>& filters);

// In the endpoint's usual format, as Windows' engine streams. On a simulated thread.
Result<report::StreamPicture> picture_of(const client::Endpoint& endpoint);

// Fills the report's topology, endpoints and streams, in a run of its own. What a driver does wrong meanwhile is
// another check's.
void take_pictures(Campaign& campaign);

}  // namespace portside::verify
