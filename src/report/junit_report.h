#pragma once
// A campaign's report as JUnit XML: a suite a check, a case an assertion or a cause.

#include <string>

#include "report/campaign.h"

namespace portside::report {

std::string to_junit(const CampaignReport& report);

}  // namespace portside::report
