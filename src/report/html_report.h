#pragma once
// A campaign's report as one HTML file: no network, light and dark, for a desk, a phone and a screen reader.

#include <string>

#include "report/campaign.h"
#include "report/source_files.h"

namespace portside::report {

// Draws the topology with Graphviz' dot, run as a process; where it is missing a table stands instead, and the page
// says so.
std::string to_html(const CampaignReport& report, SourceFiles& sources);

}  // namespace portside::report
