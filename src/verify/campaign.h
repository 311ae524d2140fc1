#pragma once
// Campaign: makes runs, and keeps what they found. A run is a machine of its own: built, the driver installed, applications
// run, the driver removed; the machine is gone before the next one.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/machine.h"
#include "report/campaign.h"
#include "verify/coverage_tally.h"
#include "verify/problem_list.h"
#include "verify/request.h"
#include "verify/scenario.h"
#include "verify/timeline_recorder.h"

namespace portside::verify {

bool any_violation(const std::vector<verifier::Finding>& findings);

struct RunPlan {
  report::RunName name;                // check and scenario are filled in when empty
  host::MachineOptions machine;        // seed and imports come from name and request
  const Scenario* scenario = nullptr;  // none: installed and removed, no more
  // On the host's own thread, in this order; each may be empty.
  std::function<void(host::Machine&)> before_install;
  std::function<void(host::Machine&)> after_install;     // the driver is there, no application runs yet
  std::function<void(host::Machine&)> before_uninstall;  // the applications have ended
  std::function<void(host::Machine&)> after_uninstall;   // with all findings made, before the machine goes
  // Whether findings go into the report; a check that expects some looks at RunOutcome::findings itself.
  bool report_findings = true;
  bool keep_timeline = false;  // though nothing new is found; runs that find something are kept by themselves
  // A run in which something befalls the installation: that it fails is then no reason to break the campaign off.
  bool may_not_install = false;
  // Some time passes before the applications come: a driver may register endpoints when its start is over.
  bool settles = true;
};

struct RunOutcome {
  Status installed, used, removed;  // the first error of each step
  bool bug_checked = false;
  bool hangs = false;  // by a stop that is Portside's own: Windows would go on waiting, or looping
  std::string
      stop;  // the bug check and where: "0x3B SYSTEM_SERVICE_EXCEPTION in Stream::Clear stream.cpp:191"; empty: none
  std::vector<verifier::Finding> findings;
  size_t new_problems = 0;
  Nanoseconds machine_time{0};

  bool violated() const;
  // Of what a bug check kept from being done; the finding says why.
  std::string windows_stops() const { return (hangs ? "Windows hangs here: " : "Windows stops here: ") + stop; }
};

class Campaign {
 public:
  explicit Campaign(Request request);
  Campaign(const Campaign&) = delete;  // problems_ refers to report_
  Campaign& operator=(const Campaign&) = delete;

  const Request& request() const { return request_; }
  report::CampaignReport& report() { return report_; }
  ProblemList& problems() { return problems_; }

  RunOutcome run(const RunPlan& plan);

  // The check that runs now. Once it is over, its share of the budget used up or something wrong where no more is asked
  // for (Request::until_first), it says what it leaves out (not_run).
  std::string_view check() const { return summary_ ? std::string_view(summary_->check) : std::string_view(); }
  bool is_over() const;
  bool is_interrupted() const { return request_.interrupted && request_.interrupted(); }
  // "the budget ended", or "the first mistake ended it".
  std::string_view ended_by() const;
  // What a check itself finds wrong; violations of a run are seen by themselves.
  void found_wrong() { wrong_ = true; }
  void plan_runs(uint64_t runs) { summary_->planned += runs; }
  void progress(double fraction) const;
  bool has_note(std::string_view sentence) const { return summary_->note.find(sentence) != std::string::npos; }
  // Behind those that were made before.
  void note(std::string_view sentence) {
    if (!summary_->note.empty() && !sentence.empty()) summary_->note += "; ";
    summary_->note += sentence;
  }

  // Runs the checks that the request names, in their order; the report is whole afterwards.
  void run_checks();

  // The command line that makes the run again.
  std::string replay_of(const report::RunName& name) const;
  void keep_timeline(const RunPlan& plan, const RunOutcome& outcome, const report::RunName& name);

 private:
  Request request_;
  report::CampaignReport report_;
  ProblemList problems_;
  TimelineRecorder recorder_;  // of the run that is being made
  CoverageTally coverage_;
  report::CheckSummary* summary_ = nullptr;
  bool wrong_ = false;
  bool loops_ = false;  // a run has ended in a loop without end
  std::chrono::steady_clock::time_point began_, deadline_;
};

}  // namespace portside::verify
