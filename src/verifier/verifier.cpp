#include "verifier/verifier.h"

#include <algorithm>

namespace portside::verifier {
namespace {

bool same_place(const Finding& finding, RuleId rule, const std::vector<LabelledStack>& stacks) {
  if (finding.rule_id != rule || finding.stacks.empty() != stacks.empty()) return false;
  return stacks.empty() || std::ranges::equal(finding.stacks[0].stack.addresses(), stacks[0].stack.addresses());
}

}  // namespace

void Verifier::report(RuleId rule, std::string what, std::vector<LabelledStack> stacks, std::vector<Fact> facts) {
  report_of(standing_(), rule, std::move(what), std::move(stacks), std::move(facts));
}

void Verifier::report_of(Standing standing, RuleId rule, std::string what, std::vector<LabelledStack> stacks,
                         std::vector<Fact> facts) {
  // A stack that was never captured says nothing: leave it out.
  std::erase_if(stacks, [](const LabelledStack& s) { return s.stack.empty(); });
  MutexLock lock(mutex_);
  for (Finding& finding : findings_) {
    if (same_place(finding, rule, stacks)) {
      ++finding.times;
      return;
    }
  }
  findings_.push_back({rule, std::move(what), std::move(stacks), std::move(facts), standing.time,
                       std::move(standing.thread), standing.irql, 1});
}

void Verifier::explains(uint32_t bug_check) {
  MutexLock lock(mutex_);
  explained_.push_back(bug_check);
}

bool Verifier::is_explained(uint32_t bug_check) const {
  MutexLock lock(mutex_);
  return std::ranges::find(explained_, bug_check) != explained_.end();
}

bool Verifier::has_finding_at(const StackTrace& stack) const {
  MutexLock lock(mutex_);
  return std::ranges::any_of(findings_, [&](const Finding& f) {
    return !f.stacks.empty() && std::ranges::equal(f.stacks[0].stack.addresses(), stack.addresses());
  });
}

std::vector<Finding> Verifier::findings() const {
  MutexLock lock(mutex_);
  return findings_;
}

bool Verifier::has_violation() const {
  MutexLock lock(mutex_);
  return std::ranges::any_of(findings_, [](const Finding& f) { return f.rule().grade == Grade::kViolation; });
}

void Verifier::clear() {
  MutexLock lock(mutex_);
  findings_.clear();
  explained_.clear();
}

}  // namespace portside::verifier
