#pragma once
// FaultTrial: one run of a machine in which calls of the driver fail, and the judgement of it. In the same machine the
// driver is used again afterwards, with nothing failing any more: installed again where the failure was met on the way
// in or out.

#include <string>
#include <vector>

#include "verify/baseline.h"
#include "verify/campaign.h"
#include "verify/driver_use.h"
#include "verify/fault_injector.h"

namespace portside::verify {

// How a run goes in which nothing fails: what the others are held against.
struct FaultBaseline : Baseline {
  UseLog everything, again;        // what works
  std::vector<FaultPlace> places;  // in the order in which they were reached
};

class FaultTrial {
 public:
  FaultTrial(Campaign& campaign, const FaultBaseline& baseline) : campaign_(campaign), baseline_(baseline) {}

  // What the driver does when nothing fails. The error: it does not install.
  static Result<FaultBaseline> record(Campaign& campaign);

  struct Verdict {
    bool reached = false;  // something failed
    bool survived = true;  // no violation, and it worked again
    std::string why;       // it did not: in one sentence
  };
  // The injector is new; `name` has seed, fault (its id) and replay.
  Verdict run(FaultInjector& injector, report::RunName name);

 private:
  struct Course;
  static Result<FaultBaseline> record_with(Campaign& campaign, StreamKinds kinds);
  void judge(Course& course, host::Machine& machine);
  void use_again(Course& course, host::Machine& machine);
  void install_again(Course& course, host::Machine& machine);
  void explain(const Course& course, size_t problems_before);

  Campaign& campaign_;
  const FaultBaseline& baseline_;
};

}  // namespace portside::verify
