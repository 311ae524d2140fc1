#pragma once
// IrqlRules: every call at the IRQL that its page states. The exports and the COM methods say the range; this judges.

#include "kernel/api_scope.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class IrqlRules final : public kernel::ApiObserver {
 public:
  explicit IrqlRules(Verifier& verifier) : verifier_(verifier) {}
  void on_call(const kernel::ApiCall& call) override;

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
