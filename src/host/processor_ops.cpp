#include "host/processor_ops.h"

#include "host/machine_hardware.h"
#include "sanitizer/sanitizer.h"

namespace portside::host {

std::optional<uint32_t> ProcessorOps::read_port(uint16_t port, unsigned bytes) {
  return hardware_ ? hardware_->read_port(port, bytes) : std::nullopt;
}
bool ProcessorOps::write_port(uint16_t port, unsigned bytes, uint32_t value) {
  return hardware_ && hardware_->write_port(port, bytes, value);
}

void ProcessorOps::write_cr8(uint64_t irql) {
  const auto wanted = static_cast<kernel::Irql>(irql & 0xF);
  // The instruction does not say whether it raises or lowers; KeRaiseIrql and KeLowerIrql both compile to it.
  if (wanted >= kernel_.current_irql()) (void)kernel_.raise_irql(wanted, "mov cr8");
  else kernel_.lower_irql(wanted, "mov cr8");
}

void MachineHooks::bug_check(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
                             const std::string& sentence, const StackTrace& stack) {
  kernel_.bug_check({code, {p1, p2, p3, p4}, sentence, stack});
}

void MachineHooks::on_unwound(uint64_t rsp) {
  kernel_.current_thread()->unwound_to(rsp);
  if (auto* sanitizer = MachineContext::current()->find<sanitizer::Sanitizer>()) sanitizer->forget_stack_below(rsp);
}

bool MachineHooks::may_catch_access(uint64_t address, bool write) {
  // A page fault at DISPATCH_LEVEL is a bug check at once (0xD1); and so is one on an address of the kernel that is not
  // there (0x50): only addresses below the arena are a user's, and only there can __except help.
  return kernel_.current_irql() < kernel::kDispatchLevel && kernel_.describe_address(address).empty();
}

void MachineHooks::on_breakpoint(uint64_t address, const char* instruction) {
  const std::string_view name = instruction;
  if (name == "int 2Dh") return;
  const bool assertion = name == "int 2Ch";
  StackTrace stack = capture_stack();
  if (stack.empty() || stack.frames[0] != address + 1) {
    const StackTrace callers = stack;
    stack = {};
    stack.push(address + 1);  // as a return address would: inside the line of the instruction
    for (const uint64_t frame : callers.addresses()) stack.push(frame);
  }
  // KMODE_EXCEPTION_NOT_HANDLED: STATUS_ASSERTION_FAILURE or STATUS_BREAKPOINT, and where.
  kernel_.bug_check({kernel::kKmodeExceptionNotHandled,
                     {assertion ? 0xFFFF'FFFF'C000'0420 : 0xFFFF'FFFF'8000'0003, address, 0, 0},
                     assertion ? "An assertion of the driver's failed (int 2Ch), and no kernel debugger is attached"
                               : "The driver stopped at a breakpoint (int3), and no kernel debugger is attached",
                     stack});
}

}  // namespace portside::host
