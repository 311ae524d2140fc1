#include "verifier/fault_rules.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {

std::string bug_check_text(const kernel::BugCheckRecord& record) {
  return fmt::format("0x{:X} {} (0x{:X}, 0x{:X}, 0x{:X}, 0x{:X})", record.code, kernel::bug_check_name(record.code),
                     record.parameters[0], record.parameters[1], record.parameters[2], record.parameters[3]);
}

}  // namespace

bool FaultRules::report_access(const kernel::BugCheckRecord& record, uint64_t address) {
  const KernelAddress at{address};
  if (const auto pool = knowledge_.pool(address)) {
    const bool freed = pool->where == kernel::PoolAddress::Where::kFreed;
    verifier_.report(freed ? RuleId::kPoolTouchedAfterFree : RuleId::kPoolTouchedOutside, record.sentence,
                     {{"touched by", record.stack},
                      {"allocated by", pool->block.allocated_at},
                      {"freed by", pool->block.freed_at}},
                     {{"address", pool->sentence}, {"bug check", bug_check_text(record)}});
    return true;
  }
  const memory::AddressInfo info = knowledge_.memory(address);
  if (info.kind != memory::AddressKind::kView) return false;
  if (info.live && info.place == memory::AddressPlace::kInside) return false;
  const bool outside = info.place != memory::AddressPlace::kInside;
  std::vector<LabelledStack> stacks{
      {"touched by", record.stack}, {"mapped by", info.obtained_at}, {"unmapped by", info.released_at}};
  if (info.record) stacks.push_back({"freed by", info.record->freed_at});
  verifier_.report(outside ? RuleId::kTouchedOutsideView : RuleId::kTouchedAfterUnmap, record.sentence, std::move(stacks),
                   {{"address", info.sentence()}, {"bug check", bug_check_text(record)}});
  return true;
}

void FaultRules::on_bug_check(const kernel::BugCheckRecord& record) {
  if (const auto address = knowledge_.fault_address(); address && report_access(record, *address)) return;
  verifier_.report(RuleId::kBugCheck, record.sentence, {{"stopped in", record.stack}},
                   {{"bug check", bug_check_text(record)}});
}

}  // namespace portside::verifier
