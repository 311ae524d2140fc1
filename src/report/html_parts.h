#pragma once
// The sections of report.html. Each returns its <section>, or nothing when the report has nothing for it. Private to
// report.

#include <string>
#include <string_view>

#include "report/campaign.h"
#include "report/source_files.h"

namespace portside::report {

std::string problems_html(const CampaignReport& report, SourceFiles& sources);
std::string assertions_html(const CampaignReport& report);
std::string topology_html(const CampaignReport& report);
std::string streams_html(const CampaignReport& report);
std::string timelines_html(const CampaignReport& report);
std::string coverage_html(const CampaignReport& report, SourceFiles& sources);

// A few lines around one, which is marked; empty when the file cannot be read.
std::string excerpt_html(SourceFiles& sources, const SourceFrame& frame, unsigned around = 4);
// The last calls before the end of a timeline's first finding, as rows of a table.
std::string last_calls_html(const Timeline& timeline, size_t most);
// A region that can be scrolled, by keyboard too.
std::string scrollable(std::string_view label, std::string_view body);

}  // namespace portside::report
