// Time, processors, floating point and bug checks, over kernel/kernel.h.

#include <fmt/format.h>

#include "exports/api.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/processors.h"

using namespace portside;
using namespace portside::exports;
using kernel::Kernel;
using kernel::MachineClock;

namespace {
Kernel& machine() { return current<Kernel>(); }
const MachineClock& clock_of_machine() { return machine().clock(); }
constexpr KAFFINITY kAllProcessors = (KAFFINITY{1} << kernel::Processors::kCount) - 1;
}  // namespace

extern "C" {

LARGE_INTEGER NTAPI KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency) {
  ApiScope scope("KeQueryPerformanceCounter");
  if (PerformanceFrequency) PerformanceFrequency->QuadPart = MachineClock::kPerformanceFrequency;
  LARGE_INTEGER counter;
  counter.QuadPart = clock_of_machine().performance_counter();
  return counter;
}

VOID NTAPI KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime) {
  ApiScope scope("KeQuerySystemTimePrecise");
  CurrentTime->QuadPart = clock_of_machine().system_time_precise();
}

// On x64 headers read these from KUSER_SHARED_DATA; older binaries and our headers import them.
static VOID NTAPI query_system_time(PLARGE_INTEGER CurrentTime) {
  ApiScope scope("KeQuerySystemTime");
  CurrentTime->QuadPart = clock_of_machine().system_time();
}
static VOID NTAPI query_tick_count(PLARGE_INTEGER CurrentCount) {
  ApiScope scope("KeQueryTickCount");
  CurrentCount->QuadPart = clock_of_machine().tick_count();
}

ULONGLONG NTAPI KeQueryInterruptTime(VOID) {
  ApiScope scope("KeQueryInterruptTime");
  return static_cast<ULONGLONG>(clock_of_machine().interrupt_time());
}

ULONGLONG NTAPI KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp) {
  ApiScope scope("KeQueryInterruptTimePrecise");
  if (QpcTimeStamp) *QpcTimeStamp = static_cast<ULONG64>(clock_of_machine().performance_counter());
  return static_cast<ULONGLONG>(clock_of_machine().interrupt_time_precise());
}

ULONGLONG NTAPI KeQueryUnbiasedInterruptTime(VOID) {
  ApiScope scope("KeQueryUnbiasedInterruptTime");
  return static_cast<ULONGLONG>(clock_of_machine().interrupt_time());
}

ULONG NTAPI KeQueryTimeIncrement(VOID) {
  ApiScope scope("KeQueryTimeIncrement");
  return MachineClock::kTimeIncrement;
}

VOID NTAPI KeStallExecutionProcessor(ULONG MicroSeconds) {
  ApiScope scope("KeStallExecutionProcessor");
  machine().stall(std::chrono::microseconds(MicroSeconds));
}

ULONG NTAPI KeGetRecommendedSharedDataAlignment(VOID) {
  ApiScope scope("KeGetRecommendedSharedDataAlignment");
  return 64;
}

// On x64 the system keeps every thread's floating-point state; a thread switch here happens only inside calls, across
// which the calling convention itself preserves what must live.
NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE) {
  ApiScope scope("KeSaveFloatingPointState", kPassiveLevel, kDispatchLevel);
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE) {
  ApiScope scope("KeRestoreFloatingPointState", kPassiveLevel, kDispatchLevel);
  return STATUS_SUCCESS;
}
static NTSTATUS NTAPI save_extended_processor_state(ULONG64, PXSTATE_SAVE) {
  ApiScope scope("KeSaveExtendedProcessorState", kPassiveLevel, kDispatchLevel);
  return STATUS_SUCCESS;
}
static VOID NTAPI restore_extended_processor_state(PXSTATE_SAVE) {
  ApiScope scope("KeRestoreExtendedProcessorState", kPassiveLevel, kDispatchLevel);
}

ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber) {
  ApiScope scope("KeGetCurrentProcessorNumberEx");
  const ULONG number = machine().current_processor();
  if (ProcNumber) *ProcNumber = {0, static_cast<UCHAR>(number), 0};
  return number;
}
ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors) {
  ApiScope scope("KeQueryActiveProcessorCount");
  if (ActiveProcessors) *ActiveProcessors = kAllProcessors;
  return kernel::Processors::kCount;
}
ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber) {
  ApiScope scope("KeQueryActiveProcessorCountEx");
  return GroupNumber == 0 || GroupNumber == ALL_PROCESSOR_GROUPS ? kernel::Processors::kCount : 0;
}
ULONG NTAPI KeQueryMaximumProcessorCount(VOID) {
  ApiScope scope("KeQueryMaximumProcessorCount");
  return kernel::Processors::kCount;
}
ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT GroupNumber) {
  ApiScope scope("KeQueryMaximumProcessorCountEx");
  return GroupNumber == 0 || GroupNumber == ALL_PROCESSOR_GROUPS ? kernel::Processors::kCount : 0;
}
KAFFINITY NTAPI KeQueryActiveProcessors(VOID) {
  ApiScope scope("KeQueryActiveProcessors");
  return kAllProcessors;
}
NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber) {
  ApiScope scope("KeGetProcessorNumberFromIndex");
  if (ProcIndex >= kernel::Processors::kCount) return STATUS_INVALID_PARAMETER;
  *ProcNumber = {0, static_cast<UCHAR>(ProcIndex), 0};
  return STATUS_SUCCESS;
}

