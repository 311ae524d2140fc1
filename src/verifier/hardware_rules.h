#pragma once
// HardwareRules: what drivers do to registers and interrupts.

#include "hardware/hardware_observer.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class HardwareRules final : public hardware::HardwareObserver {
 public:
  explicit HardwareRules(Verifier& verifier) : verifier_(verifier) {}
  void on_register_mishap(const hardware::RegisterMishap& mishap) override;
  void on_interrupt_mishap(const hardware::InterruptMishap& mishap) override;

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
