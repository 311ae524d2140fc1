#pragma once
// Interrupt request levels of x64 Windows. An IRQL belongs to a processor, not to a thread.

#include <cstdint>

namespace portside::kernel {

using Irql = uint8_t;

inline constexpr Irql kPassiveLevel = 0;
inline constexpr Irql kApcLevel = 1;
inline constexpr Irql kDispatchLevel = 2;
inline constexpr Irql kLowestDeviceLevel = 3;
inline constexpr Irql kHighestDeviceLevel = 11;
inline constexpr Irql kClockLevel = 13;
inline constexpr Irql kHighLevel = 15;

// "DISPATCH_LEVEL", "DIRQL 5".
const char* irql_name(Irql irql);

}  // namespace portside::kernel
