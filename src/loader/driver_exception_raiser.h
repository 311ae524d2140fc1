#pragma once
// DriverExceptionRaiser: the kernel's way to raise an exception in the driver that called it (ProbeForRead,
// ExAllocatePoolWithQuotaTag, ExRaiseStatus called by the host's own code).

#include "kernel/exception_raiser.h"

namespace portside::loader {

class Loader;

class DriverExceptionRaiser final : public kernel::ExceptionRaiser {
 public:
  explicit DriverExceptionRaiser(Loader& loader) : loader_(loader) {}
  // Unwinds the calling driver; a bug check 0x1E when none of its handlers takes it.
  void raise(uint32_t code, std::span<const uint64_t> parameters) override;

 private:
  Loader& loader_;
};

}  // namespace portside::loader
