#include "portcls/method_place.h"

#include <cstring>
#include <optional>

namespace portside::portcls {
namespace {

constexpr int kMostThunks = 4;

template <class T>
T read(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// `jmp` at this address, short or near: where it goes.
std::optional<uint64_t> jump_at(const uint8_t* code) {
  const auto from = reinterpret_cast<uint64_t>(code);
  if (code[0] == 0xE9) return from + 5 + static_cast<uint64_t>(static_cast<int64_t>(read<int32_t>(code + 1)));
  if (code[0] == 0xEB) return from + 2 + static_cast<uint64_t>(static_cast<int64_t>(read<int8_t>(code + 1)));
  return std::nullopt;
}

// What a compiler puts before a method: `sub rcx, n` or `add rcx, n`, then a jump (an interface that is not the
// object's first base); a jump alone (incremental linking).
std::optional<uint64_t> behind_thunk(const uint8_t* code) {
  if (read<uint32_t>(code) == 0xFA1E0FF3) code += 4;  // endbr64
  if (code[0] == 0x48 && (code[1] == 0x83 || code[1] == 0x81) && (code[2] == 0xE9 || code[2] == 0xC1))
    return jump_at(code + (code[1] == 0x83 ? 4 : 7));
  return jump_at(code);
}

}  // namespace

StackTrace function_place(const void* function) {
  StackTrace place;
  auto address = reinterpret_cast<uint64_t>(function);
  if (!address) return place;
  for (int i = 0; i < kMostThunks; ++i) {
    const auto next = behind_thunk(reinterpret_cast<const uint8_t*>(address));
    if (!next) break;
    address = *next;
  }
  // Frames are return addresses: the instruction before one is what it stands for.
  place.push(address + 1);
  return place;
}

StackTrace method_place(const void* interface_pointer, uint32_t slot) {
  if (!interface_pointer) return {};
  return function_place((*static_cast<void* const* const*>(interface_pointer))[slot]);
}

}  // namespace portside::portcls
