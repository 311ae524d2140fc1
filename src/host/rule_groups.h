#pragma once
// RuleGroup: the rules that are switched on and off together, for those who want to know what a group costs.

#include <cstdint>

namespace portside::host {

enum class RuleGroup : uint32_t {
  kPages = 1 << 0,  // IPortWaveRTStream
  kIrql = 1 << 1,   // of every call
  kPool = 1 << 2,
  kIo = 1 << 3,         // IRPs, devices, power
  kKernel = 1 << 4,     // waits and locks, MDLs
  kLeftovers = 1 << 5,  // what lives in freed memory, or past the unload
  kLockOrder = 1 << 6,
  kTime = 1 << 7,      // at raised IRQL
  kPageable = 1 << 8,  // PAGE sections and paged pool are closed at DISPATCH_LEVEL
  kStreams = 1 << 9,   // the contract of each WaveRT method
  kPortCls = 1 << 10,
  kHardware = 1 << 11,  // registers and interrupts
  kRaces = 1 << 12,     // of drivers built PREEMPTIBLE, in virtual time
};
constexpr uint32_t kAllRuleGroups = (1 << 13) - 1;

}  // namespace portside::host
