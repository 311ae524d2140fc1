#pragma once
// Instruction: one decoded instruction of a driver and the registers it meets. Emulates the ones that a Linux process
// may not execute, and plain accesses to memory that is not there (TrappedMemory). Decoding neither locks nor
// allocates.

#include <cstdint>
#include <optional>

#include <Zydis/Zydis.h>

#include "loader/exception_records.h"

namespace portside::loader {

class PrivilegedOps;
class TrappedMemory;

enum class InstructionKind : uint8_t {
  kOther,         // nothing special: a fault of it is an exception
  kPrivileged,    // emulated by execute_privileged()
  kForbidden,     // privileged, and no driver of this kind has business with it
  kFastFail,      // int 29h
  kAssertion,     // int 2Ch
  kDebugService,  // int 2Dh
  kBreakpoint,    // int3
};

class Instruction {
 public:
  // Nothing when the bytes are no instruction.
  static std::optional<Instruction> decode(const uint8_t* bytes, unsigned available, uint64_t address);

  InstructionKind kind() const { return kind_; }
  unsigned length() const { return decoded_.length; }
  const char* mnemonic() const;

  // The address that the instruction's memory operand means; nothing without one.
  std::optional<uint64_t> memory_address(const ContextRecord& context) const;
  bool writes_memory() const;
  // For a divide: whether the divisor is 0 (else the quotient is too large).
  bool divides_by_zero(const ContextRecord& context) const;

  // False: the machine has no such register; the driver gets an exception. rip is moved on.
  bool execute_privileged(ContextRecord& context, PrivilegedOps& ops) const;
  // False: the form is not known, or the owner refuses a write. rip is moved on; a repeated one runs to its end.
  bool execute_on_trapped_memory(ContextRecord& context, TrappedMemory& memory) const;

 private:
  Instruction() = default;
  void classify();
  bool execute_port_access(ContextRecord& context, PrivilegedOps& ops) const;
  const ZydisDecodedOperand* memory_operand() const;

  ZydisDecodedInstruction decoded_;
  ZydisDecodedOperand operands_[ZYDIS_MAX_OPERAND_COUNT];
  uint64_t address_ = 0;
  InstructionKind kind_ = InstructionKind::kOther;
};

}  // namespace portside::loader
