#pragma once
// ProblemList: findings of many machines, merged by cause: the rule, and the driver's innermost frame where it was broken that
// is no allocator's.

#include <map>
#include <string>
#include <vector>

#include "report/campaign.h"
#include "verifier/finding.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

class ProblemList {
 public:
  explicit ProblemList(std::vector<report::Problem>& problems) : problems_(problems) {}

  // Takes in what a machine found, before it goes. Returns how many causes were new. Only those are resolved to source lines.
  size_t add(host::Machine& machine, const std::vector<verifier::Finding>& findings, const report::RunName& run);
  // A cause that a check found, with no place in the driver. Merged by rule and subject.
  size_t add(verifier::RuleId rule, std::string subject, std::string what, std::vector<verifier::Fact> facts,
             const report::RunName& run);

  // The problem of that cause; null when nobody has found it.
  report::Problem* find(const std::string& cause_key);
  // Two findings with one key have one cause. Stable between machines and runs.
  static std::string cause_key(host::Machine& machine, const verifier::Finding& finding);

 private:
  report::Problem& merge(const std::string& key, bool& is_new);

  std::vector<report::Problem>& problems_;
  std::map<std::string, size_t> by_key_;
};

}  // namespace portside::verify
