#pragma once
// KernelRules: what a driver does wrong with IRQL, waits and the kernel's locks. The kernel tells; this names the rule.

#include "kernel/misuse.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class KernelRules final : public kernel::MisuseObserver {
 public:
  explicit KernelRules(Verifier& verifier) : verifier_(verifier) {}
  void on_misuse(const kernel::Misuse& misuse) override;

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
