#pragma once
// Exceptions that the kernel raises in the driver that called it.

#include <cstdint>

namespace portside::exports {

// Unwinds the driver by the machine's ExceptionRaiser; without one the machine ends with
// KMODE_EXCEPTION_NOT_HANDLED. No lock may be held, and destructors of frames below the driver do not run.
[[noreturn]] void raise_status(int32_t status);

}  // namespace portside::exports
