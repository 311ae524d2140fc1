#pragma once
// The registers that a driver had when it called one of our COM methods: no thunk saved them, but our own functions
// did, and say where in their .eh_frame.

#include <cstdint>

#include "loader/exception_records.h"

namespace portside::loader {

// Fills in rbx, rbp, rsi, rdi and r12-r15 of the driver frame that the running host code was called from: the one with
// this return address, and rsp after the return. False: it was not met. xmm6-15 are not recovered (libgcc does not know
// them), so a double that a driver keeps in one across such a call is lost if the call raises an exception.
bool recover_host_registers(uint64_t return_address, uint64_t rsp, ContextRecord& context);

}  // namespace portside::loader
