#include "loader/unwinder.h"

#include <cstring>

#include "loader/image.h"

namespace portside::loader {
namespace {

enum UnwindOp : uint8_t {
  kPushNonvol = 0,
  kAllocLarge = 1,
  kAllocSmall = 2,
  kSetFpReg = 3,
  kSaveNonvol = 4,
  kSaveNonvolFar = 5,
  kEpilog = 6,  // version 2; in version 1 (as SAVE_XMM) never produced for x64
  kSpare = 7,
  kSaveXmm128 = 8,
  kSaveXmm128Far = 9,
  kPushMachFrame = 10,
};

constexpr uint8_t kFlagException = 1;
constexpr uint8_t kFlagTermination = 2;
constexpr uint8_t kFlagChained = 4;
// Real chains have a handful of links; a ring must end.
constexpr unsigned kLongestChain = 32;

struct UnwindCode {
  uint8_t offset;
  uint8_t op : 4;
  uint8_t info : 4;
};
static_assert(sizeof(UnwindCode) == 2);

struct UnwindInfo {
  uint8_t version, flags, prolog_bytes, count, frame_register, frame_offset;
  const UnwindCode* codes;
  uint32_t trailer_rva;  // handler, or the chained function
};

bool read_info(const Image& image, uint32_t rva, UnwindInfo& info) {
  const uint8_t* head = image.bytes_at(rva, 4);
  if (!head) return false;
  info.version = head[0] & 7;
  info.flags = head[0] >> 3;
  info.prolog_bytes = head[1];
  info.count = head[2];
  info.frame_register = head[3] & 15;
  info.frame_offset = head[3] >> 4;
  if (info.version != 1 && info.version != 2) return false;
  info.trailer_rva = rva + 4 + ((info.count + 1u) & ~1u) * 2;
  const uint8_t* codes = image.bytes_at(rva, info.trailer_rva - rva);
  if (!codes) return false;
  info.codes = reinterpret_cast<const UnwindCode*>(codes + 4);
  return true;
}

unsigned slots_of(const UnwindCode& code, uint8_t version) {
  switch (code.op) {
    case kAllocLarge: return code.info == 0 ? 2 : 3;
    case kSaveNonvol:
    case kSaveXmm128: return 2;
    case kSaveNonvolFar:
    case kSaveXmm128Far: return 3;
    case kEpilog: return version == 2 ? 1 : 2;
    case kSpare: return 3;
    default: return 1;
  }
}

uint32_t slot16(const UnwindInfo& info, unsigned index) {
  if (index >= info.count) return 0;
  uint16_t value;
  std::memcpy(&value, &info.codes[index], 2);
  return value;
}
uint32_t slot32(const UnwindInfo& info, unsigned index) { return slot16(info, index) | slot16(info, index + 1) << 16; }

// Follows what an epilog may consist of, from rip to its ret or tail jump, and applies it. "Epilog code" allows: one
// add rsp / lea rsp; pops of 8-byte registers; ret or a jmp out of the function.
class Epilog {
 public:
  Epilog(const Image& image, const PeRuntimeFunction& function, const UnwindInfo& info, const StackBounds& stack)
      : image_(image), function_(function), info_(info), stack_(stack) {}

