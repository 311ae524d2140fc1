#include "verifier/kernel_rules.h"

#include <fmt/format.h>

#include "kernel/bug_check.h"

namespace portside::verifier {
namespace {

using kernel::MisuseKind;

// The rule, and the bug check with which the kernel goes on to stop the machine: it tells nothing new.
struct Judgement {
  RuleId rule;
  uint32_t bug_check = 0;
};

Judgement judge(MisuseKind kind) {
  switch (kind) {
    case MisuseKind::kRaisedToLowerIrql: return {RuleId::kIrqlRaisedToLower};
    case MisuseKind::kLoweredToHigherIrql: return {RuleId::kIrqlLoweredToHigher};
    case MisuseKind::kWaitAtDispatch: return {RuleId::kWaitAtDispatch, kernel::kAttemptedSwitchFromDpc};
    case MisuseKind::kSpinLockNotHeld: return {RuleId::kSpinLockReleasedFree};
    case MisuseKind::kSpinLockHeldByOther: return {RuleId::kSpinLockReleasedByOther};
    case MisuseKind::kMutexNotOwned: return {RuleId::kMutexReleasedByOther};
    case MisuseKind::kSemaphoreLimit: return {RuleId::kSemaphoreOverLimit};
    case MisuseKind::kNotADispatcherObject: return {RuleId::kObjectNotInitialised};
    case MisuseKind::kNotListed: return {RuleId::kUsedBeyondItsLife};
    case MisuseKind::kDpcChangedIrql: return {RuleId::kDpcChangedIrql};
    case MisuseKind::kThreadEndedAtRaisedIrql: return {RuleId::kThreadEndedAtRaisedIrql};
    case MisuseKind::kThreadEndedHoldingMutex: return {RuleId::kThreadEndedWithMutex};
    case MisuseKind::kTooManyWaitObjects: return {RuleId::kTooManyWaitObjects, kernel::kMaximumWaitObjectsExceeded};
    case MisuseKind::kMutexAcquiredTwice: return {RuleId::kMutexAcquiredTwice, kernel::kPortsideDeadlock};
    case MisuseKind::kResourceNotOwned: return {RuleId::kResourceNotOwned, kernel::kResourceNotOwned};
    case MisuseKind::kApcsLeftDisabled: return {RuleId::kCriticalRegionLeftOpen};
    case MisuseKind::kRegionNotEntered: return {RuleId::kCriticalRegionNotEntered};
    case MisuseKind::kNoSuchTimer: return {RuleId::kNoSuchTimer};
    case MisuseKind::kTimerWaitsForSet: return {RuleId::kTimerWaitsForSet};
    case MisuseKind::kNotReferenced: return {RuleId::kObjectDereferencedTooOften};
    case MisuseKind::kPromisedWaitMissing: return {RuleId::kPromisedWaitMissing};
    case MisuseKind::kHandleOfProcess: return {RuleId::kHandleOfProcess};
    case MisuseKind::kTimerResolutionInPower: return {RuleId::kTimerResolutionInPowerIrp};
    case MisuseKind::kAbsoluteTimePast: return {RuleId::kAbsoluteTimePast};
    case MisuseKind::kFormattedRaised: return {RuleId::kFormattingIrql};
    case MisuseKind::kNameHoldsNul: return {RuleId::kNameHoldsNul};
    case MisuseKind::kHandleInvalid: return {RuleId::kHandleNotOpen};
  }
  return {RuleId::kBugCheck};
}

}  // namespace

void KernelRules::on_misuse(const kernel::Misuse& misuse) {
  const Judgement judgement = judge(misuse.kind);
  std::vector<Fact> facts;
  if (misuse.object) facts.push_back({"object", fmt::format("0x{:X}", misuse.object)});
  if (judgement.bug_check) verifier_.explains(judgement.bug_check);
  // The function's IRQL has been judged when it was called; only a wait inside a layer comes here first.
  if (misuse.kind == MisuseKind::kWaitAtDispatch && verifier_.has_finding_at(misuse.stack)) return;
  verifier_.report(judgement.rule, misuse.sentence + ".", {{"called by", misuse.stack}}, std::move(facts));
}

}  // namespace portside::verifier
