#include "verifier/time_rules.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {

double microseconds(Nanoseconds time) { return static_cast<double>(time.count()) * 1e-3; }

}  // namespace

void TimeRules::on_stall(const kernel::Stall& stall) {
  if (stall.in_dpc && stall.asked > kLongDpc)
    verifier_.report(RuleId::kDpcStalledTooLong,
                     fmt::format("A DPC stalls for {:.0f} microseconds.", microseconds(stall.asked)),
                     {{"called by", capture_stack()}});
  else if (stall.asked > kLongStall)
    verifier_.report(
        RuleId::kStallTooLong,
        fmt::format("KeStallExecutionProcessor was asked for {:.0f} microseconds.", microseconds(stall.asked)),
        {{"called by", capture_stack()}});
}

void TimeRules::on_dpc_ran(const kernel::DpcRun& run) {
  // One long stall has been told; this is the sum of short ones.
  if (run.stalled <= kLongDpc || run.stalls < 2) return;
  verifier_.report(RuleId::kDpcTooLong,
                   fmt::format("One run of the DPC stalled {} times, {:.0f} microseconds together.", run.stalls,
                               microseconds(run.stalled)),
                   {{"DPC routine", stack_at_entry(run.routine)}});
}

}  // namespace portside::verifier
