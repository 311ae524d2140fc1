#pragma once
// A campaign's report as text for a terminal: a summary one can act on.

#include <string>

#include "report/campaign.h"
#include "report/text_report.h"

namespace portside::report {

std::string to_text(const CampaignReport& report, const TextOptions& options);

}  // namespace portside::report
