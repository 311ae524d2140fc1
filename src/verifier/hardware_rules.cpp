#include "verifier/hardware_rules.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {

using hardware::InterruptMistake;
using hardware::RegisterMistake;

RuleId broken_rule(RegisterMistake mistake) {
  switch (mistake) {
    case RegisterMistake::kBeyondRange: return RuleId::kRegisterOutside;
    case RegisterMistake::kMisaligned: return RuleId::kRegisterMisaligned;
    case RegisterMistake::kNotDecoded: return RuleId::kRegisterOfSilentDevice;
    case RegisterMistake::kInstruction: return RuleId::kRegisterByOtherInstruction;
  }
  return RuleId::kRegisterOutside;
}

RuleId broken_rule(InterruptMistake mistake) {
  switch (mistake) {
    case InterruptMistake::kUnclaimed: return RuleId::kInterruptUnclaimed;
    case InterruptMistake::kNotQuieted: return RuleId::kInterruptNotQuieted;
    case InterruptMistake::kLeftConnected: return RuleId::kInterruptLeftConnected;
  }
  return RuleId::kInterruptUnclaimed;
}

}  // namespace

void HardwareRules::on_register_mishap(const hardware::RegisterMishap& mishap) {
  std::vector<Fact> facts;
  if (!mishap.device.empty())
    facts.push_back(
        {"register", fmt::format("{:#x} of base address register {} of {}", mishap.offset, mishap.bar, mishap.device)});
  verifier_.report(broken_rule(mishap.mistake), mishap.sentence + ".", {{"accessed by", mishap.stack}},
                   std::move(facts));
}

void HardwareRules::on_interrupt_mishap(const hardware::InterruptMishap& mishap) {
  verifier_.report(broken_rule(mishap.mistake), mishap.sentence + ".", {{"connected by", mishap.connected_at}},
                   {{"interrupt", fmt::format("vector 0x{:x} of {}", mishap.vector, mishap.device)}});
}

}  // namespace portside::verifier
