// The rules check: the driver installed, shown, used and removed as applications do it, with every rule watching. What it
// finds, a plain run finds; a driver that does not come this far is not put to the other checks.

#include <fmt/format.h>

#include "verify/campaign.h"
#include "verify/checks.h"

namespace portside::verify {
namespace {

class RulesCheck final : public Check {
 public:
  std::string_view name() const override { return "rules"; }
  std::string_view about() const override { return "installed, used and removed, with every rule watching"; }

  void run(Campaign& campaign) override {
    const std::string& endpoint = campaign.request().endpoint;
    const Scenario scenarios[] = {browse(), use_each_endpoint(endpoint), use_all_endpoints(endpoint)};
    campaign.plan_runs(1 + std::size(scenarios));
    const RunOutcome bare = campaign.run({.name = {.scenario = "install and remove", .seed = campaign.request().seed}});
    if (!bare.installed.is_ok()) {
      campaign.report().broken_off = fmt::format("the driver does not install: {}",
                                                 bare.bug_checked ? bare.windows_stops() : bare.installed.to_string());
      return;
    }
    for (size_t i = 0; i < std::size(scenarios); ++i) {
      campaign.progress(static_cast<double>(i + 1) / (1 + std::size(scenarios)));
      const RunOutcome outcome = campaign.run({.name = {.seed = campaign.request().seed},
                                               .scenario = &scenarios[i],
                                               // Of a clean driver too: how it plays is worth seeing.
                                               .keep_timeline = i == 1});
      report::Assertion assertion;
      assertion.check = name();
      assertion.name = scenarios[i].name;
      assertion.subject = campaign.report().driver;
      if (outcome.bug_checked) {
        assertion.outcome = report::Outcome::kFailed;
        assertion.sentence = outcome.windows_stops();
      } else if (!outcome.used.is_ok()) {
        // A client gives a stream up that stands still; what a driver refuses is its own doing, but of a device that hangs.
        const Request& request = campaign.request();
        const bool hangs = request.driver.bus_faults && request.driver.bus_faults->hang_at;
        const bool stands = !request.device_pace_not_judged.empty() && outcome.used == StatusCode::kUnsuccessful;
        const bool judged = !hangs && !stands;
        assertion.outcome = judged ? report::Outcome::kFailed : report::Outcome::kNotApplicable;
        assertion.sentence = outcome.used.to_string();
      } else if (!outcome.removed.is_ok()) {
        assertion.outcome = report::Outcome::kFailed;
        assertion.sentence = fmt::format("it does not let itself be removed: {}", outcome.removed.to_string());
      }
      campaign.report().assertions.push_back(std::move(assertion));
    }
  }
};

}  // namespace

std::unique_ptr<Check> make_rules_check() { return std::make_unique<RulesCheck>(); }

}  // namespace portside::verify
