#include "verifier/verifier.h"

#include <algorithm>

namespace portside::verifier {
namespace {

bool same_cause(const Finding& one, const Finding& other) {
  if (one.rule_id != other.rule_id || one.culprit != other.culprit) return false;
  if (!one.culprit.empty()) return true;
  if (one.stacks.empty() != other.stacks.empty()) return false;
  return one.stacks.empty() || std::ranges::equal(one.stacks[0].stack.addresses(), other.stacks[0].stack.addresses());
}

}  // namespace

void Verifier::report(RuleId rule, std::string what, std::vector<LabelledStack> stacks, std::vector<Fact> facts) {
  report_of(standing_(), rule, std::move(what), std::move(stacks), std::move(facts));
}

void Verifier::report_of(Standing standing, RuleId rule, std::string what, std::vector<LabelledStack> stacks,
                         std::vector<Fact> facts) {
  add({rule, std::move(what), std::move(stacks), std::move(facts), "", standing.time, std::move(standing.thread),
       standing.irql});
}

void Verifier::report_culprit(RuleId rule, std::string what, std::string culprit, std::vector<LabelledStack> stacks,
                              std::vector<Fact> facts) {
  Standing standing = standing_();
  add({rule, std::move(what), std::move(stacks), std::move(facts), std::move(culprit), standing.time,
       std::move(standing.thread), standing.irql});
}

void Verifier::add(Finding finding) {
  // A stack that was never captured says nothing: leave it out.
  std::erase_if(finding.stacks, [](const LabelledStack& s) { return s.stack.empty(); });
  MutexLock lock(mutex_);
  for (Finding& before : findings_) {
    if (same_cause(before, finding)) {
      ++before.times;
      return;
    }
  }
  findings_.push_back(std::move(finding));
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