  // False: not in an epilog, nothing changed.
  bool apply(ContextRecord& context) const {
    uint64_t gpr[16];
    std::memcpy(gpr, context.gpr, sizeof gpr);
    auto rva = static_cast<uint32_t>(context.rip - image_.base());
    bool seen_pop = false;
    if (const uint8_t* b = image_.code_at(rva, 4);
        b && b[0] == 0x48 && b[1] == 0x83 && b[2] == 0xC4) {  // add rsp, imm8
      gpr[kRsp] += static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(b[3])));
      rva += 4;
    } else if (const uint8_t* w = image_.code_at(rva, 7); w && w[0] == 0x48 && w[1] == 0x81 && w[2] == 0xC4) {  // imm32
      gpr[kRsp] += static_cast<uint64_t>(static_cast<int64_t>(read32(w + 3)));
      rva += 7;
    } else if (b && info_.frame_register && (b[0] & 0xFE) == 0x48 && b[1] == 0x8D &&
               ((b[0] & 1) << 3 | (b[2] & 7)) == info_.frame_register && (b[2] >> 3 & 7) == kRsp) {  // lea rsp, [fp+d]
      if (b[2] >> 6 == 1) {
        gpr[kRsp] = gpr[info_.frame_register] + static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(b[3])));
        rva += 4;
      } else if (b[2] >> 6 == 2 && w) {
        gpr[kRsp] = gpr[info_.frame_register] + static_cast<uint64_t>(static_cast<int64_t>(read32(w + 3)));
        rva += 7;
      }
    }
    for (;;) {
      const uint8_t* b = image_.code_at(rva, 1);
      if (!b) return false;
      unsigned reg;
      if (*b >= 0x58 && *b <= 0x5F) {
        reg = *b - 0x58;
        rva += 1;
      } else if (const uint8_t* p = image_.code_at(rva, 2); p && p[0] == 0x41 && p[1] >= 0x58 && p[1] <= 0x5F) {
        reg = p[1] - 0x58 + 8;
        rva += 2;
      } else {
        break;
      }
      if (!stack_.read(gpr[kRsp], gpr[reg])) return false;
      gpr[kRsp] += 8;
      seen_pop = true;
    }
    if (!ends_at(rva, seen_pop)) return false;
    uint64_t return_address;
    if (!stack_.read(gpr[kRsp], return_address)) return false;
    gpr[kRsp] += 8;
    std::memcpy(context.gpr, gpr, sizeof gpr);
    context.rip = return_address;
    return true;
  }

 private:
  static int32_t read32(const uint8_t* p) {
    int32_t value;
    std::memcpy(&value, p, 4);
    return value;
  }
  bool outside(int64_t target) const { return target < function_.begin || target >= function_.end; }

  bool ends_at(uint32_t rva, bool seen_pop) const {
    const uint8_t* b = image_.code_at(rva, 1);
    if (!b) return false;
    if (*b == 0xC3 || *b == 0xC2) return true;
    const uint8_t* two = image_.code_at(rva, 2);
    if (!two) return false;
    if (two[0] == 0xF3 && two[1] == 0xC3) return true;  // rep ret
    // A jump ends an epilog when it leaves the function: a tail call. The one to the function's own start is recursion,
    // which only an epilog with pops makes recognisable.
    if (two[0] == 0xEB) {
      const int64_t target = int64_t{rva} + 2 + static_cast<int8_t>(two[1]);
      return outside(target) || (seen_pop && target == function_.begin);
    }
    if (const uint8_t* five = image_.code_at(rva, 5); five && five[0] == 0xE9) {
      const int64_t target = int64_t{rva} + 5 + read32(five + 1);
      return outside(target) || (seen_pop && target == function_.begin);
    }
    // jmp [rip+x], jmp [reg], rex.w jmp: FF /4 with mod 00.
    if (two[0] == 0xFF && (two[1] & 0xF8) == 0x20) return true;
    if (two[0] == 0xFF && two[1] == 0x25) return true;
    const uint8_t* three = image_.code_at(rva, 3);
    return three && (three[0] & 0xF8) == 0x48 && three[1] == 0xFF && (three[2] & 0x38) == 0x20;
  }

  const Image& image_;
  const PeRuntimeFunction& function_;
  const UnwindInfo& info_;
  const StackBounds& stack_;
};

// Version 2 lists its epilogs, so that no body is mistaken for one: the first EPILOG code holds their size and whether
// one ends the function, each further one the distance of another from the function's end.
bool in_listed_epilog(const UnwindInfo& info, const PeRuntimeFunction& function, uint32_t rva) {
  uint32_t bytes = 0;
  for (unsigned i = 0; i < info.count && info.codes[i].op == kEpilog; ++i) {
    const UnwindCode& code = info.codes[i];
    uint32_t from_end;
    if (i == 0) {
      bytes = code.offset;
      if (!(code.info & 1)) continue;
      from_end = bytes;
    } else {
      from_end = code.offset | code.info << 8;
      if (from_end == 0) continue;  // padding
    }
    if (from_end > function.end - function.begin) continue;
    const uint32_t begin = function.end - from_end;
    if (rva >= begin && rva - begin < bytes) return true;
  }
  return false;
}

// Undoes one record's codes, those that the prolog has run. True in `machine_frame`: rip and rsp came from a trap
// frame.
bool undo_codes(const UnwindInfo& info, uint32_t prolog_offset, ContextRecord& context, uint64_t frame,
                const StackBounds& stack, const UnwindOptions& options, bool& machine_frame) {
  for (unsigned i = 0; i < info.count;) {
    const UnwindCode code = info.codes[i];
    const unsigned slots = slots_of(code, info.version);
    if (i + slots > info.count) return false;
    const bool done = code.op == kEpilog || prolog_offset >= code.offset;
    if (done) {
      switch (code.op) {
        case kPushNonvol:
          if (!stack.read(context.gpr[kRsp], context.gpr[code.info])) return false;
          context.gpr[kRsp] += 8;
          break;
        case kAllocLarge: context.gpr[kRsp] += code.info == 0 ? slot16(info, i + 1) * 8 : slot32(info, i + 1); break;
        case kAllocSmall: context.gpr[kRsp] += code.info * 8 + 8; break;
        case kSetFpReg: context.gpr[kRsp] = context.gpr[info.frame_register] - info.frame_offset * 16; break;
        case kSaveNonvol:
          if (!stack.read(frame + slot16(info, i + 1) * 8, context.gpr[code.info])) return false;
          break;
        case kSaveNonvolFar:
          if (!stack.read(frame + slot32(info, i + 1), context.gpr[code.info])) return false;
          break;
        case kSaveXmm128:
        case kSaveXmm128Far:
          if (options.restore_xmm) {
            const uint64_t at = frame + (code.op == kSaveXmm128 ? slot16(info, i + 1) * 16 : slot32(info, i + 1));
            Xmm value;
            if (!stack.read(at, value.low) || !stack.read(at + 8, value.high)) return false;
            context.xmm[code.info] = value;
          }
          break;
        case kPushMachFrame: {
          const uint64_t at = context.gpr[kRsp] + (code.info ? 8 : 0);
          uint64_t rip, rsp;
          if (code.info > 1 || !stack.read(at, rip) || !stack.read(at + 24, rsp)) return false;
          context.rip = rip;
          context.gpr[kRsp] = rsp;
          machine_frame = true;
          break;
        }
        case kEpilog:
        case kSpare: break;
        default: return false;
      }
    }
    i += slots;
  }
  return true;
}

