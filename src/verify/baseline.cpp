#include "verify/baseline.h"

#include "host/machine.h"
#include "verify/problem_list.h"

namespace portside::verify {

std::string Baseline::wrong_beyond(host::Machine& machine) const {
  for (const verifier::Finding& finding : machine.findings())
    if (finding.rule().grade == verifier::Grade::kViolation &&
        !causes.contains(ProblemList::cause_key(machine, finding)))
      return finding.what;
  return machine.bug_check() ? machine.bug_check()->sentence : std::string();
}

std::string Baseline::left_beyond(host::Machine& machine, bool twice) const {
  if (machine.bug_check() || !machine.drivers().empty()) return "";
  return ResourceCount::of(machine).beyond(twice ? left.twice() : left);
}

}  // namespace portside::verify
