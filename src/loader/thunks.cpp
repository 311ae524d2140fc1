#include "loader/thunks.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/address.h"
#include "loader/loader_hooks.h"
#include "loader/shadow_stack.h"

extern "C" void portside_import_thunk();
extern "C" void portside_import_return();

namespace portside::loader {
namespace {

static_assert(offsetof(ImportRecord, target) == 0, "thunks.S calls through it");

constexpr size_t kThunkBytes = 32;

}  // namespace

Result<std::unique_ptr<ThunkBlock>> ThunkBlock::create(size_t capacity) {
  const size_t bytes = round_up_to_page((capacity ? capacity : 1) * kThunkBytes);
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return fail(StatusCode::kNoMemory, fmt::format("No memory for {} import thunks: {}.", capacity, strerror(errno)));
  return std::unique_ptr<ThunkBlock>(new ThunkBlock(reinterpret_cast<uint64_t>(memory), bytes));
}

ThunkBlock::~ThunkBlock() { munmap(reinterpret_cast<void*>(base_), bytes_); }

void* ThunkBlock::add(const ImportRecord& import) {
  auto* code = reinterpret_cast<uint8_t*>(base_ + used_);
  used_ += kThunkBytes;
  const auto record = reinterpret_cast<uint64_t>(&import);
  const auto entry = reinterpret_cast<uint64_t>(&portside_import_thunk);
  std::memcpy(code, "\x49\xBB", 2);  // mov r11, record
  std::memcpy(code + 2, &record, 8);
  std::memcpy(code + 10, "\x49\xBA", 2);  // mov r10, portside_import_thunk
  std::memcpy(code + 12, &entry, 8);
  std::memcpy(code + 20, "\x41\xFF\xE2", 3);  // jmp r10
  std::memset(code + 23, 0xCC, kThunkBytes - 23);
  return code;
}

Result<> ThunkBlock::seal() {
  if (mprotect(reinterpret_cast<void*>(base_), bytes_, PROT_READ | PROT_EXEC) != 0)
    return fail(StatusCode::kNoMemory,
                fmt::format("The import thunks cannot be made executable: {}.", strerror(errno)));
  return {};
}

uint64_t import_return_address() { return reinterpret_cast<uint64_t>(&portside_import_return); }

}  // namespace portside::loader

using portside::loader::ImportRecord;
using portside::loader::ShadowStack;

// thunks.S: a driver and the host have called each other deeper than any stack of Windows would allow.
extern "C" [[noreturn]] void portside_shadow_overflow(const ImportRecord* import, uint64_t caller) {
  ShadowStack::set_top(ShadowStack::base());
  constexpr uint32_t kUnexpectedKernelModeTrap = 0x7F;
  constexpr uint64_t kDoubleFault = 8;
  if (import->hooks)
    import->hooks->bug_check(
        kUnexpectedKernelModeTrap, kDoubleFault, caller, 0, 0,
        fmt::format("The driver and the kernel called each other without end: {}!{} was called more "
                    "deeply nested than the shadow call stack holds.",
                    import->dll, import->name),
        portside::capture_stack());
  __builtin_trap();
}
