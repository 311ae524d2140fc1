#pragma once
// ExceptionRaiser: who can raise a structured exception in the driver that called (ExRaiseStatus). The loader, which
// knows the driver's unwind tables, registers itself; without one the machine bug-checks with 0x1E.

#include <cstdint>
#include <span>

namespace portside::kernel {

class ExceptionRaiser {
 public:
  virtual ~ExceptionRaiser() = default;
  // Unwinds the calling driver and does not return. `code` is an NTSTATUS.
  virtual void raise(uint32_t code, std::span<const uint64_t> parameters) = 0;
};

}  // namespace portside::kernel
