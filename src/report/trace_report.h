#pragma once
// The timelines of a campaign as JSON trace events, which ui.perfetto.dev and chrome://tracing open: a process a run, a
// track a processor and a thread, the IRQL as a counter.

#include <string>

#include "report/campaign.h"

namespace portside::report {

std::string to_trace(const CampaignReport& report);

}  // namespace portside::report
