// Processor groups, the counters beside the performance counter, and interrupt spin locks (wdm). A machine has one group, one
// node, and no auxiliary counter.

#include <cstring>

#include "exports/api.h"
#include "kernel/kernel.h"

using namespace portside;
using namespace portside::exports;

namespace {
constexpr KAFFINITY kEveryProcessor = (KAFFINITY{1} << kernel::Kernel::kProcessorCount) - 1;
}  // namespace

extern "C" {

USHORT NTAPI KeQueryActiveGroupCount(VOID) {
  ApiScope scope("KeQueryActiveGroupCount");
  return 1;
}
USHORT NTAPI KeQueryMaximumGroupCount(VOID) {
  ApiScope scope("KeQueryMaximumGroupCount");
  return 1;
}
KAFFINITY NTAPI KeQueryGroupAffinity(USHORT GroupNumber) {
  ApiScope scope("KeQueryGroupAffinity");
  return GroupNumber == 0 ? kEveryProcessor : 0;
}
ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber) {
  ApiScope scope("KeGetProcessorIndexFromNumber");
  constexpr ULONG kInvalidIndex = 0xFFFFFFFF;  // INVALID_PROCESSOR_INDEX
  return ProcNumber->Group == 0 && ProcNumber->Number < kernel::Kernel::kProcessorCount ? ProcNumber->Number
                                                                                        : kInvalidIndex;
}
USHORT NTAPI KeQueryHighestNodeNumber(VOID) {
  ApiScope scope("KeQueryHighestNodeNumber");
  return 0;
}
USHORT NTAPI KeGetCurrentNodeNumber(VOID) {
  ApiScope scope("KeGetCurrentNodeNumber");
  return 0;
}

// A thread below DISPATCH_LEVEL runs where the seeded scheduler puts it; what is kept is the pair's arithmetic.
VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity, PGROUP_AFFINITY PreviousAffinity) {
  ApiScope scope("KeSetSystemGroupAffinityThread", kPassiveLevel, kApcLevel);
  // PreviousAffinity: zero when the thread ran under its user affinity, which KeRevert... then restores.
  if (PreviousAffinity) std::memset(PreviousAffinity, 0, sizeof *PreviousAffinity);
}
VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity) {
  ApiScope scope("KeRevertToUserGroupAffinityThread", kPassiveLevel, kApcLevel);
}

// "STATUS_NOT_SUPPORTED: the auxiliary counter is not supported" (KeConvertAuxiliaryCounterToPerformanceCounter, Return value).
NTSTATUS NTAPI KeConvertAuxiliaryCounterToPerformanceCounter(ULONGLONG, PULONGLONG, PULONGLONG) {
  ApiScope scope("KeConvertAuxiliaryCounterToPerformanceCounter");
  return STATUS_NOT_SUPPORTED;
}
NTSTATUS NTAPI KeConvertPerformanceCounterToAuxiliaryCounter(ULONGLONG, PULONGLONG, PULONGLONG) {
  ApiScope scope("KeConvertPerformanceCounterToAuxiliaryCounter");
  return STATUS_NOT_SUPPORTED;
}
NTSTATUS NTAPI KeQueryAuxiliaryCounterFrequency(PULONGLONG) {
  ApiScope scope("KeQueryAuxiliaryCounterFrequency");
  return STATUS_NOT_SUPPORTED;
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr const char* kAffinity = "a thread below DISPATCH_LEVEL may run on either processor";
const Export kKeProcessorRows[] = {
    EXPORT(NtosKrnl, KeQueryActiveGroupCount),
    EXPORT(NtosKrnl, KeQueryMaximumGroupCount),
    EXPORT(NtosKrnl, KeQueryGroupAffinity),
    EXPORT(NtosKrnl, KeGetProcessorIndexFromNumber),
    EXPORT(NtosKrnl, KeQueryHighestNodeNumber),
    EXPORT(NtosKrnl, KeGetCurrentNodeNumber),
    EXPORT_PARTIAL(NtosKrnl, KeSetSystemGroupAffinityThread, kAffinity),
    EXPORT_PARTIAL(NtosKrnl, KeRevertToUserGroupAffinityThread, kAffinity),
    EXPORT(Hal, KeConvertAuxiliaryCounterToPerformanceCounter),
    EXPORT(Hal, KeConvertPerformanceCounterToAuxiliaryCounter),
    EXPORT(Hal, KeQueryAuxiliaryCounterFrequency),
};
}  // namespace
const ExportSet kKeProcessorExports{kKeProcessorRows};
}  // namespace portside::exports
