#include "loader/allocator_frame.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "loader/image.h"

namespace portside::loader {
namespace {

// An allocator clears the memory and chooses a tag; more than that is somebody's own work.
constexpr uint32_t kShort = 160;

int32_t displacement(const uint8_t* at) {
  int32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The import that `call [rip + x]` or `jmp [rip + x]`, ending at that RVA, goes to.
const ImportRecord* import_at(const Image& image, uint32_t end_rva, uint8_t mod_rm) {
  if (end_rva < 6) return nullptr;
  const uint8_t* code = image.code_at(end_rva - 6, 6);
  if (!code || code[0] != 0xFF || code[1] != mod_rm) return nullptr;
  const uint32_t slot = end_rva + static_cast<uint32_t>(displacement(code + 2));
  const auto found = std::ranges::find(image.imports(), slot, &ImportRecord::slot_rva);
  return found == image.imports().end() ? nullptr : &*found;
}

// The target of `call rel32` that ends there.
std::optional<uint32_t> call_at(const Image& image, uint32_t end_rva) {
  if (end_rva < 5) return std::nullopt;
  const uint8_t* code = image.code_at(end_rva - 5, 5);
  if (!code || code[0] != 0xE8) return std::nullopt;
  return end_rva + static_cast<uint32_t>(displacement(code + 1));
}

bool calls_pool(const Image& image, uint32_t end_rva) {
  constexpr uint8_t kCall = 0x15, kJump = 0x25;
  const ImportRecord* import = import_at(image, end_rva, kCall);
  if (!import) {
    // By way of the linker's stub: jmp [import].
    const std::optional<uint32_t> stub = call_at(image, end_rva);
    if (stub) import = import_at(image, *stub + 6, kJump);
  }
  constexpr std::string_view kPool[] = {"ExAllocatePool", "ExFreePool"};
  return import && std::ranges::any_of(kPool, [&](std::string_view name) { return import->name.starts_with(name); });
}

// Calls and tail calls of the function, as far as it is looked for.
int callers_of(const Image& image, uint32_t function_rva, int enough) {
  int count = 0;
  for (const PeSection& section : image.sections()) {
    if (!section.executable()) continue;
    const uint8_t* code = image.code_at(section.rva, section.virtual_bytes);
    for (uint32_t i = 0; code && i + 5 <= section.virtual_bytes; ++i) {
      if (code[i] != 0xE8 && code[i] != 0xE9) continue;
      count += section.rva + i + 5 + static_cast<uint32_t>(displacement(code + i + 1)) == function_rva;
      if (count == enough) return count;
    }
  }
  return count;
}

}  // namespace

bool is_allocator_frame(const Image& image, uint64_t return_address, bool beneath) {
  const PeRuntimeFunction* function = image.find_function(return_address);
  if (!function || function->end - function->begin > kShort) return false;
  const auto rva = static_cast<uint32_t>(return_address - image.base());
  constexpr int kSeveral = 2;
  return (beneath || calls_pool(image, rva)) && callers_of(image, function->begin, kSeveral) == kSeveral;
}

}  // namespace portside::loader
