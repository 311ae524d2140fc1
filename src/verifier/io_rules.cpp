#include "verifier/io_rules.h"

#include <fmt/format.h>

#include <optional>

namespace portside::verifier {
namespace {

using io::IoMisuse;

constexpr uint32_t kNoMoreIrpStackLocations = 0x35, kMultipleIrpCompleteRequests = 0x44,
                   kCancelStateInCompletedIrp = 0x48;

// Functions whose argument has a rule of its own; of the others the status that they return says enough.
std::optional<RuleId> bad_argument(std::string_view function) {
  if (function == "IofCompleteRequest") return RuleId::kInformationPastBuffer;
  if (function == "IoInitializeIrp") return RuleId::kAllocatedIrpInitialised;
  if (function == "IoFreeIrp") return RuleId::kIrpFreedNotAllocated;
  if (function == "IoReuseIrp") return RuleId::kIrpReusedNotAllocated;
  if (function == "IoDetachDevice") return RuleId::kDetachedNothing;
  if (function == "IoAttachDeviceToDeviceStack") return RuleId::kDeviceAttachedTwice;
  if (function == "IofCallDriver") return RuleId::kIrpStackDamaged;
  return std::nullopt;
}

std::optional<RuleId> broken_rule(const io::MisuseEvent& event) {
  switch (event.misuse) {
    case IoMisuse::kUnknownDevice: return RuleId::kNotADevice;
    case IoMisuse::kDeletedDevice: return RuleId::kDeviceUsedAfterDelete;
    case IoMisuse::kDeviceStillAttached: return RuleId::kDeviceDeletedAttached;
    case IoMisuse::kDeviceLeftAtUnload:
      return event.function == "IRP_MN_REMOVE_DEVICE" ? RuleId::kDeviceLeftAttached : RuleId::kDeviceLeftAtUnload;
    case IoMisuse::kInitializingLeftSet: return RuleId::kInitializingLeftSet;
    case IoMisuse::kUnknownDriver: return RuleId::kNotADriverObject;
    case IoMisuse::kUnknownIrp: return RuleId::kNotAnIrp;
    case IoMisuse::kFreedIrp: return RuleId::kIrpUsedAfterFree;
    case IoMisuse::kIrpStillQueued: return RuleId::kIrpFreedInUse;
    case IoMisuse::kNoStackLocation: return RuleId::kIrpStackExhausted;
    case IoMisuse::kDoubleCompletion: return RuleId::kIrpCompletedTwice;
    case IoMisuse::kCompletedPending: return RuleId::kIrpCompletedPending;
    case IoMisuse::kCancelRoutineLeft: return RuleId::kCancelRoutineLeftSet;
    case IoMisuse::kPendingNotMarked: return RuleId::kPendingNotMarked;
    case IoMisuse::kPendingNotReturned: return RuleId::kPendingNotReturned;
    case IoMisuse::kStatusDiffers: return RuleId::kDispatchStatusDiffers;
    case IoMisuse::kNeverCompleted: return RuleId::kIrpNeverCompleted;
    case IoMisuse::kDispatchIrqlChanged: return RuleId::kDispatchChangedIrql;
    case IoMisuse::kCreatedIrpReachedTop: return RuleId::kCreatedIrpReachedTop;
    case IoMisuse::kCancelStateCompleted: return RuleId::kCancelRoutineLeftSet;
    case IoMisuse::kIrpLeftPending: return RuleId::kIrpLeftPending;
    case IoMisuse::kRemoveLock: return RuleId::kRemoveLockUnbalanced;
    case IoMisuse::kDeviceKeptToUnload: return RuleId::kDeviceKeptToUnload;
    case IoMisuse::kRemoveLockTag: return RuleId::kRemoveLockTag;
    case IoMisuse::kRemoveLockNotAwaited: return RuleId::kRemoveLockNotAwaited;
    case IoMisuse::kNotificationLeft: return RuleId::kNotificationLeft;
    case IoMisuse::kSymbolicLinkLeft: return RuleId::kSymbolicLinkLeft;
    case IoMisuse::kPowerIrpKept: return RuleId::kPowerIrpPointerKept;
    case IoMisuse::kPowerRequest: return RuleId::kPowerRequestRefused;
    case IoMisuse::kPowerRequestUnknown: return RuleId::kPowerRequestUnknown;
    case IoMisuse::kPowerRequestNotSet: return RuleId::kPowerRequestNotSet;
    case IoMisuse::kPowerRequestHeld: return RuleId::kPowerRequestHeld;
    case IoMisuse::kPowerRequestLeft: return RuleId::kPowerRequestLeft;
    case IoMisuse::kPnpStatus:
      return event.function == "IRP_MN_SET_POWER" ? RuleId::kSetPowerFailed : RuleId::kRemovalFailed;
    case IoMisuse::kInterruptOfAnotherClaimed: return RuleId::kInterruptOfAnotherClaimed;
    case IoMisuse::kDmaFreedWrong: return RuleId::kDmaFreedWrong;
    case IoMisuse::kDmaBufferLeft: return RuleId::kDmaBufferLeft;
    case IoMisuse::kDmaListLeft: return RuleId::kDmaListLeft;
    case IoMisuse::kDmaAdapterLeft: return RuleId::kDmaAdapterLeft;
    case IoMisuse::kDmaOutOfReach: return RuleId::kDmaOutOfReach;
    case IoMisuse::kBadArgument: return bad_argument(event.function);
    case IoMisuse::kUnknownInterface:
    case IoMisuse::kWrongIrql: return std::nullopt;
  }
  return std::nullopt;
}

// What the I/O layer stops the machine with when it cannot go on: it tells nothing new.
uint32_t bug_check_after(const io::MisuseEvent& event) {
  switch (event.misuse) {
    case IoMisuse::kNoStackLocation: return kNoMoreIrpStackLocations;
    case IoMisuse::kDoubleCompletion: return kMultipleIrpCompleteRequests;
    case IoMisuse::kUnknownIrp: return event.function == "IofCompleteRequest" ? kMultipleIrpCompleteRequests : 0;
    case IoMisuse::kCancelStateCompleted: return kCancelStateInCompletedIrp;
    default: return 0;
  }
}

}  // namespace

void IoRules::on_misuse(const io::MisuseEvent& event) {
  const std::optional<RuleId> rule = broken_rule(event);
  if (!rule) return;
  // Of what was left behind there is no moment of the mistake: where it was made is where to look.
  std::vector<LabelledStack> stacks{{"dispatch routine", event.evidence.routine},
                                    {"called by", event.stack},
                                    {"made by", event.evidence.made_at},
                                    {"completed by", event.evidence.ended_at}};
  if (const uint32_t code = bug_check_after(event)) verifier_.explains(code);
  verifier_.report(*rule, fmt::format("{}: {}.", event.function, event.sentence), std::move(stacks),
                   {{"object", fmt::format("{}", fmt::ptr(event.object))}});
}

void IoRules::on_irp_dispatched(const io::IrpEvent& event) {
  if (event.major != IRP_MJ_POWER) return;
  const PDRIVER_DISPATCH routine = event.device->DriverObject->MajorFunction[IRP_MJ_POWER];
  MutexLock lock(mutex_);
  power_irps_[event.id] = {event.minor, reinterpret_cast<uint64_t>(routine)};
}

void IoRules::on_irp_ended(const io::IrpEvent& event) {
  MutexLock lock(mutex_);
  power_irps_.erase(event.id);
}

void IoRules::on_remove_lock_wait(const io::RemoveLockWaitEvent& event) {
  MutexLock lock(mutex_);
  if (event.holds.empty()) removals_.erase(event.lock);
  else removals_[event.lock] = event.holds;
}

// A machine in which nobody can go on hangs for a reason: the power request that is still with a driver, the remove lock that was
// not released.
void IoRules::on_bug_check(const kernel::BugCheckRecord& record) {
  if (record.code != kernel::kPortsideDeadlock && record.code != kernel::kPortsideWatchdog) return;
  MutexLock lock(mutex_);
  // Who holds a remove lock may hang in turn, with whatever he does: the first hold is the one to look at.
  if (record.code == kernel::kPortsideWatchdog) removals_.clear();  // somebody runs, and may release it yet
  for (const auto& [remove_lock, holds] : removals_) {
    verifier_.explains(record.code);
    const size_t others = holds.size() - 1;
    verifier_.report(
        RuleId::kRemoveLockHeld,
        fmt::format("The device is to be removed, and the remove lock was acquired with the tag {} and not "
                    "released{}: IoReleaseRemoveLockAndWait waits for ever.",
                    fmt::ptr(holds.front().tag),
                    others == 0 ? std::string() : fmt::format(" (and {} more times)", others)),
        {{"acquired by", holds.front().acquired_at}}, {{"bug check", record.sentence}});
  }
  if (!removals_.empty()) return;
  for (const auto& [id, held] : power_irps_) {
    verifier_.explains(record.code);
    verifier_.report(
        RuleId::kPowerIrpHeld,
        fmt::format("A power request (IRP_MN 0x{:02x}) is with a driver and nothing is left that could end it.",
                    held.minor),
        {{"dispatched to", stack_at_entry(held.routine)}}, {{"bug check", record.sentence}});
  }
}

}  // namespace portside::verifier
