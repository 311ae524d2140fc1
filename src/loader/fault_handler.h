#pragma once
// DriverFaultHandler: what a hardware fault of driver code means. In the signal it only reads, decides and lays a
// FaultFrame on the faulting stack; the work (emulation, the search for exception handlers) is done there, outside the
// signal, where threads may be switched and driver code may run.

#include <cstdint>

#include "kernel/fault.h"
#include "loader/exception_records.h"
#include "loader/instruction.h"

namespace portside::loader {

class Loader;

struct FaultFrame {
  ContextRecord context;  // thunks.S: first
  // When host code faulted: the driver frame that called it, with rip behind the call.
  ContextRecord caller;
  ExceptionRecord record;
  Loader* loader;
  TrappedMemory* trapped;
  enum class Plan : uint64_t { kInstruction, kTrapped, kException } plan;
  // Of a bad access: where it went, as far as is known, and whether it wrote.
  uint64_t accessed;
  uint64_t accessed_for_write;
  uint64_t magic;
  // Set when nobody took the exception: the instruction is run again, and its second fault goes to the bug check.
  uint64_t declined_rip;
};

class DriverFaultHandler final : public kernel::FaultHandler {
 public:
  explicit DriverFaultHandler(Loader& loader) : loader_(loader) {}
  bool on_fault(kernel::Fault& fault) override;

  // The rest, on the faulting stack. Returns to go on with the registers of the frame.
  static void handle(FaultFrame& frame, uint8_t* xsave_area);

 private:
  bool plan(kernel::Fault& fault, FaultFrame& frame) const;
  std::optional<Instruction> instruction_at(uint64_t rip) const;
  void name_wild_address(kernel::Fault& fault) const;
  bool plan_exception(kernel::Fault& fault, const Instruction* instruction, FaultFrame& frame) const;

  Loader& loader_;
};

}  // namespace portside::loader
