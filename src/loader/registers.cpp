#include "loader/registers.h"

namespace portside::loader {
namespace {

struct Place {
  unsigned index;  // of ContextRecord::gpr
  unsigned bytes;
  unsigned shift;  // 8 for ah, ch, dh, bh
};

std::optional<Place> place_of(ZydisRegister reg) {
  if (reg >= ZYDIS_REGISTER_RAX && reg <= ZYDIS_REGISTER_R15) return Place{unsigned(reg - ZYDIS_REGISTER_RAX), 8, 0};
  if (reg >= ZYDIS_REGISTER_EAX && reg <= ZYDIS_REGISTER_R15D) return Place{unsigned(reg - ZYDIS_REGISTER_EAX), 4, 0};
  if (reg >= ZYDIS_REGISTER_AX && reg <= ZYDIS_REGISTER_R15W) return Place{unsigned(reg - ZYDIS_REGISTER_AX), 2, 0};
  if (reg >= ZYDIS_REGISTER_AL && reg <= ZYDIS_REGISTER_BL) return Place{unsigned(reg - ZYDIS_REGISTER_AL), 1, 0};
  if (reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH) return Place{unsigned(reg - ZYDIS_REGISTER_AH), 1, 8};
  if (reg >= ZYDIS_REGISTER_SPL && reg <= ZYDIS_REGISTER_R15B)
    return Place{unsigned(reg - ZYDIS_REGISTER_SPL) + 4, 1, 0};
  return std::nullopt;
}

uint64_t mask_of(unsigned bytes) { return bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << bytes * 8) - 1; }

}  // namespace

std::optional<uint64_t> read_register(const ContextRecord& context, ZydisRegister reg) {
  const std::optional<Place> place = place_of(reg);
  if (!place) return std::nullopt;
  return context.gpr[place->index] >> place->shift & mask_of(place->bytes);
}

bool write_register(ContextRecord& context, ZydisRegister reg, uint64_t value) {
  const std::optional<Place> place = place_of(reg);
  if (!place) return false;
  uint64_t& whole = context.gpr[place->index];
  if (place->bytes == 8 || place->bytes == 4) {
    whole = value & mask_of(place->bytes);
    return true;
  }
  const uint64_t mask = mask_of(place->bytes) << place->shift;
  whole = (whole & ~mask) | (value << place->shift & mask);
  return true;
}

unsigned register_bytes(ZydisRegister reg) {
  const std::optional<Place> place = place_of(reg);
  return place ? place->bytes : 0;
}

Xmm* xmm_register(ContextRecord& context, ZydisRegister reg) {
  if (reg < ZYDIS_REGISTER_XMM0 || reg > ZYDIS_REGISTER_XMM15) return nullptr;
  return &context.xmm[reg - ZYDIS_REGISTER_XMM0];
}

}  // namespace portside::loader
