#pragma once
// IoRules: IRPs, device objects, remove locks and power requests. The I/O layer tells; this names the rule.

#include <map>
#include <vector>

#include "io/observer.h"
#include "kernel/bug_check.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class IoRules final : public io::IoObserver, public kernel::BugCheckObserver {
 public:
  explicit IoRules(Verifier& verifier) : verifier_(verifier) {}
  void on_misuse(const io::MisuseEvent& event) override;
  void on_irp_dispatched(const io::IrpEvent& event) override;
  void on_irp_ended(const io::IrpEvent& event) override;
  void on_remove_lock_wait(const io::RemoveLockWaitEvent& event) override;
  // Before FaultRules hears of it.
  void on_bug_check(const kernel::BugCheckRecord& record) override;

 private:
  struct PowerIrp {
    uint8_t minor;
    uint64_t routine;  // the dispatch routine that got it last
  };
  Verifier& verifier_;
  Mutex mutex_;
  std::map<uint64_t, PowerIrp> power_irps_ GUARDED_BY(mutex_);                          // by id
  std::map<const void*, std::vector<io::RemoveLockHold>> removals_ GUARDED_BY(mutex_);  // by lock: who keeps it waiting
};

}  // namespace portside::verifier
