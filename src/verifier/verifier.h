#pragma once
// Verifier: collects findings. Each group of rules is a class that subscribes to one layer's observers and reports here.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "verifier/finding.h"

namespace portside::verifier {

// Where the reporting thread stands. The host answers from the kernel.
struct Standing {
  Nanoseconds time{0};
  std::string thread;
  unsigned irql = 0;
};

class Verifier {
 public:
  using StandingSource = std::function<Standing()>;
  explicit Verifier(StandingSource standing) : standing_(std::move(standing)) {}

  // Adds a finding, or counts it when the same rule was broken from the same place before. Any thread, any IRQL.
  void report(RuleId rule, std::string what, std::vector<LabelledStack> stacks, std::vector<Fact> facts = {});
  // Of what has no place in the driver: `culprit` says which findings have one cause.
  void report_culprit(RuleId rule, std::string what, std::string culprit, std::vector<LabelledStack> stacks,
                      std::vector<Fact> facts);
  // The same of what happened a moment ago, perhaps elsewhere.
  void report_of(Standing standing, RuleId rule, std::string what, std::vector<LabelledStack> stacks,
                 std::vector<Fact> facts);

  // A layer is about to stop the machine with this bug check, for what a finding tells already: that stop is no finding
  // of its own.
  void explains(uint32_t bug_check);
  bool is_explained(uint32_t bug_check) const;

  // True when a rule was broken from this very place before.
  bool has_finding_at(const StackTrace& stack) const;

  // In the order in which they were first found.
  std::vector<Finding> findings() const;
  bool has_violation() const;
  void clear();

 private:
  void add(Finding finding) EXCLUDES(mutex_);

  StandingSource standing_;
  mutable Mutex mutex_;
  std::vector<Finding> findings_ GUARDED_BY(mutex_);
  std::vector<uint32_t> explained_ GUARDED_BY(mutex_);
};

}  // namespace portside::verifier
