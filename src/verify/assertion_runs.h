#pragma once
// AssertionRuns: the tests of a check, one after the other in one machine; a machine that ends in the middle (a bug
// check) is reported, and the next one goes on behind the test that it ended in.

#include <functional>
#include <string>
#include <vector>

#include "verify/campaign.h"
#include "verify/verdicts.h"

namespace portside::verify {

struct AssertionTest {
  std::string name, subject;            // of what is said when it cannot be made
  std::function<void(Verdicts&)> body;  // on a simulated thread, in any machine with this driver
};

class AssertionRuns {
 public:
  // On a simulated thread: what there is to be tested is read from the driver. Asked once.
  using Planner = std::function<Result<std::vector<AssertionTest>>(host::Machine&)>;

  AssertionRuns(Campaign& campaign, Planner planner, bool realtime = false)
      : campaign_(campaign), planner_(std::move(planner)) {
    machine_.realtime = realtime;
    if (realtime) verdicts_.figures_not_judged = "measured in real time";
    const Request& request = campaign.request();
    verdicts_.is_over = [&campaign] { return campaign.is_over(); };
    verdicts_.pace_not_judged = request.device_pace_not_judged;
    if (request.driver.bus_faults && request.driver.bus_faults->hang_at)
      verdicts_.not_judged = "seen with a device that hangs";
  }

  // For its further options; the seed comes from the request.
  host::MachineOptions& machine() { return machine_; }
  // Done to each machine before the driver is installed.
  void prepare_by(std::function<void(host::Machine&)> prepare) { prepare_ = std::move(prepare); }
  void run();
  // "the budget ended after 12 of 40 tests"; empty: it did not.
  std::string cut_short() const;

 private:
  bool run_machine();
  Result<> test(host::Machine& machine);
  void hand_over();
  void tell_left_out();

  Campaign& campaign_;
  const Planner planner_;
  host::MachineOptions machine_;
  std::function<void(host::Machine&)> prepare_;
  Verdicts verdicts_;
  std::vector<AssertionTest> tests_;
  size_t next_ = 0;
  const AssertionTest* running_ = nullptr;
  bool planned_ = false;
};

}  // namespace portside::verify