// rsp as the body of the function has it: SAVE_* offsets and the establisher frame are relative to it.
uint64_t frame_base(const UnwindInfo& info, uint32_t prolog_offset, const ContextRecord& context) {
  if (info.frame_register == 0) return context.gpr[kRsp];
  bool established = prolog_offset >= info.prolog_bytes || (info.flags & kFlagChained);
  for (unsigned i = 0; !established && i < info.count; i += slots_of(info.codes[i], info.version))
    established = info.codes[i].op == kSetFpReg && prolog_offset >= info.codes[i].offset;
  return established ? context.gpr[info.frame_register] - info.frame_offset * 16 : context.gpr[kRsp];
}

}  // namespace

UnwoundFrame unwind_frame(const Image& image, ContextRecord& context, const StackBounds& stack,
                          const UnwindOptions& options) {
  UnwoundFrame frame;
  const PeRuntimeFunction* function = image.find_function(context.rip);
  const auto rva = static_cast<uint32_t>(context.rip - image.base());
  if (!function) {
    // A leaf: it has moved no register and allocated nothing.
    frame.establisher = context.gpr[kRsp];
    uint64_t return_address;
    if (!stack.read(context.gpr[kRsp], return_address)) return frame;
    context.rip = return_address;
    context.gpr[kRsp] += 8;
    frame.ok = true;
    return frame;
  }

  PeRuntimeFunction current = *function;
  frame.function = function;
  // UNWIND_INFO's place with its lowest bit set names another RUNTIME_FUNCTION that holds the information.
  if (current.unwind_info & 1) {
    const uint8_t* other = image.bytes_at(current.unwind_info & ~3u, sizeof(PeRuntimeFunction));
    if (!other) return frame;
    std::memcpy(&current, other, sizeof current);
  }
  UnwindInfo info;
  if (!read_info(image, current.unwind_info & ~3u, info)) return frame;

  const uint32_t prolog_offset = rva - current.begin;
  const bool in_prolog = prolog_offset < info.prolog_bytes && !(info.flags & kFlagChained);
  frame.establisher = frame_base(info, prolog_offset, context);
  if (!in_prolog || (info.flags & kFlagChained)) {
    const bool may_be_epilog = info.version == 1 || in_listed_epilog(info, current, rva);
    if (may_be_epilog && Epilog(image, current, info, stack).apply(context)) {
      frame.ok = true;
      return frame;
    }
  }

  uint32_t offset = rva >= current.begin ? prolog_offset : UINT32_MAX;
  bool machine_frame = false;
  for (unsigned links = 0;; ++links) {
    const uint64_t base = links == 0 ? frame.establisher : frame_base(info, UINT32_MAX, context);
    if (!undo_codes(info, offset, context, base, stack, options, machine_frame)) return frame;
    if (!(info.flags & kFlagChained)) break;
    if (links == kLongestChain) return frame;
    const uint8_t* chained = image.bytes_at(info.trailer_rva, sizeof(PeRuntimeFunction));
    if (!chained) return frame;
    std::memcpy(&current, chained, sizeof current);
    if (!read_info(image, current.unwind_info & ~3u, info)) return frame;
    offset = UINT32_MAX;  // a chained part runs with the whole prolog of its parent done
  }

  if (options.handler != WantHandler::kNone && !in_prolog) {
    const uint8_t wanted = options.handler == WantHandler::kException ? kFlagException : kFlagTermination;
    if (info.flags & wanted) {
      const uint8_t* handler = image.bytes_at(info.trailer_rva, 4);
      if (!handler) return frame;
      std::memcpy(&frame.handler_rva, handler, 4);
      frame.handler_data_rva = info.trailer_rva + 4;
    }
  }
  frame.machine_frame = machine_frame;
  if (!machine_frame) {
    uint64_t return_address;
    if (!stack.read(context.gpr[kRsp], return_address)) return frame;
    context.rip = return_address;
    context.gpr[kRsp] += 8;
  }
  frame.ok = true;
  return frame;
}

}  // namespace portside::loader
