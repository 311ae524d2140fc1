#pragma once
// AddressInfo: what is, or was, at an address, for the report of a fault.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/stack.h"
#include "memory/mdl_record.h"

namespace portside::memory {

enum class AddressKind : uint8_t {
  kOutside,     // not in the arena
  kUnused,      // in the arena, never given out
  kForgotten,   // given out once, freed, and its history has left the quarantine
  kView,        // an MDL's kernel view
  kBlock,       // an arena allocation: pool, contiguous memory
  kDescriptor,  // an MDL itself
  kRegisters,   // a device's registers: inaccessible, each access is handed to the device
};
std::string_view kind_name(AddressKind kind);

// Where in (or beside) the object the address lies.
enum class AddressPlace : uint8_t { kInside, kGuardBefore, kGuardAfter };

struct AddressInfo {
  AddressKind kind = AddressKind::kOutside;
  AddressPlace place = AddressPlace::kInside;
  bool live = false;  // false: unmapped or freed

  KernelAddress base;  // of the view, block or descriptor
  uint64_t bytes = 0;
  int64_t offset = 0;  // of the address from base; negative in the guard page before

  PMDL mdl = nullptr;  // kView, kDescriptor
  uint64_t mdl_id = 0;
  std::optional<MdlRecord> record;  // of that MDL, when it is still known
  uint32_t cache_type = 0;
  uint64_t tag = 0;        // kBlock: what arena_allocate was told
  StackTrace obtained_at;  // map or allocate
  StackTrace released_at;  // unmap or free

  // "4096 bytes into the former view 0x... (65536 bytes) of MDL 0x..., unmapped"
  std::string sentence() const;
};

}  // namespace portside::memory
