#pragma once
// A campaign's report as one JSON document, for scripts.

#include <string>

#include "report/campaign.h"

namespace portside::report {

// Without the pictures (topology, streams, timelines, coverage by line), which the files of the report folder hold.
std::string to_json(const CampaignReport& report);

}  // namespace portside::report
