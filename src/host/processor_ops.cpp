#include "host/processor_ops.h"

#include "sanitizer/sanitizer.h"

namespace portside::host {

void ProcessorOps::write_cr8(uint64_t irql) {
  const auto wanted = static_cast<kernel::Irql>(irql & 0xF);
  // The instruction does not say whether it raises or lowers; KeRaiseIrql and KeLowerIrql both compile to it.
  if (wanted >= kernel_.current_irql())
    (void)kernel_.raise_irql(wanted, "mov cr8");
  else
    kernel_.lower_irql(wanted, "mov cr8");
}

void MachineHooks::bug_check(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4, const std::string& sentence,
                             const StackTrace& stack) {
  kernel_.bug_check({code, {p1, p2, p3, p4}, sentence, stack});
}

void MachineHooks::on_unwound(uint64_t rsp) {
  if (auto* sanitizer = MachineContext::current()->find<sanitizer::Sanitizer>()) sanitizer->forget_stack_below(rsp);
}

bool MachineHooks::may_catch_access(uint64_t address, bool write) {
  // A page fault at DISPATCH_LEVEL is a bug check at once (0xD1); and so is one on an address of the kernel that is not
  // there (0x50): only addresses below the arena are a user's, and only there can __except help.
  return kernel_.current_irql() < kernel::kDispatchLevel && kernel_.describe_address(address).empty();
}

}  // namespace portside::host
