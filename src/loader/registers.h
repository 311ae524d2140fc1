#pragma once
// Reading and writing a ContextRecord's registers by the decoder's names.

#include <cstdint>
#include <optional>

#include <Zydis/Zydis.h>

#include "loader/exception_records.h"

namespace portside::loader {

// Integer registers of 8 to 64 bits; nothing for others.
std::optional<uint64_t> read_register(const ContextRecord& context, ZydisRegister reg);
// A 32-bit write clears the upper half, as the processor does.
bool write_register(ContextRecord& context, ZydisRegister reg, uint64_t value);
unsigned register_bytes(ZydisRegister reg);
// The place of an xmm register; null for others.
Xmm* xmm_register(ContextRecord& context, ZydisRegister reg);

}  // namespace portside::loader
