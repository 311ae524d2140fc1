// Instruction::execute_on_trapped_memory: loads, stores and arithmetic whose memory operand belongs to a TrappedMemory.
// The arithmetic itself is left to the processor, so that the flags are right.

#include <cstring>

#include "loader/instruction.h"
#include "loader/privileged_ops.h"
#include "loader/registers.h"

namespace portside::loader {
namespace {

constexpr uint32_t kArithmeticFlags = 0x8D5;  // CF PF AF ZF SF OF

enum class Operation { kAdd, kSub, kAnd, kOr, kXor };

template <class T>
T compute(Operation operation, T left, T right, uint32_t& eflags) {
  uint64_t flags;
#define PORTSIDE_COMPUTE(op) \
  __asm__(op " %2, %0; pushfq; popq %1" : "+r"(left), "=r"(flags) : "r"(right) : "cc", "memory")
#define PORTSIDE_SIZED(name)                                     \
  if constexpr (sizeof(T) == 1) PORTSIDE_COMPUTE(name "b");      \
  else if constexpr (sizeof(T) == 2) PORTSIDE_COMPUTE(name "w"); \
  else if constexpr (sizeof(T) == 4) PORTSIDE_COMPUTE(name "l"); \
  else PORTSIDE_COMPUTE(name "q")
  switch (operation) {
    case Operation::kAdd: PORTSIDE_SIZED("add"); break;
    case Operation::kSub: PORTSIDE_SIZED("sub"); break;
    case Operation::kAnd: PORTSIDE_SIZED("and"); break;
    case Operation::kOr: PORTSIDE_SIZED("or"); break;
    case Operation::kXor: PORTSIDE_SIZED("xor"); break;
  }
#undef PORTSIDE_SIZED
#undef PORTSIDE_COMPUTE
  eflags = (eflags & ~kArithmeticFlags) | (static_cast<uint32_t>(flags) & kArithmeticFlags);
  return left;
}

uint64_t compute(Operation operation, unsigned bytes, uint64_t left, uint64_t right, uint32_t& eflags) {
  switch (bytes) {
    case 1: return compute(operation, static_cast<uint8_t>(left), static_cast<uint8_t>(right), eflags);
    case 2: return compute(operation, static_cast<uint16_t>(left), static_cast<uint16_t>(right), eflags);
    case 4: return compute(operation, static_cast<uint32_t>(left), static_cast<uint32_t>(right), eflags);
    default: return compute(operation, left, right, eflags);
  }
}

uint64_t sign_extend(uint64_t value, unsigned bytes) {
  const unsigned shift = 64 - bytes * 8;
  return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

bool condition(ZydisMnemonic mnemonic, uint32_t eflags) {
  const bool cf = eflags & 1, pf = eflags & 4, zf = eflags & 0x40, sf = eflags & 0x80, of = eflags & 0x800;
  switch (mnemonic) {
    case ZYDIS_MNEMONIC_CMOVB: return cf;
    case ZYDIS_MNEMONIC_CMOVNB: return !cf;
    case ZYDIS_MNEMONIC_CMOVBE: return cf || zf;
    case ZYDIS_MNEMONIC_CMOVNBE: return !cf && !zf;
    case ZYDIS_MNEMONIC_CMOVZ: return zf;
    case ZYDIS_MNEMONIC_CMOVNZ: return !zf;
    case ZYDIS_MNEMONIC_CMOVL: return sf != of;
    case ZYDIS_MNEMONIC_CMOVNL: return sf == of;
    case ZYDIS_MNEMONIC_CMOVLE: return zf || sf != of;
    case ZYDIS_MNEMONIC_CMOVNLE: return !zf && sf == of;
    case ZYDIS_MNEMONIC_CMOVS: return sf;
    case ZYDIS_MNEMONIC_CMOVNS: return !sf;
    case ZYDIS_MNEMONIC_CMOVO: return of;
    case ZYDIS_MNEMONIC_CMOVNO: return !of;
    case ZYDIS_MNEMONIC_CMOVP: return pf;
    case ZYDIS_MNEMONIC_CMOVNP: return !pf;
    default: return false;
  }
}

// One instruction's access: the operands by their roles.
class Access {
 public:
  Access(const ZydisDecodedInstruction& decoded, const ZydisDecodedOperand* operands, ContextRecord& context,
         TrappedMemory& memory, uint64_t address, unsigned memory_index)
      : decoded_(decoded), operands_(operands), context_(context), memory_(memory), address_(address),
        memory_index_(memory_index), bytes_(operands[memory_index].size / 8) {}

  bool run() {
    if (bytes_ == 0 || bytes_ > 16) return false;
    switch (decoded_.mnemonic) {
      case ZYDIS_MNEMONIC_MOV:
      case ZYDIS_MNEMONIC_MOVNTI:
        if (bytes_ > 8) return false;
        if (memory_index_ == 0) return store(source(1));
        return write_register(context_, operands_[0].reg.value, load());
      case ZYDIS_MNEMONIC_MOVZX: return write_register(context_, operands_[0].reg.value, load());
      case ZYDIS_MNEMONIC_MOVSX:
      case ZYDIS_MNEMONIC_MOVSXD: return write_register(context_, operands_[0].reg.value, sign_extend(load(), bytes_));
      case ZYDIS_MNEMONIC_CMP: {
        const uint64_t left = memory_index_ == 0 ? load() : source(0);
        const uint64_t right = memory_index_ == 0 ? source(1) : load();
        compute(Operation::kSub, bytes_, left, right, context_.eflags);
        return true;
      }
      case ZYDIS_MNEMONIC_TEST:
        compute(Operation::kAnd, bytes_, load(), source(memory_index_ == 0 ? 1 : 0), context_.eflags);
        return true;
      case ZYDIS_MNEMONIC_ADD: return arithmetic(Operation::kAdd);
      case ZYDIS_MNEMONIC_SUB: return arithmetic(Operation::kSub);
      case ZYDIS_MNEMONIC_AND: return arithmetic(Operation::kAnd);
      case ZYDIS_MNEMONIC_OR: return arithmetic(Operation::kOr);
      case ZYDIS_MNEMONIC_XOR: return arithmetic(Operation::kXor);
      case ZYDIS_MNEMONIC_NOT: return store(~load());
      case ZYDIS_MNEMONIC_INC:
      case ZYDIS_MNEMONIC_DEC: {
        const uint32_t carry = context_.eflags & 1;
        const Operation operation = decoded_.mnemonic == ZYDIS_MNEMONIC_INC ? Operation::kAdd : Operation::kSub;
        const uint64_t value = compute(operation, bytes_, load(), 1, context_.eflags);
        context_.eflags = (context_.eflags & ~1u) | carry;
        return store(value);
      }
      case ZYDIS_MNEMONIC_XCHG: {
        const ZydisRegister reg = operands_[memory_index_ == 0 ? 1 : 0].reg.value;
        const uint64_t old = load();
        return store(read_register(context_, reg).value_or(0)) && write_register(context_, reg, old);
      }
      case ZYDIS_MNEMONIC_BT: {
        if (operands_[1].type != ZYDIS_OPERAND_TYPE_IMMEDIATE) return false;
        const bool bit = load() >> (operands_[1].imm.value.u % (bytes_ * 8)) & 1;
        context_.eflags = (context_.eflags & ~1u) | bit;
        return true;
      }
      case ZYDIS_MNEMONIC_PUSH: {
        const uint64_t value = load();
        context_.gpr[kRsp] -= 8;
        std::memcpy(reinterpret_cast<void*>(context_.gpr[kRsp]), &value, 8);
        return true;
      }
      case ZYDIS_MNEMONIC_MOVD:
      case ZYDIS_MNEMONIC_MOVQ:
      case ZYDIS_MNEMONIC_MOVSS:
      case ZYDIS_MNEMONIC_MOVSD:
      case ZYDIS_MNEMONIC_MOVAPS:
      case ZYDIS_MNEMONIC_MOVAPD:
      case ZYDIS_MNEMONIC_MOVUPS:
      case ZYDIS_MNEMONIC_MOVUPD:
      case ZYDIS_MNEMONIC_MOVDQA:
      case ZYDIS_MNEMONIC_MOVDQU:
      case ZYDIS_MNEMONIC_LDDQU:
      case ZYDIS_MNEMONIC_MOVNTDQ: return vector_move();
      case ZYDIS_MNEMONIC_MOVSB:
      case ZYDIS_MNEMONIC_MOVSW:
      case ZYDIS_MNEMONIC_MOVSQ:
      case ZYDIS_MNEMONIC_STOSB:
      case ZYDIS_MNEMONIC_STOSW:
      case ZYDIS_MNEMONIC_STOSD:
      case ZYDIS_MNEMONIC_STOSQ:
      case ZYDIS_MNEMONIC_LODSB:
      case ZYDIS_MNEMONIC_LODSW:
      case ZYDIS_MNEMONIC_LODSD:
      case ZYDIS_MNEMONIC_LODSQ: return string();
      default:
        if (condition_known()) {
          const uint64_t value = load();
          if (condition(decoded_.mnemonic, context_.eflags))
            return write_register(context_, operands_[0].reg.value, value);
          // A 32-bit conditional move clears the upper half whether it moves or not.
          return write_register(context_, operands_[0].reg.value,
                                read_register(context_, operands_[0].reg.value).value_or(0));
        }
        return false;
    }
  }

 private:
  bool condition_known() const {
    return decoded_.mnemonic >= ZYDIS_MNEMONIC_CMOVB && decoded_.mnemonic <= ZYDIS_MNEMONIC_CMOVZ;
  }
  uint64_t load() {
    uint64_t value = 0;
    memory_.read(address_, &value, bytes_);
    return value;
  }
  bool store(uint64_t value) { return memory_.write(address_, &value, bytes_); }
  uint64_t source(unsigned index) const {
    const ZydisDecodedOperand& operand = operands_[index];
    if (operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE) return operand.imm.value.u;
    return read_register(context_, operand.reg.value).value_or(0);
  }
  bool arithmetic(Operation operation) {
    if (memory_index_ == 0) return store(compute(operation, bytes_, load(), source(1), context_.eflags));
    return write_register(context_, operands_[0].reg.value,
                          compute(operation, bytes_, source(0), load(), context_.eflags));
  }
  bool vector_move() {
    const ZydisDecodedOperand& other = operands_[memory_index_ == 0 ? 1 : 0];
    if (other.type == ZYDIS_OPERAND_TYPE_MEMORY) return string();  // movsd is two instructions
    Xmm* xmm = xmm_register(context_, other.reg.value);
    if (!xmm) return false;
    if (memory_index_ == 0) return memory_.write(address_, xmm, bytes_);
    *xmm = {0, 0};  // loads clear the rest
    memory_.read(address_, xmm, bytes_);
    return true;
  }
  // movs, stos, lods: one side or both may be trapped; the other is ordinary memory.
  bool string() {
    const bool moves = decoded_.mnemonic >= ZYDIS_MNEMONIC_MOVSB && decoded_.mnemonic <= ZYDIS_MNEMONIC_MOVSW;
    const bool loads = decoded_.mnemonic >= ZYDIS_MNEMONIC_LODSB && decoded_.mnemonic <= ZYDIS_MNEMONIC_LODSW;
    const bool repeated = decoded_.attributes & ZYDIS_ATTRIB_HAS_REP;
    const uint64_t step = context_.eflags & 0x400 ? uint64_t{0} - bytes_ : bytes_;
    for (uint64_t left = repeated ? context_.gpr[kRcx] : 1; left; --left) {
      uint64_t value = context_.gpr[kRax];
      if (moves || loads) get(context_.gpr[kRsi], value = 0);
      if (loads) {
        constexpr ZydisRegister kAccumulators[] = {ZYDIS_REGISTER_AL, ZYDIS_REGISTER_AX, ZYDIS_REGISTER_EAX,
                                                   ZYDIS_REGISTER_RAX};
        write_register(context_, kAccumulators[__builtin_ctz(bytes_)], value);
      } else if (!put(context_.gpr[kRdi], value)) {
        return false;
      }
      if (moves || loads) context_.gpr[kRsi] += step;
      if (!loads) context_.gpr[kRdi] += step;
      if (repeated) --context_.gpr[kRcx];
    }
    return true;
  }
  void get(uint64_t address, uint64_t& value) {
    if (memory_.owns(address)) memory_.read(address, &value, bytes_);
    else std::memcpy(&value, reinterpret_cast<const void*>(address), bytes_);
  }
  bool put(uint64_t address, uint64_t value) {
    if (memory_.owns(address)) return memory_.write(address, &value, bytes_);
    std::memcpy(reinterpret_cast<void*>(address), &value, bytes_);
    return true;
  }

  const ZydisDecodedInstruction& decoded_;
  const ZydisDecodedOperand* operands_;
  ContextRecord& context_;
  TrappedMemory& memory_;
  uint64_t address_;
  unsigned memory_index_;
  unsigned bytes_;
};

}  // namespace

bool Instruction::execute_on_trapped_memory(ContextRecord& context, TrappedMemory& memory) const {
  for (unsigned i = 0; i < decoded_.operand_count; ++i) {
    const ZydisDecodedOperand& operand = operands_[i];
    if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY || operand.mem.type != ZYDIS_MEMOP_TYPE_MEM) continue;
    uint64_t address = read_register(context, operand.mem.base).value_or(0);
    if (const std::optional<uint64_t> given = memory_address(context);
        given && operand.visibility == ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
      address = *given;
    if (!memory.owns(address)) continue;  // movs: the other side
    if (!Access(decoded_, operands_, context, memory, address, i).run()) return false;
    context.rip = address_ + decoded_.length;
    return true;
  }
  return false;
}

}  // namespace portside::loader
