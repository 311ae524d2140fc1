#include "verifier/irql_rules.h"

#include <fmt/format.h>

#include <string_view>

namespace portside::verifier {
namespace {

// Functions whose wrong IRQL has a code of its own in Driver Verifier's list (bug check 0xC4).
struct Row {
  std::string_view api;
  RuleId rule;
};
constexpr Row kRows[] = {
    {"MmMapIoSpace", RuleId::kMapIoSpaceIrql},
    {"MmMapIoSpaceEx", RuleId::kMapIoSpaceIrql},
    {"MmProbeAndLockPages", RuleId::kLockPagesIrql},
    {"MmMapLockedPages", RuleId::kMapLockedPagesIrql},
    {"MmMapLockedPagesSpecifyCache", RuleId::kMapLockedPagesIrql},
    {"MmUnlockPages", RuleId::kUnlockPagesIrql},
    {"MmUnmapLockedPages", RuleId::kUnmapLockedPagesIrql},
    {"MmUnmapIoSpace", RuleId::kUnmapIoSpaceIrql},
    {"MmAllocatePagesForMdl", RuleId::kAllocatePagesIrql},
    {"MmAllocatePagesForMdlEx", RuleId::kAllocatePagesIrql},
    {"MmFreePagesFromMdl", RuleId::kAllocatePagesIrql},
    {"KeSetEvent", RuleId::kSetEventIrql},
    {"KeReleaseSpinLock", RuleId::kReleaseSpinLockIrql},
    {"ExAcquireFastMutex", RuleId::kAcquireFastMutexIrql},
    {"ExReleaseFastMutex", RuleId::kReleaseFastMutexIrql},
    {"KeAcquireSpinLockRaiseToDpc", RuleId::kAcquireSpinLockIrql},
    {"KeAcquireSpinLockAtDpcLevel", RuleId::kAcquireAtDpcLevelIrql},
    {"KeReleaseSpinLockFromDpcLevel", RuleId::kReleaseFromDpcLevelIrql},
    {"KeEnterCriticalRegion", RuleId::kCriticalRegionIrql},
    {"KeLeaveCriticalRegion", RuleId::kCriticalRegionIrql},
    {"KeWaitForSingleObject", RuleId::kWaitAtDispatch},
    {"KeWaitForMultipleObjects", RuleId::kWaitAtDispatch},
    {"KeWaitForMutexObject", RuleId::kWaitAtDispatch},
    {"KeDelayExecutionThread", RuleId::kWaitAtDispatch},
};

RuleId rule_of(const kernel::ApiCall& call) {
  const std::string_view name = call.name;
  for (const Row& row : kRows)
    if (row.api == name) return row.rule;
  if (name.starts_with("ExAllocatePool") && call.highest == kernel::kApcLevel) return RuleId::kPagedPoolAtDispatch;
  if (name.starts_with("ExFreePool") && call.highest == kernel::kApcLevel) return RuleId::kPagedPoolFreedAtDispatch;
  if (name.starts_with("IPort")) return RuleId::kWrongIrqlInPortMethod;
  if (name.starts_with("Pc")) return RuleId::kWrongIrqlInPcFunction;
  return RuleId::kWrongIrql;
}

}  // namespace

void IrqlRules::on_call(const kernel::ApiCall& call) {
  if (call.irql_allowed()) return;
  const std::string allowed = call.lowest == call.highest ? std::string(kernel::irql_name(call.highest))
                                                          : fmt::format("{} to {}", kernel::irql_name(call.lowest),
                                                                        kernel::irql_name(call.highest));
  const RuleId rule = rule_of(call);
  // Up to APC_LEVEL it is where it promises a wait.
  const bool promises = rule == RuleId::kSetEventIrql && call.highest == kernel::kApcLevel;
  verifier_.report(
      rule,
      fmt::format("{} was called {}at {}; it may be called {}at {}.", call.name, promises ? "with Wait TRUE " : "",
                  kernel::irql_name(call.irql), promises ? "so " : "", allowed),
      {{"called by", call.stack()}});
}

}  // namespace portside::verifier