// The caller's machine runs nothing else meanwhile under virtual time: at IPI_LEVEL no switch is made by the routine's
// own calls to this processor, and the other one is stopped.
ULONG_PTR NTAPI KeIpiGenericCall(PKIPI_BROADCAST_WORKER BroadcastFunction, ULONG_PTR Context) {
  ApiScope scope("KeIpiGenericCall", kPassiveLevel, IPI_LEVEL - 1);
  const KIRQL old = machine().raise_irql(IPI_LEVEL, "KeIpiGenericCall");
  const ULONG_PTR result = BroadcastFunction(Context);
  for (uint32_t p = 1; p < kernel::Processors::kCount; ++p) (void)BroadcastFunction(Context);
  machine().lower_irql(old, "KeIpiGenericCall");
  return result;
}

DECLSPEC_NORETURN VOID NTAPI KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4) {
  ApiScope scope("KeBugCheckEx");
  machine().bug_check({BugCheckCode, {P1, P2, P3, P4}, "the driver called KeBugCheckEx", {}});
}
DECLSPEC_NORETURN VOID NTAPI KeBugCheck(ULONG BugCheckCode) {
  ApiScope scope("KeBugCheck");
  machine().bug_check({BugCheckCode, {}, "the driver called KeBugCheck", {}});
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kKeTimeRows[] = {
    EXPORT(NtosKrnl, KeQueryPerformanceCounter),
    EXPORT(NtosKrnl, KeQuerySystemTimePrecise),
    EXPORT_AS(NtosKrnl, "KeQuerySystemTime", query_system_time),
    EXPORT_AS(NtosKrnl, "KeQueryTickCount", query_tick_count),
    EXPORT(NtosKrnl, KeQueryInterruptTime),
    EXPORT(NtosKrnl, KeQueryInterruptTimePrecise),
    EXPORT(NtosKrnl, KeQueryUnbiasedInterruptTime),
    EXPORT(NtosKrnl, KeQueryTimeIncrement),
    EXPORT(NtosKrnl, KeStallExecutionProcessor),
    EXPORT(NtosKrnl, KeGetRecommendedSharedDataAlignment),
    EXPORT(NtosKrnl, KeSaveFloatingPointState),
    EXPORT(NtosKrnl, KeRestoreFloatingPointState),
    EXPORT_AS(NtosKrnl, "KeSaveExtendedProcessorState", save_extended_processor_state),
    EXPORT_AS(NtosKrnl, "KeRestoreExtendedProcessorState", restore_extended_processor_state),
    EXPORT(NtosKrnl, KeGetCurrentProcessorNumberEx),
    EXPORT(NtosKrnl, KeQueryActiveProcessorCount),
    EXPORT(NtosKrnl, KeQueryActiveProcessorCountEx),
    EXPORT(NtosKrnl, KeQueryMaximumProcessorCount),
    EXPORT(NtosKrnl, KeQueryMaximumProcessorCountEx),
    EXPORT(NtosKrnl, KeQueryActiveProcessors),
    EXPORT(NtosKrnl, KeGetProcessorNumberFromIndex),
    EXPORT_PARTIAL(NtosKrnl, KeIpiGenericCall, "the calls are made one after the other, by one processor"),
    EXPORT(NtosKrnl, KeBugCheckEx),
    EXPORT(NtosKrnl, KeBugCheck),
};
}  // namespace
const ExportSet kKeTimeExports{kKeTimeRows};
}  // namespace portside::exports
