#pragma once
// ProcessorOps: what kernel-only instructions that a driver inlines do in this machine: cr8 is its IRQL; sti, cli and hlt
// stand for the interrupt level and for waiting.

#include "kernel/kernel.h"
#include "loader/loader_hooks.h"
#include "loader/privileged_ops.h"

namespace portside::host {

class MachineHardware;

class ProcessorOps final : public loader::PrivilegedOps {
 public:
  explicit ProcessorOps(kernel::Kernel& kernel) : kernel_(kernel) {}
  uint64_t read_cr8() override { return kernel_.current_irql(); }
  void write_cr8(uint64_t irql) override;
  void halt() override { kernel_.yield(); }
  std::optional<uint32_t> read_port(uint16_t port, unsigned bytes) override;
  bool write_port(uint16_t port, unsigned bytes, uint32_t value) override;
  // Where ports lead; null: nowhere.
  void set_hardware(MachineHardware* hardware) { hardware_ = hardware; }

 private:
  kernel::Kernel& kernel_;
  MachineHardware* hardware_ = nullptr;
};

// What the loader asks of the machine when a driver cannot go on.
class MachineHooks final : public loader::LoaderHooks {
 public:
  explicit MachineHooks(kernel::Kernel& kernel) : kernel_(kernel) {}
  [[noreturn]] void bug_check(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
                              const std::string& sentence, const StackTrace& stack) override;
  bool may_catch_access(uint64_t address, bool write) override;
  void on_unwound(uint64_t rsp) override;
  // int3 and a failed assertion (int 2Ch) end a Windows without a kernel debugger, as DbgBreakPoint does; int 2Dh only
  // prints. Under a debugger of the host's the instruction stops there, and the driver goes on when it does.
  void on_breakpoint(uint64_t address, const char* instruction) override;

 private:
  kernel::Kernel& kernel_;
};

}  // namespace portside::host
