#pragma once
// SanitizerRules: what instrumented drivers were seen doing becomes findings.

#include "sanitizer/sanitizer_observer.h"
#include "verifier/fault_rules.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class SanitizerRules final : public sanitizer::SanitizerObserver {
 public:
  SanitizerRules(Verifier& verifier, AddressKnowledge knowledge)
      : verifier_(verifier), knowledge_(std::move(knowledge)) {}
  void on_bad_access(const sanitizer::BadAccess& access) override;
  void on_undefined(const sanitizer::UndefinedBehaviour& seen) override;

 private:
  Verifier& verifier_;
  AddressKnowledge knowledge_;
};

}  // namespace portside::verifier
