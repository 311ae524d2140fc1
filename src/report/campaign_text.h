#pragma once
// A campaign's report as text for a terminal: a summary one can act on, most important first. All the evidence is in
// the folder.

#include <string>

#include "report/campaign.h"
#include "report/text_report.h"

namespace portside::report {

struct SummaryOptions {
  TextOptions text;
  std::string folder;         // where the whole report was written; empty: nowhere
  size_t most_problems = 12;  // told at length, and all that fail the run; the others are counted
};

std::string to_text(const CampaignReport& report, const SummaryOptions& options);

}  // namespace portside::report
