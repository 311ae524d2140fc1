#pragma once
// What a driver did wrong with the kernel's own objects, for the verifier to judge. The kernel returns what Windows
// returns (or bug-checks where Windows cannot go on) and tells its observer with the evidence.

#include <cstdint>
#include <string>

#include "base/stack.h"
#include "kernel/irql.h"

namespace portside::kernel {

enum class MisuseKind : uint8_t {
  kRaisedToLowerIrql,     // KeRaiseIrql to below the current IRQL
  kLoweredToHigherIrql,   // KeLowerIrql to above the current IRQL
  kWaitAtDispatch,        // a wait that could block at DISPATCH_LEVEL or above
  kSpinLockNotHeld,       // released while free
  kSpinLockHeldByOther,   // released by another processor than the holder
  kMutexNotOwned,         // released by a thread that does not own it
  kSemaphoreLimit,        // released beyond its limit
  kNotADispatcherObject,  // waited for, signalled or set something never initialised
  kNotListed,             // a resource or lookaside list used that was never initialised, or is deleted
  kDpcChangedIrql,        // a DPC returned at another IRQL than DISPATCH_LEVEL
  kThreadEndedAtRaisedIrql,
  kThreadEndedHoldingMutex,
  kTooManyWaitObjects,      // more than MAXIMUM_WAIT_OBJECTS
  kMutexAcquiredTwice,      // a fast or guarded mutex, by its owner
  kResourceNotOwned,        // an ERESOURCE released by a thread that does not hold it
  kApcsLeftDisabled,        // a critical region never left when the thread ended
  kRegionNotEntered,        // a critical or guarded region left by a thread that is in none
  kNoSuchTimer,             // an EX_TIMER used that was never allocated, or is deleted
  kTimerWaitsForSet,        // ExDeleteTimer that is to wait, and not to cancel
  kNotReferenced,           // an object dereferenced by a driver that holds no reference to it
  kHandleInvalid,           // a handle closed that is not open
  kPromisedWaitMissing,     // KeSetEvent or its kin with Wait TRUE, and no wait after it
  kHandleOfProcess,         // a handle made for the application whose request the driver serves
  kTimerResolutionInPower,  // ExSetTimerResolution while a power request is served
  kAbsoluteTimePast,        // a wait until a time that was centuries ago: a sign that is missing
  kFormattedRaised,         // text formatted above PASSIVE_LEVEL
  kNameHoldsNul,            // a counted name whose length counts a terminating zero
};

struct Misuse {
  MisuseKind kind;
  const char* api;
  uint64_t object;  // the object's address, or 0
  Irql irql;
  uint64_t thread_id;
  std::string sentence;
  StackTrace stack;
};

class MisuseObserver {
 public:
  virtual ~MisuseObserver() = default;
  virtual void on_misuse(const Misuse& misuse) = 0;
};

}  // namespace portside::kernel
