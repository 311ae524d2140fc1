#pragma once
// The report folder: report.html, junit.xml, report.sarif, trace.json.

#include <filesystem>

#include "base/result.h"
#include "report/campaign.h"
#include "report/source_files.h"

namespace portside::report {

// Makes the folder when it is missing, and sees that files can be made in it: to know before a campaign has run for
// minutes.
Result<> prepare_report_folder(const std::filesystem::path& folder);
// Each file is replaced only when it is wholly written; what fails leaves the earlier ones as they were. One sentence
// an error.
Result<> write_report_folder(const std::filesystem::path& folder, const CampaignReport& report, SourceFiles& sources);

}  // namespace portside::report
