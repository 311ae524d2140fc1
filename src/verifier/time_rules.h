#pragma once
// TimeRules: stalls that are too long, and DPCs that keep a processor by stalling. In virtual time only what a driver
// stalls for counts: the instructions that it computes with take no time.

#include "kernel/time_observer.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class TimeRules final : public kernel::TimeObserver {
 public:
  // KeStallExecutionProcessor, Remarks: "typically to less than 50 microseconds".
  static constexpr Nanoseconds kLongStall = std::chrono::microseconds(50);
  // Guidelines for Writing DPC Routines: no stall of more, and no run of more.
  static constexpr Nanoseconds kLongDpc = std::chrono::microseconds(100);

  explicit TimeRules(Verifier& verifier) : verifier_(verifier) {}
  void on_stall(const kernel::Stall& stall) override;
  void on_dpc_ran(const kernel::DpcRun& run) override;

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
