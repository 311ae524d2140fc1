#include "verifier/mdl_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace portside::verifier {
namespace {

using memory::MdlOrigin;
using memory::MdlPages;
using memory::MemoryOperation;
using memory::MemoryReason;

// What goes for every function that takes an MDL.
std::optional<RuleId> dead_or_foreign(MemoryReason reason) {
  switch (reason) {
    case MemoryReason::kNullMdl:
    case MemoryReason::kForeignMdl: return RuleId::kNotAnMdl;
    case MemoryReason::kFreedMdl:
    case MemoryReason::kFreedTwice:
    case MemoryReason::kPagesGone: return RuleId::kMdlUsedAfterFree;
    case MemoryReason::kSourceGone: return RuleId::kMdlOfFreedMemory;
    default: return std::nullopt;
  }
}

std::optional<RuleId> broken_rule(const memory::MemoryMishap& mishap) {
  const MemoryReason reason = mishap.reason;
  switch (mishap.operation) {
    case MemoryOperation::kMap:
      if (reason == MemoryReason::kAlreadyMapped) return RuleId::kMdlMappedTwice;
      if (reason == MemoryReason::kNotLocked) return RuleId::kMdlMappedUnlocked;
      break;
    case MemoryOperation::kUnmap:
      switch (reason) {
        case MemoryReason::kNeverMapped:
        case MemoryReason::kUnmappedTwice: return RuleId::kMdlUnmappedNotMapped;
        case MemoryReason::kNullBase:
        case MemoryReason::kBaseInsideView:
        case MemoryReason::kBaseOfOtherMdl:
        case MemoryReason::kWrongBase: return RuleId::kMdlUnmappedWrongBase;
        default: break;
      }
      break;
    case MemoryOperation::kFreeMdl:
      if (reason == MemoryReason::kFreedWhileMapped) return RuleId::kMdlFreedMapped;
      if (reason == MemoryReason::kFreedWhileLocked) return RuleId::kMdlFreedLocked;
      if (reason == MemoryReason::kOriginMismatch) return RuleId::kMdlFreedByOther;
      break;
    case MemoryOperation::kFreePages:
      if (reason == MemoryReason::kOriginMismatch) return RuleId::kMdlFreedByOther;
      if (reason == MemoryReason::kFreedWhileMapped) return RuleId::kMdlFreedMapped;
      break;
    case MemoryOperation::kLockPages:
      if (reason == MemoryReason::kAlreadyBuilt) return RuleId::kMdlLockedTwice;
      break;
    case MemoryOperation::kUnlockPages:
      if (reason == MemoryReason::kNotLocked)
        return mishap.record && mishap.record->pages == MdlPages::kNonPagedPool ? RuleId::kMdlOfPoolUnlocked
                                                                                : RuleId::kMdlUnlockedNotLocked;
      break;
    case MemoryOperation::kBuildMdl:
      if (reason == MemoryReason::kOutsideSource) return RuleId::kPartialMdlOutside;
      if (reason == MemoryReason::kAlreadyBuilt) return RuleId::kMdlBuiltTwice;
      break;
    case MemoryOperation::kFreeBlock:
      return reason == MemoryReason::kNotAnAllocation || reason == MemoryReason::kFreedTwice
                 ? std::optional(RuleId::kContiguousFreedWrong)
                 : std::nullopt;
    case MemoryOperation::kDma:
      if (reason == MemoryReason::kDmaToFreed) return RuleId::kDmaToFreedPage;
      return reason == MemoryReason::kDmaToForeign ? RuleId::kDmaToForeignMemory : RuleId::kDmaOutside;
    default: return std::nullopt;
  }
  return dead_or_foreign(reason);
}

// Calls through the port's methods, and Mm calls on the port's MDLs, are judged by PageRules.
bool of_port(const memory::MemoryMishap& mishap) {
  if (mishap.operation == MemoryOperation::kDma) return false;
  if (mishap.record && mishap.record->origin == MdlOrigin::kPortStream) return true;
  switch (mishap.operation) {
    case MemoryOperation::kMap:
    case MemoryOperation::kUnmap: return mishap.requester == memory::MapRequester::kPortStream;
    case MemoryOperation::kFreePages: return mishap.origin == MdlOrigin::kPortStream;
    case MemoryOperation::kMapToClient:
    case MemoryOperation::kQuery: return true;
    default: return false;
  }
}

}  // namespace

void MdlRules::on_mishap(const memory::MemoryMishap& mishap) {
  if (of_port(mishap)) return;
  const std::optional<RuleId> rule = broken_rule(mishap);
  if (!rule) return;
  // A device has no stack: what stands there is whoever happened to run meanwhile. Who had the page is where to look.
  const std::string sentence = mishap.sentence + (mishap.sentence.ends_with('?') ? "" : ".");
  const bool by_device = mishap.operation == MemoryOperation::kDma;
  std::vector<LabelledStack> stacks;
  if (!by_device) stacks.push_back({"called by", mishap.stack});
  std::vector<Fact> facts;
  if (mishap.record) {
    const memory::MdlRecord& record = *mishap.record;
    stacks.push_back({"allocated by", record.allocated_at});
    stacks.push_back({"mapped by", record.mapped_at});
    stacks.push_back({"unmapped by", record.unmapped_at});
    stacks.push_back({"freed by", record.freed_at});
    facts.push_back({"object", fmt::format("MDL #{} of {}: {} bytes, {}", record.id, memory::origin_name(record.origin),
                                           record.bytes, record.live ? "live" : "freed")});
  }
  if (mishap.at) facts.push_back({"address", mishap.at->sentence()});
  if (by_device) {
    facts.push_back({"access", fmt::format("{} bytes at physical address {:#x}, by {}", mishap.bytes,
                                           mishap.pages.low.value, mishap.device)});
    if (mishap.at) {
      stacks.push_back({"allocated by", mishap.at->obtained_at});
      stacks.push_back({"freed by", mishap.at->released_at});
    }
    // Memory that was nobody's: one device that is programmed wrongly goes through however many pages of it.
    if (std::ranges::all_of(stacks, [](const LabelledStack& s) { return s.stack.empty(); }))
      return verifier_.report_culprit(*rule, sentence, mishap.device, {{"while there ran", mishap.stack}},
                                      std::move(facts));
  }
  verifier_.report(*rule, sentence, std::move(stacks), std::move(facts));
}

}  // namespace portside::verifier
