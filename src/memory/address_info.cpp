#include "memory/address_info.h"

#include <fmt/format.h>

namespace portside::memory {

std::string_view kind_name(AddressKind kind) {
  switch (kind) {
    case AddressKind::kOutside: return "outside";
    case AddressKind::kUnused: return "unused";
    case AddressKind::kForgotten: return "forgotten";
    case AddressKind::kView: return "view";
    case AddressKind::kBlock: return "block";
    case AddressKind::kDescriptor: return "descriptor";
    case AddressKind::kRegisters: return "registers";
  }
  return "?";
}

std::string AddressInfo::sentence() const {
  if (kind == AddressKind::kOutside) return "an address outside kernel memory";
  if (kind == AddressKind::kUnused) return "kernel memory that was never given out";
  if (kind == AddressKind::kForgotten) return "kernel memory that was freed too long ago to know what it was";

  std::string what;
  if (kind == AddressKind::kView)
    what = fmt::format("the {}view {:#x} ({} bytes) of MDL {}", live ? "" : "former ", base.value, bytes,
                       static_cast<const void*>(mdl));
  else if (kind == AddressKind::kDescriptor)
    what = fmt::format("{}MDL {}", live ? "" : "the freed ", static_cast<const void*>(mdl));
  else if (kind == AddressKind::kRegisters)
    what = fmt::format("the {}view {:#x} ({} bytes) of a device's registers at {:#x}", live ? "" : "former ",
                       base.value, bytes, tag);
  else what = fmt::format("the {}allocation {:#x} ({} bytes)", live ? "" : "freed ", base.value, bytes);

  switch (place) {
    case AddressPlace::kInside: return fmt::format("{} bytes into {}", offset, what);
    case AddressPlace::kGuardBefore: return fmt::format("in the guard page, {} bytes before {}", -offset, what);
    case AddressPlace::kGuardAfter:
      return fmt::format("in the guard page, {} bytes past the end of {}", offset - static_cast<int64_t>(bytes), what);
  }
  return what;
}

}  // namespace portside::memory
