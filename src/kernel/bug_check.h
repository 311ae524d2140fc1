#pragma once
// BugCheck: why a machine ended. It ends the machine, not the process: its threads are never resumed, its memory is
// kept for the report, and run() returns kMachineEnded.

#include <array>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/stack.h"
#include "kernel/irql.h"

namespace portside::kernel {

// Codes from "Bug check code reference" that this layer itself raises.
inline constexpr uint32_t kIrqlNotLessOrEqual = 0x0A;
inline constexpr uint32_t kMaximumWaitObjectsExceeded = 0x0C;
inline constexpr uint32_t kSpinLockAlreadyOwned = 0x0F;
inline constexpr uint32_t kKmodeExceptionNotHandled = 0x1E;
inline constexpr uint32_t kSystemServiceException = 0x3B;
inline constexpr uint32_t kPageFaultInNonpagedArea = 0x50;
inline constexpr uint32_t kSystemThreadExceptionNotHandled = 0x7E;
inline constexpr uint32_t kUnexpectedKernelModeTrap = 0x7F;
inline constexpr uint32_t kAttemptedSwitchFromDpc = 0xB8;
inline constexpr uint32_t kDriverVerifierDetectedViolation = 0xC4;
inline constexpr uint32_t kTimerOrDpcInvalid = 0xC7;
inline constexpr uint32_t kDriverIrqlNotLessOrEqual = 0xD1;
inline constexpr uint32_t kWorkerReturnedAtBadIrql = 0xE1;
inline constexpr uint32_t kResourceNotOwned = 0xE3;
inline constexpr uint32_t kWorkerInvalid = 0xE4;
inline constexpr uint32_t kThreadTerminateHeldMutex = 0x4000008A;
inline constexpr uint32_t kDpcWatchdogViolation = 0x133;
inline constexpr uint32_t kKernelSecurityCheckFailure = 0x139;
// Not Windows' numbers: what Windows would show as a machine that hangs for ever.
inline constexpr uint32_t kPortsideDeadlock = 0xE0505301;
inline constexpr uint32_t kPortsideWatchdog = 0xE0505302;

// 0x50 is of system memory. Of an application's addresses Windows raises an access violation; which those are is not told here, where all
// addresses are a process's, but what lies this near to null is one: a member of a structure that is not there, a register of a
// mapping that failed. The limit is ours.
inline constexpr uint64_t kNullPages = 0x10000, kNearNull = 0x100'0000;

struct BugCheck {
  uint32_t code = 0;
  std::array<uint64_t, 4> parameters{};
  std::string sentence;
  StackTrace stack;  // left empty: captured where bug_check() is called
};

struct BugCheckRecord {
  uint32_t code = 0;
  std::array<uint64_t, 4> parameters{};
  std::string sentence;
  StackTrace stack;
  std::string thread;
  uint64_t thread_id = 0;
  uint32_t processor = 0;
  Irql irql = 0;
  Nanoseconds time{};
  std::string asked_for;  // of the driver, by whoever ran into it; empty: unknown, or a DPC

  // "0x0000000F SPIN_LOCK_ALREADY_OWNED (...): the sentence"
  std::string to_string() const;
};

// "SPIN_LOCK_ALREADY_OWNED", or "" for a code without a name here.
const char* bug_check_name(uint32_t code);

// KeBugCheckCallback-like seam: told once, before the machine stops, on the thread that stops it.
class BugCheckObserver {
 public:
  virtual ~BugCheckObserver() = default;
  virtual void on_bug_check(const BugCheckRecord& record) = 0;
};

}  // namespace portside::kernel
