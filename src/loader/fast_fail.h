#pragma once
// What a __fastfail code says. "Bug check 0x139: KERNEL_SECURITY_CHECK_FAILURE", parameter 1 (Microsoft Learn).

#include <cstdint>

namespace portside::loader {

// A clause for a sentence; never null.
const char* fast_fail_name(uint32_t code);

}  // namespace portside::loader
