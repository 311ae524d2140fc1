// The conformance check: what certification asserts, for every endpoint, format, processing mode and buffer size that
// the driver offers, measured as an application would.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "host/machine.h"
#include "loader/image.h"
#include "verify/campaign.h"
#include "verify/checks.h"
#include "verify/conformance_plan.h"

namespace portside::verify {
namespace {

class ConformanceCheck final : public Check {
 public:
  std::string_view name() const override { return "conformance"; }
  std::string_view about() const override {
    return "what certification asserts of every endpoint, format, mode and buffer size";
  }
  unsigned weight() const override { return 3; }

  void run(Campaign& campaign) override { ConformanceCheckRun(campaign).run(); }

 private:
  // The state of one campaign's check: a machine may end in the middle, and the next one goes on behind it.
  class ConformanceCheckRun {
   public:
    explicit ConformanceCheckRun(Campaign& campaign) : campaign_(campaign) {
      verdicts_.figures_judged = !campaign.request().realtime;
    }

    void run() {
      do {
        campaign_.plan_runs(1);
        if (!run_machine()) break;
      } while (next_ < tests_.size() && !campaign_.out_of_time());
      tell_left_out();
    }

   private:
    bool run_machine() {
      const Scenario scenario{"conformance", [this](host::Machine& machine) { return test(machine); }};
      RunPlan plan;
      plan.name.seed = campaign_.request().seed;
      plan.machine.realtime = campaign_.request().realtime;
      plan.scenario = &scenario;
      running_ = nullptr;
      const size_t began_at = next_;
      const RunOutcome outcome = campaign_.run(plan);
      hand_over();
      if (outcome.bug_checked || !outcome.used.is_ok() || !outcome.removed.is_ok()) {
        Verdict verdict(verdicts_, running_ ? running_->name : "conformance",
                        running_ ? running_->subject : campaign_.report().driver, "debugger/bug-check-code-reference2");
        verdict.fail(outcome.bug_checked ? std::string("Windows stops here: see the bug check among the problems")
                     : !outcome.used.is_ok()
                         ? outcome.used.to_string()
                         : fmt::format("the driver does not let itself be removed: {}", outcome.removed.to_string()));
      }
      hand_over();
      // A machine that ends before it has tested anything would end so again.
      return outcome.installed.is_ok() && next_ > began_at;
    }

    Result<> test(host::Machine& machine) {
      if (!planned_) {
        ConformanceOptions options;
        options.endpoint = campaign_.request().endpoint;
        options.tolerances = Tolerances::scaled(campaign_.request().tolerance);
        options.port_class = imports_port_class(machine);
        TRY_ASSIGN(tests_, plan_conformance(options));
        planned_ = true;
      }
      while (next_ < tests_.size() && !campaign_.out_of_time()) {
        running_ = &tests_[next_++];
        running_->body(verdicts_);
        campaign_.progress(static_cast<double>(next_) / static_cast<double>(tests_.size()));
      }
      running_ = nullptr;
      return {};
    }

    static bool imports_port_class(host::Machine& machine) {
      const loader::Image* image = machine.image();
      return !image ||
             std::ranges::any_of(image->imports(), [](const loader::ImportRecord& i) { return i.name == "PcNewPort"; });
    }

    void hand_over() {
      report::CampaignReport& report = campaign_.report();
      std::ranges::move(verdicts_.assertions, std::back_inserter(report.assertions));
      report::RunName run{.check = "conformance",
                          .scenario = "conformance",
                          .seed = campaign_.request().seed,
                          .fault = {},
                          .replay = {}};
      run.replay = campaign_.replay_of(run);
      for (BrokenRule& broken : verdicts_.broken)
        campaign_.problems().add(broken.rule, std::move(broken.cause), std::move(broken.what), std::move(broken.facts),
                                 run);
      verdicts_.assertions.clear();
      verdicts_.broken.clear();
    }

    // One assertion for each kind of test that the budget cut short.
    void tell_left_out() {
      std::map<std::string, uint64_t> left;
      for (size_t i = next_; i < tests_.size(); ++i) ++left[tests_[i].name];
      for (const auto& [test, count] : left) {
        report::Assertion assertion;
        assertion.check = "conformance";
        assertion.name = test;
        assertion.subject = fmt::format("{} more", count);
        assertion.outcome = report::Outcome::kNotRun;
        assertion.sentence = "the budget ended before them";
        campaign_.report().assertions.push_back(std::move(assertion));
      }
      std::string note;
      if (next_ < tests_.size()) note = fmt::format("the budget ended after {} of {} tests", next_, tests_.size());
      if (!verdicts_.figures_judged)
        note += fmt::format("{}in real time figures are told and not judged", note.empty() ? "" : "; ");
      if (campaign_.request().tolerance != 1)
        note += fmt::format("{}tolerances are {:.4g} times the published ones", note.empty() ? "" : "; ",
                            campaign_.request().tolerance);
      if (!note.empty()) campaign_.note(note);
    }

    Campaign& campaign_;
    Verdicts verdicts_;
    std::vector<ConformanceTest> tests_;
    size_t next_ = 0;
    const ConformanceTest* running_ = nullptr;
    bool planned_ = false;
  };
};

}  // namespace

std::unique_ptr<Check> make_conformance_check() { return std::make_unique<ConformanceCheck>(); }

}  // namespace portside::verify
