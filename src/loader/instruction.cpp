#include "loader/instruction.h"

#include <cstring>

#include "loader/privileged_ops.h"
#include "loader/registers.h"

namespace portside::loader {
namespace {

ZydisDecoder make_decoder() {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  return decoder;
}
const ZydisDecoder kDecoder = make_decoder();  // constant after start; read in signal handlers

constexpr unsigned kLongestInstruction = 15;

}  // namespace

std::optional<Instruction> Instruction::decode(const uint8_t* bytes, unsigned available, uint64_t address) {
  Instruction instruction;
  if (!bytes || available == 0) return std::nullopt;
  if (available > kLongestInstruction) available = kLongestInstruction;
  if (ZYAN_FAILED(ZydisDecoderDecodeFull(&kDecoder, bytes, available, &instruction.decoded_, instruction.operands_)))
    return std::nullopt;
  instruction.address_ = address;
  instruction.classify();
  return instruction;
}

const char* Instruction::mnemonic() const { return ZydisMnemonicGetString(decoded_.mnemonic); }

void Instruction::classify() {
  switch (decoded_.mnemonic) {
    case ZYDIS_MNEMONIC_CLI:
    case ZYDIS_MNEMONIC_STI:
    case ZYDIS_MNEMONIC_HLT:
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_OUTSD:
    case ZYDIS_MNEMONIC_RDMSR:
    case ZYDIS_MNEMONIC_WRMSR:
    case ZYDIS_MNEMONIC_INVLPG:
    case ZYDIS_MNEMONIC_WBINVD:
    case ZYDIS_MNEMONIC_INVD: kind_ = InstructionKind::kPrivileged; return;
    case ZYDIS_MNEMONIC_MOV:
      for (unsigned i = 0; i < 2; ++i) {
        if (operands_[i].type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
        const ZydisRegister reg = operands_[i].reg.value;
        if (reg == ZYDIS_REGISTER_CR8) kind_ = InstructionKind::kPrivileged;
        else if (reg >= ZYDIS_REGISTER_CR0 && reg <= ZYDIS_REGISTER_DR15) kind_ = InstructionKind::kForbidden;
      }
      return;
    case ZYDIS_MNEMONIC_INT3: kind_ = InstructionKind::kBreakpoint; return;
    case ZYDIS_MNEMONIC_INT:
      switch (operands_[0].imm.value.u & 0xFF) {
        case 0x03: kind_ = InstructionKind::kBreakpoint; return;
        case 0x29: kind_ = InstructionKind::kFastFail; return;
        case 0x2C: kind_ = InstructionKind::kAssertion; return;
        case 0x2D: kind_ = InstructionKind::kDebugService; return;
        default: kind_ = InstructionKind::kForbidden; return;
      }
    default:
      if (decoded_.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) kind_ = InstructionKind::kForbidden;
  }
}

const ZydisDecodedOperand* Instruction::memory_operand() const {
  for (unsigned i = 0; i < decoded_.operand_count; ++i)
    if (operands_[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
        (operands_[i].mem.type == ZYDIS_MEMOP_TYPE_MEM || operands_[i].mem.type == ZYDIS_MEMOP_TYPE_VSIB))
      return &operands_[i];
  return nullptr;
}

std::optional<uint64_t> Instruction::memory_address(const ContextRecord& context) const {
  const ZydisDecodedOperand* operand = memory_operand();
  if (!operand || operand->mem.type != ZYDIS_MEMOP_TYPE_MEM) return std::nullopt;
  const auto& mem = operand->mem;
  if (mem.segment == ZYDIS_REGISTER_GS || mem.segment == ZYDIS_REGISTER_FS) return std::nullopt;
  uint64_t address = mem.disp.has_displacement ? static_cast<uint64_t>(mem.disp.value) : 0;
  if (mem.base == ZYDIS_REGISTER_RIP) address += address_ + decoded_.length;
  else if (mem.base != ZYDIS_REGISTER_NONE) address += read_register(context, mem.base).value_or(0);
  if (mem.index != ZYDIS_REGISTER_NONE) address += read_register(context, mem.index).value_or(0) * mem.scale;
  return decoded_.address_width == 32 ? address & 0xFFFFFFFF : address;
}

bool Instruction::writes_memory() const {
  const ZydisDecodedOperand* operand = memory_operand();
  return operand && (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE);
}

bool Instruction::divides_by_zero(const ContextRecord& context) const {
  const ZydisDecodedOperand& divisor = operands_[0];
  if (divisor.type == ZYDIS_OPERAND_TYPE_REGISTER) return read_register(context, divisor.reg.value).value_or(0) == 0;
  if (const std::optional<uint64_t> address = memory_address(context)) {
    uint64_t value = 0;  // the processor has just read it
    std::memcpy(&value, reinterpret_cast<const void*>(*address), divisor.size / 8);
    return value == 0;
  }
  return true;
}

bool Instruction::execute_privileged(ContextRecord& context, PrivilegedOps& ops) const {
  const uint64_t next = address_ + decoded_.length;
  switch (decoded_.mnemonic) {
    case ZYDIS_MNEMONIC_MOV: {
      const ZydisRegister to = operands_[0].reg.value, from = operands_[1].reg.value;
      if (to == ZYDIS_REGISTER_CR8) ops.write_cr8(read_register(context, from).value_or(0));
      else write_register(context, to, ops.read_cr8());
      break;
    }
    case ZYDIS_MNEMONIC_CLI: ops.disable_interrupts(); break;
    case ZYDIS_MNEMONIC_STI: ops.enable_interrupts(); break;
    case ZYDIS_MNEMONIC_HLT: ops.halt(); break;
    case ZYDIS_MNEMONIC_RDMSR: {
      const std::optional<uint64_t> value = ops.read_msr(static_cast<uint32_t>(context.gpr[kRcx]));
      if (!value) return false;
      context.gpr[kRax] = static_cast<uint32_t>(*value);
      context.gpr[kRdx] = *value >> 32;
      break;
    }
    case ZYDIS_MNEMONIC_WRMSR:
      if (!ops.write_msr(static_cast<uint32_t>(context.gpr[kRcx]),
                         context.gpr[kRdx] << 32 | static_cast<uint32_t>(context.gpr[kRax])))
        return false;
      break;
    case ZYDIS_MNEMONIC_INVLPG:  // no caches here that a driver could see
    case ZYDIS_MNEMONIC_WBINVD:
    case ZYDIS_MNEMONIC_INVD: break;
    default:
      if (!execute_port_access(context, ops)) return false;
  }
  context.rip = next;
  return true;
}

bool Instruction::execute_port_access(ContextRecord& context, PrivilegedOps& ops) const {
  const auto port_of = [&](const ZydisDecodedOperand& operand) {
    return static_cast<uint16_t>(operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? operand.imm.value.u
                                                                              : context.gpr[kRdx] & 0xFFFF);
  };
  const auto read = [&](uint16_t port, unsigned bytes) {
    const uint32_t nothing = bytes == 4 ? 0xFFFFFFFF : (1u << bytes * 8) - 1;
    return ops.read_port(port, bytes).value_or(nothing);
  };
  if (decoded_.mnemonic == ZYDIS_MNEMONIC_IN) {
    const unsigned bytes = register_bytes(operands_[0].reg.value);
    return write_register(context, operands_[0].reg.value, read(port_of(operands_[1]), bytes));
  }
  if (decoded_.mnemonic == ZYDIS_MNEMONIC_OUT) {
    const unsigned bytes = register_bytes(operands_[1].reg.value);
    ops.write_port(port_of(operands_[0]), bytes,
                   static_cast<uint32_t>(read_register(context, operands_[1].reg.value).value_or(0)));
    return true;
  }

  // String forms: READ_PORT_BUFFER_UCHAR and its like.
  unsigned bytes = 1;
  bool input = true;
  switch (decoded_.mnemonic) {
    case ZYDIS_MNEMONIC_INSB: break;
    case ZYDIS_MNEMONIC_INSW: bytes = 2; break;
    case ZYDIS_MNEMONIC_INSD: bytes = 4; break;
    case ZYDIS_MNEMONIC_OUTSB: input = false; break;
    case ZYDIS_MNEMONIC_OUTSW:
      input = false;
      bytes = 2;
      break;
    case ZYDIS_MNEMONIC_OUTSD:
      input = false;
      bytes = 4;
      break;
    default: return false;
  }
  const bool repeated = decoded_.attributes & ZYDIS_ATTRIB_HAS_REP;
  const uint64_t step = context.eflags & 0x400 ? uint64_t{0} - bytes : bytes;
  uint64_t& place = context.gpr[input ? kRdi : kRsi];
  const auto port = static_cast<uint16_t>(context.gpr[kRdx]);
  for (uint64_t left = repeated ? context.gpr[kRcx] : 1; left; --left) {
    uint32_t value = 0;
    if (input) {
      value = read(port, bytes);
      std::memcpy(reinterpret_cast<void*>(place), &value, bytes);
    } else {
      std::memcpy(&value, reinterpret_cast<const void*>(place), bytes);
      ops.write_port(port, bytes, value);
    }
    place += step;
    if (repeated) --context.gpr[kRcx];
  }
  return true;
}

}  // namespace portside::loader
