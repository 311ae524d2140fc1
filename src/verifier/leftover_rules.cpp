#include "verifier/leftover_rules.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {

using kernel::LiveKind;

RuleId rule_in_memory(LiveKind kind) {
  switch (kind) {
    case LiveKind::kTimer:
    case LiveKind::kExTimer: return RuleId::kFreedWithTimer;
    case LiveKind::kDpc: return RuleId::kFreedWithDpc;
    case LiveKind::kWorkItem: return RuleId::kFreedWithWorkItem;
    case LiveKind::kResource: return RuleId::kFreedWithResource;
    case LiveKind::kLookaside: return RuleId::kFreedWithLookaside;
    case LiveKind::kOwnedMutex: return RuleId::kFreedWithOwnedMutex;
    default: return RuleId::kFreedWithWaiter;
  }
}

RuleId rule_at_unload(LiveKind kind) {
  switch (kind) {
    case LiveKind::kTimer: return RuleId::kUnloadedWithTimer;
    case LiveKind::kExTimer: return RuleId::kTimerNotDeleted;
    case LiveKind::kWorkItem: return RuleId::kUnloadedWithWorkItem;
    case LiveKind::kThread: return RuleId::kUnloadedWithThread;
    case LiveKind::kResource: return RuleId::kResourceNotDeleted;
    case LiveKind::kEtwProvider: return RuleId::kProviderNotUnregistered;
    case LiveKind::kOwnedMutex: return RuleId::kFreedWithOwnedMutex;
    case LiveKind::kContiguous: return RuleId::kContiguousLeaked;
    case LiveKind::kIoSpace: return RuleId::kIoSpaceLeft;
    default: return RuleId::kLookasideNotDeleted;
  }
}

const char* label(LiveKind kind) {
  switch (kind) {
    case LiveKind::kTimer: return "set by";
    case LiveKind::kContiguous:
    case LiveKind::kExTimer: return "allocated by";
    case LiveKind::kIoSpace: return "mapped by";
    case LiveKind::kDpc:
    case LiveKind::kWorkItem: return "queued by";
    case LiveKind::kThread: return "started by";
    case LiveKind::kEtwProvider: return "registered by";
    default: return "initialised by";
  }
}

RuleId rule_of(Leak::Kind kind) {
  switch (kind) {
    case Leak::Kind::kHandle: return RuleId::kHandleLeaked;
    case Leak::Kind::kMdl: return RuleId::kMdlLeaked;
    case Leak::Kind::kIrp: return RuleId::kIrpLeaked;
    case Leak::Kind::kObject: return RuleId::kObjectLeaked;
  }
  return RuleId::kObjectLeaked;
}

}  // namespace

void LeftoverRules::on_left(const kernel::LeftObject& left) {
  const kernel::LiveObject& object = left.object;
  std::vector<Fact> facts{{"object", fmt::format("{} at 0x{:X}", kernel::name_of(object.kind), object.address)}};
  if (object.routine) facts.push_back({"would call", fmt::format("0x{:X}", object.routine)});
  if (left.unloaded) {
    // DPCs have run by then, and an event in the image's data may be waited for by a thread that is told of itself.
    if (object.kind == LiveKind::kWaitedFor || object.kind == LiveKind::kDpc) return;
    verifier_.report(rule_at_unload(object.kind),
                     fmt::format("The driver was unloaded and left {}.", kernel::name_of(object.kind)),
                     {{label(object.kind), object.made_at}}, std::move(facts));
    return;
  }
  facts.push_back({"memory", fmt::format("0x{:X} to 0x{:X}", left.begin, left.end)});
  verifier_.report(rule_in_memory(object.kind),
                   fmt::format("{}: the memory holds, at offset {}, {}.", left.api, object.address - left.begin,
                               kernel::name_of(object.kind)),
                   {{"freed by", left.stack}, {label(object.kind), object.made_at}}, std::move(facts));
}

void LeftoverRules::report_leaks(const std::vector<Leak>& leaks) {
  for (const Leak& leak : leaks)
    if (!leak.made_at.empty())
      verifier_.report(rule_of(leak.kind), fmt::format("The last driver was unloaded; {} is left.", leak.what),
                       {{"obtained by", leak.made_at}});
}

}  // namespace portside::verifier
