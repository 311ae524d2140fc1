#include "verifier/fault_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace portside::verifier {
namespace {

std::string bug_check_text(const kernel::BugCheckRecord& record) {
  return fmt::format("0x{:X} {} (0x{:X}, 0x{:X}, 0x{:X}, 0x{:X})", record.code, kernel::bug_check_name(record.code),
                     record.parameters[0], record.parameters[1], record.parameters[2], record.parameters[3]);
}

// Bug checks that the kernel itself makes of one mistake alone.
RuleId rule_of(uint32_t bug_check) {
  switch (bug_check) {
    case kernel::kSpinLockAlreadyOwned: return RuleId::kSpinLockAcquiredTwice;
    case kernel::kWorkerReturnedAtBadIrql: return RuleId::kWorkItemChangedIrql;
    case kernel::kWorkerInvalid: return RuleId::kWorkItemQueuedTwice;
    default: return RuleId::kBugCheck;
  }
}

std::vector<Fact> facts_of(const kernel::BugCheckRecord& record, std::string address = {}) {
  std::vector<Fact> facts;
  if (!address.empty()) facts.push_back({"address", std::move(address)});
  if (!record.asked_for.empty()) facts.push_back({"asked for", record.asked_for});
  facts.push_back({"bug check", bug_check_text(record)});
  return facts;
}

// "KSPROPERTY_AUDIO_VOLUMELEVEL, a set": without what it was asked of.
std::string request_of(const std::string& asked_for) {
  const size_t name = asked_for.find(','), verb = name == std::string::npos ? name : asked_for.find(',', name + 1);
  return asked_for.substr(0, verb);
}

// PortCls and the kernel touch what they were given, too: then the stack has none of the driver's frames.
const char* by_whom(const kernel::BugCheckRecord& record) {
  return record.stack.empty() ? ", by PortCls or the kernel, through a pointer that the driver gave" : "";
}

}  // namespace

bool FaultRules::report_access(const kernel::BugCheckRecord& record, uint64_t address) {
  const auto pool = knowledge_.pool(address);
  const std::string sentence = record.sentence + by_whom(record);
  if (pool && pool->where != kernel::PoolAddress::Where::kInside) {
    const bool freed = pool->where == kernel::PoolAddress::Where::kFreed;
    verifier_.report(
        freed ? RuleId::kPoolTouchedAfterFree : RuleId::kPoolTouchedOutside, sentence,
        {{"touched by", record.stack}, {"allocated by", pool->block.allocated_at}, {"freed by", pool->block.freed_at}},
        facts_of(record, pool->sentence));
    return true;
  }
  const memory::AddressInfo info = knowledge_.memory(address);
  if (info.kind == memory::AddressKind::kDescriptor && !info.live) {
    const bool of_port = info.record && info.record->origin == memory::MdlOrigin::kPortStream;
    verifier_.report(of_port ? RuleId::kUsedAfterFree : RuleId::kBugCheck, sentence,
                     {{"touched by", record.stack}, {"allocated by", info.obtained_at}, {"freed by", info.released_at}},
                     facts_of(record, info.sentence()));
    return true;
  }
  if (info.kind != memory::AddressKind::kView && info.kind != memory::AddressKind::kRegisters) return false;
  if (info.live && info.place == memory::AddressPlace::kInside) return false;
  const bool outside = info.place != memory::AddressPlace::kInside;
  std::vector<LabelledStack> stacks{
      {"touched by", record.stack}, {"mapped by", info.obtained_at}, {"unmapped by", info.released_at}};
  if (info.record) stacks.push_back({"freed by", info.record->freed_at});
  const RuleId beyond =
      info.kind == memory::AddressKind::kRegisters ? RuleId::kRegisterOutside : RuleId::kTouchedOutsideView;
  verifier_.report(outside ? beyond : RuleId::kTouchedAfterUnmap, sentence, std::move(stacks),
                   facts_of(record, info.sentence()));
  return true;
}

void FaultRules::on_pageable_touch(const kernel::PageableTouch& touch) {
  const kernel::BugCheckRecord& record = touch.bug_check;
  const auto pageable = knowledge_.pageable(touch.address);
  if (!pageable) return;  // locked, or gone, since
  std::vector<LabelledStack> stacks{{"touched by", record.stack}};
  if (const auto pool = knowledge_.pool(touch.address)) stacks.push_back({"allocated by", pool->block.allocated_at});
  verifier_.report_of({.time = record.time, .thread = record.thread, .irql = record.irql},
                      pageable->code ? RuleId::kPageableCodeAtDispatch : RuleId::kPageableDataAtDispatch,
                      record.sentence + by_whom(record), std::move(stacks),
                      {{"address", pageable->name}, {"where it is paged out", bug_check_text(record)}});
}

std::vector<LabelledStack> FaultRules::stacks_of(const kernel::BugCheckRecord& record) const {
  std::vector<LabelledStack> stacks{{"stopped in", record.stack}};
  const bool spins = record.code == kernel::kSpinLockAlreadyOwned ||
                     (record.code == kernel::kDpcWatchdogViolation && record.parameters[0] == 1);
  if (!knowledge_.held_locks || !(spins || record.code == kernel::kPortsideDeadlock)) return stacks;
  std::ranges::move(knowledge_.held_locks(spins), std::back_inserter(stacks));
  // One who waits for a lock does nothing wrong: who holds it does not give it back.
  if (record.code == kernel::kDpcWatchdogViolation && stacks.size() == 2) std::swap(stacks[0], stacks[1]);
  return stacks;
}

void FaultRules::on_bug_check(const kernel::BugCheckRecord& record) {
  if (verifier_.is_explained(record.code)) return;
  if (const auto address = knowledge_.fault_address(); address && report_access(record, *address)) return;
  // Where in its loop the watchdog struck is chance; what was asked for is not.
  const bool loops = record.code == kernel::kPortsideWatchdog ||
                     (record.code == kernel::kDpcWatchdogViolation && record.parameters[0] == 0);
  if (loops && !record.asked_for.empty())
    return verifier_.report_culprit(rule_of(record.code), record.sentence, "a loop in " + request_of(record.asked_for),
                                    stacks_of(record), facts_of(record));
  verifier_.report(rule_of(record.code), record.sentence, stacks_of(record), facts_of(record));
}

}  // namespace portside::verifier
