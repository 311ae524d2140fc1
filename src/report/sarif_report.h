#pragma once
// A campaign's report as SARIF 2.1.0 (OASIS), as code-hosting sites take it: one result a cause, at its line of the
// driver's source, with all its stacks.

#include <string>

#include "report/campaign.h"
#include "report/source_files.h"

namespace portside::report {

// Files below the root of `sources` are told relative to it (uriBaseId SRCROOT), so that a site finds them in its
// checkout.
std::string to_sarif(const CampaignReport& report, SourceFiles& sources);

}  // namespace portside::report
