#include "wire/mapped_register.h"

#include <utility>

namespace portside::wire {

Result<MappedRegister> MappedRegister::map(Descriptor page, const PassedRegister& passed) {
  const uint32_t bytes = passed.facts.width / 8;
  if (passed.offset % bytes)
    return fail(StatusCode::kInvalidParameter, "the host says that a register lies where none can lie");
  TRY_ASSIGN(const uint64_t size, SharedMemory::sealed_bytes(page));
  if (size != kRegisterPageBytes)
    return fail(StatusCode::kInvalidParameter, "the memory that was passed for a register is not one page");
  MappedRegister reg;
  reg.facts_ = passed.facts;
  TRY_ASSIGN(reg.memory_, SharedMemory::map(std::move(page), passed.offset, bytes, SharedMemory::Access::kReadOnly));
  return reg;
}

uint64_t MappedRegister::read() const {
  const std::byte* const at = memory_.bytes().data();
  if (facts_.width == 64) return __atomic_load_n(reinterpret_cast<const uint64_t*>(at), __ATOMIC_ACQUIRE);
  return __atomic_load_n(reinterpret_cast<const uint32_t*>(at), __ATOMIC_ACQUIRE);
}

}  // namespace portside::wire
