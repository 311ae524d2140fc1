// Drivers on a Windows that has been running for weeks: counts of 32 bits begin anew while a stream runs.

#include <gtest/gtest.h>

#include <algorithm>

#include "report/campaign_text.h"
#include "verify/campaign.h"
#include "verify/campaign_request.h"
#include "verify/case_inf.h"

namespace portside {
namespace {

report::CampaignReport streams_of(const char* mistake) {
  const testing_support::CaseInf inf(FAULTY_SYS, mistake);
  verify::Request request = testing_support::campaign_request(inf.inf());
  request.checks = {"streams"};
  verify::Campaign campaign(request);
  campaign.run_checks();
  return campaign.report();
}

bool keeps_pace(const report::CampaignReport& report) {
  const auto told = [](const report::Assertion& a) {
    return a.name == "pace for 100 seconds" && a.outcome != report::Outcome::kPassed;
  };
  EXPECT_TRUE(std::ranges::any_of(report.assertions, [](const auto& a) { return a.name == "pace for 100 seconds"; }));
  return std::ranges::none_of(report.assertions, told);
}

TEST(UpTime, ARightDriverKeepsItsPace) {
  const report::CampaignReport report = streams_of("");
  EXPECT_TRUE(keeps_pace(report)) << report::to_text(report, {});
}
// A difference of unsigned counts is right over their end; which of two is the later is not.
TEST(UpTime, ADriverThatComparesCountsOf32BitsIsTold) {
  const report::CampaignReport report = streams_of("ComparesIn32Bits");
  EXPECT_FALSE(keeps_pace(report)) << report::to_text(report, {});
}

}  // namespace
}  // namespace portside
