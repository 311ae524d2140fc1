#include "kernel/bug_check.h"

#include <fmt/format.h>

namespace portside::kernel {

const char* bug_check_name(uint32_t code) {
  switch (code) {
    case kIrqlNotLessOrEqual: return "IRQL_NOT_LESS_OR_EQUAL";
    case kMaximumWaitObjectsExceeded: return "MAXIMUM_WAIT_OBJECTS_EXCEEDED";
    case kSpinLockAlreadyOwned: return "SPIN_LOCK_ALREADY_OWNED";
    case 0x10: return "SPIN_LOCK_NOT_OWNED";
    case 0x18: return "REFERENCE_BY_POINTER";
    case 0x19: return "BAD_POOL_HEADER";
    case kKmodeExceptionNotHandled: return "KMODE_EXCEPTION_NOT_HANDLED";
    case kSystemServiceException: return "SYSTEM_SERVICE_EXCEPTION";
    case 0x35: return "NO_MORE_IRP_STACK_LOCATIONS";
    case 0x44: return "MULTIPLE_IRP_COMPLETE_REQUESTS";
    case 0x48: return "CANCEL_STATE_IN_COMPLETED_IRP";
    case 0x4E: return "PFN_LIST_CORRUPT";
    case kPageFaultInNonpagedArea: return "PAGE_FAULT_IN_NONPAGED_AREA";
    case kSystemThreadExceptionNotHandled: return "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED";
    case kUnexpectedKernelModeTrap: return "UNEXPECTED_KERNEL_MODE_TRAP";
    case kAttemptedSwitchFromDpc: return "ATTEMPTED_SWITCH_FROM_DPC";
    case 0xBE: return "ATTEMPTED_WRITE_TO_READONLY_MEMORY";
    case 0xC1: return "SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION";
    case 0xC2: return "BAD_POOL_CALLER";
    case kDriverVerifierDetectedViolation: return "DRIVER_VERIFIER_DETECTED_VIOLATION";
    case kTimerOrDpcInvalid: return "TIMER_OR_DPC_INVALID";
    case 0xCE: return "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS";
    case kDriverIrqlNotLessOrEqual: return "DRIVER_IRQL_NOT_LESS_OR_EQUAL";
    case kResourceNotOwned: return "RESOURCE_NOT_OWNED";
    case kWorkerInvalid: return "WORKER_INVALID";
    case kWorkerReturnedAtBadIrql: return "WORKER_THREAD_RETURNED_AT_BAD_IRQL";
    case 0xFC: return "ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY";
    case kThreadTerminateHeldMutex: return "THREAD_TERMINATE_HELD_MUTEX";
    case kDpcWatchdogViolation: return "DPC_WATCHDOG_VIOLATION";
    case kKernelSecurityCheckFailure: return "KERNEL_SECURITY_CHECK_FAILURE";
    case kPortsideDeadlock: return "PORTSIDE_DEADLOCK";
    case kPortsideWatchdog: return "PORTSIDE_WATCHDOG";
    default: return "";
  }
}

std::string BugCheckRecord::to_string() const {
  return fmt::format(
      "0x{:08X} {} (0x{:X}, 0x{:X}, 0x{:X}, 0x{:X}) in thread {} \"{}\" on processor {} at {}, {:.6f} s: {}", code,
      bug_check_name(code), parameters[0], parameters[1], parameters[2], parameters[3], thread_id, thread, processor,
      irql_name(irql), static_cast<double>(time.count()) * 1e-9, sentence);
}

}  // namespace portside::kernel
