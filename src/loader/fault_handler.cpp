#include "loader/fault_handler.h"

#include <cpuid.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "loader/exception_dispatch.h"
#include "loader/fast_fail.h"
#include "loader/frame_cursor.h"
#include "loader/loader.h"
#include "loader/shadow_marker.h"
#include "loader/stack_bounds.h"

extern "C" void portside_fault_entry();

namespace portside::loader {
namespace {

constexpr uint64_t kRedZone = 128;  // host code may have faulted
constexpr uint64_t kMagic = 0x4661756C74465261;
// What the search for a handler and the handler itself need below the frame.
constexpr uint64_t kRoomForHandlers = 24 * 1024;
constexpr uint64_t kTrapDivide = 0, kTrapBreakpoint = 3;

// The bytes that XSAVE needs for the state in thunks.S's XSAVE_MASK.
uint64_t xsave_bytes() {
  constexpr uint32_t kMask = 0xE7;
  uint32_t eax, ebx, ecx, edx;
  uint64_t bytes = 512 + 64;
  for (uint32_t component = 2; component < 8; ++component) {
    if (!(kMask >> component & 1)) continue;
    __cpuid_count(0xD, component, eax, ebx, ecx, edx);
    if (eax) bytes = std::max<uint64_t>(bytes, uint64_t{ebx} + eax);
  }
  return (bytes + 63) & ~uint64_t{63};
}

uint64_t frame_place(uint64_t rsp) { return (rsp - kRedZone - sizeof(FaultFrame)) & ~uint64_t{63}; }

void fill_context(ContextRecord& context, const ucontext_t& from) {
  const greg_t* g = from.uc_mcontext.gregs;
  constexpr int kOrder[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  for (unsigned i = 0; i < 16; ++i) context.gpr[i] = static_cast<uint64_t>(g[kOrder[i]]);
  context.rip = static_cast<uint64_t>(g[REG_RIP]);
  context.eflags = static_cast<uint32_t>(g[REG_EFL]);
  context.flags = kContextFull;
  const auto segments = static_cast<uint64_t>(g[REG_CSGSFS]);
  context.cs = static_cast<uint16_t>(segments);
  context.gs = static_cast<uint16_t>(segments >> 16);
  context.fs = static_cast<uint16_t>(segments >> 32);
  context.ss = static_cast<uint16_t>(segments >> 48);
}

uint32_t floating_point_code(int si_code) {
  switch (si_code) {
    case FPE_FLTDIV: return kStatusFloatDivideByZero;
    case FPE_FLTOVF: return kStatusFloatOverflow;
    case FPE_FLTUND: return kStatusFloatUnderflow;
    case FPE_FLTRES: return kStatusFloatInexact;
    default: return kStatusFloatInvalid;
  }
}

}  // namespace

// thunks.S reads it. A constant of the processor.
extern "C" const uint64_t portside_xsave_bytes = xsave_bytes();

bool DriverFaultHandler::on_fault(kernel::Fault& fault) {
  const uint64_t rsp = fault.rsp();
  const StackBounds stack = stack_bounds(rsp);
  // The frame, the saved vector state and the handlers must fit: else the stack has overflowed, or rsp is wild.
  const uint64_t needed = sizeof(FaultFrame) + portside_xsave_bytes + kRoomForHandlers;
  if (!stack.holds(rsp, 0) || rsp - stack.low < needed) return false;

  auto& frame = *reinterpret_cast<FaultFrame*>(frame_place(rsp));
  if (frame.magic == kMagic && frame.declined_rip == fault.rip()) {
    frame.magic = 0;
    name_wild_address(fault);
    return false;
  }
  FaultFrame planned{};
  fill_context(planned.context, fault.context());
  planned.loader = &loader_;
  if (!plan(fault, planned)) {
    name_wild_address(fault);
    return false;
  }
  std::memcpy(&frame, &planned, sizeof frame);
  fault.reg(REG_RDI) = reinterpret_cast<greg_t>(&frame);
  fault.reg(REG_RSP) = reinterpret_cast<greg_t>(&frame);
  fault.reg(REG_RIP) = reinterpret_cast<greg_t>(&portside_fault_entry);
  fault.reg(REG_EFL) &= ~greg_t{0x500};
  return true;
}

// Where the host lies in memory decides whether a wild index ends in a page that is not there or beyond what the processor
// has for addresses: for a driver both are one.
void DriverFaultHandler::name_wild_address(kernel::Fault& fault) const {
  if (fault.signal() != SIGSEGV || fault.address_known()) return;
  const std::optional<Instruction> instruction = instruction_at(fault.rip());
  if (!instruction || instruction->kind() != InstructionKind::kOther) return;
  ContextRecord context{};
  fill_context(context, fault.context());
  // A general-protection fault also comes of a misaligned operand.
  const auto is_canonical = [](uint64_t a) { return static_cast<uint64_t>(static_cast<int64_t>(a << 16) >> 16) == a; };
  const auto address = instruction->memory_address(context);
  if (address && !is_canonical(*address))
    fault.set_address(*address,
                      instruction->writes_memory() ? kernel::FaultAccess::kWrite : kernel::FaultAccess::kRead);
}

std::optional<Instruction> DriverFaultHandler::instruction_at(uint64_t rip) const {
  const Image* image = loader_.images().find(rip);
  if (!image) return std::nullopt;
  const auto rva = static_cast<uint32_t>(rip - image->base());
  unsigned available = 15;
  while (available && !image->bytes_at(rva, available)) --available;
  if (!available) return std::nullopt;
  return Instruction::decode(image->bytes_at(rva, available), available, rip);
}

bool DriverFaultHandler::plan(kernel::Fault& fault, FaultFrame& frame) const {
  const uint64_t rip = fault.rip();
  frame.record.address = rip;
  // int3 is a trap: rip is behind it.
  if (fault.signal() == SIGTRAP && fault.trap() == kTrapBreakpoint) {
    if (!loader_.images().find(rip - 1)) return false;
    frame.plan = FaultFrame::Plan::kInstruction;
    frame.context.rip = rip - 1;
    return true;
  }
  const std::optional<Instruction> instruction = instruction_at(rip);
  if (instruction) {
    if (instruction->kind() != InstructionKind::kOther && fault.signal() == SIGSEGV && !fault.address_known()) {
      frame.plan = FaultFrame::Plan::kInstruction;
      return true;
    }
    if (fault.address_known()) {
      for (TrappedMemory* memory : loader_.trapped_memory()) {
        if (!memory->owns(fault.address())) continue;
        frame.plan = FaultFrame::Plan::kTrapped;
        frame.trapped = memory;
        break;
      }
    }
  }
  return plan_exception(fault, instruction ? &*instruction : nullptr, frame) ||
         frame.plan == FaultFrame::Plan::kTrapped;
}

bool DriverFaultHandler::plan_exception(kernel::Fault& fault, const Instruction* instruction, FaultFrame& frame) const {
  ExceptionRecord& record = frame.record;
  switch (fault.signal()) {
    case SIGSEGV:
    case SIGBUS: {
      const bool write = fault.address_known() ? fault.access() == kernel::FaultAccess::kWrite
                                               : instruction && instruction->writes_memory();
      record.code = fault.signal() == SIGSEGV            ? kStatusAccessViolation
                    : fault.info().si_code == BUS_ADRALN ? kStatusMisalignment
                                                         : kStatusInPageError;
      record.parameter_count = 2;
      record.parameters[0] = fault.access() == kernel::FaultAccess::kExecute ? 8 : write;
      // "The second element: the address": a general-protection fault has none, and Windows gives all ones.
      record.parameters[1] = fault.address_known() ? fault.address() : ~uint64_t{0};
      frame.accessed_for_write = write;
      frame.accessed = fault.address_known() ? fault.address()
                       : instruction         ? instruction->memory_address(frame.context).value_or(~uint64_t{0})
                                             : ~uint64_t{0};
      break;
    }
    case SIGFPE:
      record.code = fault.trap() != kTrapDivide ? floating_point_code(fault.info().si_code)
                    : !instruction || instruction->divides_by_zero(frame.context) ? kStatusIntegerDivideByZero
                                                                                  : kStatusIntegerOverflow;
      break;
    case SIGILL: record.code = kStatusIllegalInstruction; break;
    default: return false;
  }
  if (frame.plan == FaultFrame::Plan::kTrapped) return true;
  frame.plan = FaultFrame::Plan::kException;
  return ExceptionDispatch(loader_).has_handler(frame.context);
}

namespace {

// The instruction is run again, and its second fault goes on to the bug check, with the registers as they were.
void decline(FaultFrame& frame) {
  frame.magic = kMagic;
  frame.declined_rip = frame.context.rip;
}

// Where the rest of a fault goes when it is an exception after all.
void raise_from_fault(FaultFrame& frame) {
  Loader& loader = *frame.loader;
  if (frame.record.code == kStatusAccessViolation &&
      !loader.hooks().may_catch_access(frame.accessed, frame.accessed_for_write)) {
    decline(frame);
    return;
  }
  loader.hooks().on_exception(
      frame.record.code, frame.record.address,
      loader.stack_walker().capture_at(frame.context.rip, frame.context.gpr[kRsp], frame.context.gpr[kRbp]));
  if (ExceptionDispatch(loader).dispatch(frame.record, frame.context, false) == DispatchResult::kContinue) return;
  decline(frame);
}

void execute_instruction(FaultFrame& frame) {
  Loader& loader = *frame.loader;
  ContextRecord& context = frame.context;
  const Image* image = loader.images().find(context.rip);
  const auto rva = static_cast<uint32_t>(context.rip - image->base());
  unsigned available = 15;
  while (!image->bytes_at(rva, available)) --available;
  const std::optional<Instruction> instruction =
      Instruction::decode(image->bytes_at(rva, available), available, context.rip);
  const auto stack = [&] {
    return loader.stack_walker().capture_at(context.rip, context.gpr[kRsp], context.gpr[kRbp]);
  };
  switch (instruction->kind()) {
    case InstructionKind::kPrivileged:
      if (instruction->execute_privileged(context, loader.ops())) return;
      frame.record.code = kStatusPrivilegedInstruction;
      frame.record.parameter_count = 0;
      raise_from_fault(frame);
      return;
    case InstructionKind::kFastFail: {
      constexpr uint32_t kKernelSecurityCheckFailure = 0x139;
      const auto code = static_cast<uint32_t>(context.gpr[kRcx]);
      loader.hooks().bug_check(
          kKernelSecurityCheckFailure, code, context.gpr[kRsp], context.rip, 0,
          fmt::format("The driver stopped itself (__fastfail {}): {}.", code, fast_fail_name(code)), stack());
    }
    case InstructionKind::kBreakpoint:
    case InstructionKind::kAssertion:
    case InstructionKind::kDebugService: {
      const uint64_t address = context.rip;
      context.rip += instruction->length();
      loader.hooks().on_breakpoint(address, instruction->kind() == InstructionKind::kBreakpoint  ? "int3"
                                            : instruction->kind() == InstructionKind::kAssertion ? "int 2Ch"
                                                                                                 : "int 2Dh");
      return;
    }
    default: frame.record.code = kStatusPrivilegedInstruction; raise_from_fault(frame);
  }
}

void access_trapped(FaultFrame& frame) {
  const Image* image = frame.loader->images().find(frame.context.rip);
  const auto rva = static_cast<uint32_t>(frame.context.rip - image->base());
  unsigned available = 15;
  while (!image->bytes_at(rva, available)) --available;
  const auto instruction = Instruction::decode(image->bytes_at(rva, available), available, frame.context.rip);
  if (instruction->execute_on_trapped_memory(frame.context, *frame.trapped)) return;
  frame.trapped->refuse(frame.accessed, instruction->mnemonic());
  raise_from_fault(frame);
}

}  // namespace

[[gnu::noinline]] void DriverFaultHandler::handle(FaultFrame& frame, uint8_t* xsave_area) {
  ContextRecord& context = frame.context;
  std::memcpy(context.fx_area(), xsave_area, 512);
  std::memcpy(&context.mx_csr, xsave_area + 24, 4);

  ShadowKind kind = ShadowKind::kFault;
  void* subject = &context;
  if (frame.plan == FaultFrame::Plan::kException && !frame.loader->images().find(context.rip)) {
    FrameCursor cursor(frame.loader->images(), context, true, false);
    if (cursor.next()) {
      frame.caller = cursor.context();
      kind = ShadowKind::kRaise;
      subject = &frame.caller;
    }
  }
  {
    const ShadowMarker marker(kind, __builtin_frame_address(0), subject);
    switch (frame.plan) {
      case FaultFrame::Plan::kInstruction: execute_instruction(frame); break;
      case FaultFrame::Plan::kTrapped: access_trapped(frame); break;
      case FaultFrame::Plan::kException: raise_from_fault(frame); break;
    }
  }

  std::memcpy(xsave_area, context.fx_area(), 512);
  // Both kinds of state are in use now, whatever they were.
  uint64_t in_use;
  std::memcpy(&in_use, xsave_area + 512, 8);
  in_use |= 3;
  std::memcpy(xsave_area + 512, &in_use, 8);
}

}  // namespace portside::loader

extern "C" void portside_handle_fault(portside::loader::FaultFrame* frame, uint8_t* xsave_area) {
  portside::loader::DriverFaultHandler::handle(*frame, xsave_area);
}
