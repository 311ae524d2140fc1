// Versions, times, identifiers, processes and the kernel's exported variables.

#include <algorithm>
#include <chrono>
#include <cstring>

#include "exports/api.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"

using namespace portside;
using namespace portside::exports;

namespace {

// The Windows that this pretends to be: Windows 11 23H2.
constexpr ULONG kMajor = 10, kMinor = 0, kBuild = 22631;
constexpr UCHAR kWorkstation = 1;  // VER_NT_WORKSTATION

constexpr int64_t kHnsPerDay = 864'000'000'000;
// Days between 1601-01-01 and 1970-01-01.
constexpr int64_t kDaysToUnix = 134'774;

// VerSetConditionMask packs three bits a type.
constexpr ULONG kTypes[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80};  // VER_MINORVERSION ... VER_PRODUCT_TYPE

enum Condition : ULONG { kEqual = 1, kGreater, kGreaterEqual, kLess, kLessEqual, kAnd, kOr };

bool holds(ULONG ours, ULONG condition, ULONG theirs) {
  switch (condition) {
    case kEqual: return ours == theirs;
    case kGreater: return ours > theirs;
    case kGreaterEqual: return ours >= theirs;
    case kLess: return ours < theirs;
    case kLessEqual: return ours <= theirs;
    default: return false;
  }
}
ULONG condition_of(ULONGLONG mask, ULONG type) {
  for (unsigned i = 0; i < 8; ++i)
    if (kTypes[i] == type) return static_cast<ULONG>(mask >> 3 * i & 7);
  return 0;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation) {
  ApiScope scope("RtlGetVersion", kPassiveLevel, kPassiveLevel);
  lpVersionInformation->dwMajorVersion = kMajor;
  lpVersionInformation->dwMinorVersion = kMinor;
  lpVersionInformation->dwBuildNumber = kBuild;
  lpVersionInformation->dwPlatformId = 2;  // VER_PLATFORM_WIN32_NT
  std::memset(lpVersionInformation->szCSDVersion, 0, sizeof lpVersionInformation->szCSDVersion);
  if (lpVersionInformation->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
    auto* extended = reinterpret_cast<PRTL_OSVERSIONINFOEXW>(lpVersionInformation);
    extended->wServicePackMajor = extended->wServicePackMinor = 0;
    extended->wSuiteMask = 0x100;  // VER_SUITE_SINGLEUSERTS
    extended->wProductType = kWorkstation;
    extended->wReserved = 0;
  }
  return STATUS_SUCCESS;
}
ULONGLONG NTAPI VerSetConditionMask(ULONGLONG ConditionMask, ULONG TypeMask, UCHAR Condition) {
  for (unsigned i = 0; i < 8; ++i)
    if (TypeMask & kTypes[i]) ConditionMask |= ULONGLONG{Condition & 7u} << 3 * i;
  return ConditionMask;
}
NTSTATUS NTAPI RtlVerifyVersionInfo(PRTL_OSVERSIONINFOEXW VersionInfo, ULONG TypeMask, ULONGLONG ConditionMask) {
  ApiScope scope("RtlVerifyVersionInfo", kPassiveLevel, kPassiveLevel);
  if (TypeMask == 0 || ConditionMask == 0) return STATUS_INVALID_PARAMETER;
  // Major, minor and service pack are compared as one number, until one differs (RtlVerifyVersionInfo, Remarks).
  const struct {
    ULONG type, ours, theirs;
  } parts[] = {
      {0x02, kMajor, VersionInfo->dwMajorVersion},
      {0x01, kMinor, VersionInfo->dwMinorVersion},
      {0x20, 0, VersionInfo->wServicePackMajor},
      {0x10, 0, VersionInfo->wServicePackMinor},
  };
  for (size_t i = 0; i < std::size(parts); ++i) {
    if (!(TypeMask & parts[i].type)) continue;
    const ULONG condition = condition_of(ConditionMask, parts[i].type);
    if (parts[i].ours == parts[i].theirs) {
      bool more = false;
      for (size_t k = i + 1; k < std::size(parts); ++k) more |= (TypeMask & parts[k].type) != 0;
      if (condition == kEqual || condition == kGreaterEqual || condition == kLessEqual || more) continue;
      return STATUS_REVISION_MISMATCH;
    }
    if (!holds(parts[i].ours, condition, parts[i].theirs)) return STATUS_REVISION_MISMATCH;
    break;
  }
  if (TypeMask & 0x04 && !holds(kBuild, condition_of(ConditionMask, 0x04), VersionInfo->dwBuildNumber))
    return STATUS_REVISION_MISMATCH;
  if (TypeMask & 0x08 && !holds(2, condition_of(ConditionMask, 0x08), VersionInfo->dwPlatformId))
    return STATUS_REVISION_MISMATCH;
  if (TypeMask & 0x80 && !holds(kWorkstation, condition_of(ConditionMask, 0x80), VersionInfo->wProductType))
    return STATUS_REVISION_MISMATCH;
  if (TypeMask & 0x40) {
    const ULONG ours = 0x100, theirs = VersionInfo->wSuiteMask, condition = condition_of(ConditionMask, 0x40);
    if (condition == kAnd ? (ours & theirs) != theirs : (ours & theirs) == 0) return STATUS_REVISION_MISMATCH;
  }
  return STATUS_SUCCESS;
}
BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG Version) {
  ApiScope scope("RtlIsNtDdiVersionAvailable", kPassiveLevel, kPassiveLevel);
  // The two low bytes are service pack and subversion; the routine answers for whole systems (Remarks).
  return (Version & 0xFFFF) == 0 && Version <= 0x0A000000;
}
BOOLEAN NTAPI PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber, PUNICODE_STRING CSDVersion) {
  ApiScope scope("PsGetVersion", kPassiveLevel, kPassiveLevel);
  if (MajorVersion) *MajorVersion = kMajor;
  if (MinorVersion) *MinorVersion = kMinor;
  if (BuildNumber) *BuildNumber = kBuild;
  if (CSDVersion) *CSDVersion = {};
  return FALSE;  // a free build
}

VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields) {
  ApiScope scope("RtlTimeToTimeFields");
  int64_t days = Time->QuadPart / kHnsPerDay;
  int64_t rest = Time->QuadPart % kHnsPerDay;
  if (rest < 0) rest += kHnsPerDay, --days;
  const std::chrono::sys_days date{std::chrono::days(days - kDaysToUnix)};
  const std::chrono::year_month_day calendar(date);
  TimeFields->Year = static_cast<CSHORT>(static_cast<int>(calendar.year()));
  TimeFields->Month = static_cast<CSHORT>(static_cast<unsigned>(calendar.month()));
  TimeFields->Day = static_cast<CSHORT>(static_cast<unsigned>(calendar.day()));
  TimeFields->Weekday = static_cast<CSHORT>(std::chrono::weekday(date).c_encoding());
  const int64_t milliseconds = rest / 10'000;
  TimeFields->Hour = static_cast<CSHORT>(milliseconds / 3'600'000);
  TimeFields->Minute = static_cast<CSHORT>(milliseconds / 60'000 % 60);
  TimeFields->Second = static_cast<CSHORT>(milliseconds / 1000 % 60);
  TimeFields->Milliseconds = static_cast<CSHORT>(milliseconds % 1000);
}
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time) {
  ApiScope scope("RtlTimeFieldsToTime");
  const TIME_FIELDS& f = *TimeFields;
  const std::chrono::year_month_day calendar{std::chrono::year(f.Year),
                                             std::chrono::month(static_cast<unsigned>(f.Month)),
                                             std::chrono::day(static_cast<unsigned>(f.Day))};
  if (f.Year < 1601 || f.Month < 1 || f.Day < 1 || !calendar.ok() || f.Hour < 0 || f.Hour > 23 || f.Minute < 0 ||
      f.Minute > 59 || f.Second < 0 || f.Second > 59 || f.Milliseconds < 0 || f.Milliseconds > 999)
    return FALSE;
  const int64_t days = std::chrono::sys_days(calendar).time_since_epoch().count() + kDaysToUnix;
  Time->QuadPart = days * kHnsPerDay + (((f.Hour * 60LL + f.Minute) * 60 + f.Second) * 1000 + f.Milliseconds) * 10'000;
  return TRUE;
}
// The machine's time zone is UTC, so that runs repeat everywhere.
VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime) {
  ApiScope scope("ExSystemTimeToLocalTime");
  *LocalTime = *SystemTime;
}
VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime) {
  ApiScope scope("ExLocalTimeToSystemTime");
  *SystemTime = *LocalTime;
}

NTSTATUS NTAPI ExUuidCreate(GUID* Uuid) {
  ApiScope scope("ExUuidCreate", kPassiveLevel, kPassiveLevel);
  // From the machine's seed: the nth identifier of a run is the same every time. RFC 9562, version 4.
  uint64_t words[2] = {services().next_random(), services().next_random()};
  words[0] = (words[0] & ~0xF000'0000'0000'0000ull) | 0x4000'0000'0000'0000ull;
  words[1] = (words[1] & ~0xC0ull) | 0x80ull;
  std::memcpy(Uuid, words, sizeof *Uuid);
  return STATUS_SUCCESS;
}
KPROCESSOR_MODE NTAPI ExGetPreviousMode(VOID) {
  ApiScope scope("ExGetPreviousMode", kPassiveLevel, kDispatchLevel);
  return KernelMode;
}

HANDLE NTAPI PsGetCurrentProcessId(VOID) {
  ApiScope scope("PsGetCurrentProcessId");
  return reinterpret_cast<HANDLE>(uint64_t{4});  // the System process
}
HANDLE NTAPI PsGetCurrentThreadId(VOID) {
  ApiScope scope("PsGetCurrentThreadId");
  return reinterpret_cast<HANDLE>(current<kernel::Kernel>().current_thread()->id());
}
PEPROCESS NTAPI PsGetCurrentProcess(VOID) {
  ApiScope scope("PsGetCurrentProcess");
  return static_cast<PEPROCESS>(kernel::Services::system_process());
}
PEPROCESS NTAPI IoGetCurrentProcess(VOID) {
  ApiScope scope("IoGetCurrentProcess");
  return static_cast<PEPROCESS>(kernel::Services::system_process());
}
HANDLE NTAPI PsGetProcessId(PEPROCESS Process) {
  ApiScope scope("PsGetProcessId");
  return reinterpret_cast<HANDLE>(uint64_t{4});
}

}  // extern "C"

namespace {
// Variables of the kernel. Drivers read them through the import's address; nothing of ours writes them.
SHORT build_number = static_cast<SHORT>(kBuild);
CCHAR processor_count = kernel::Kernel::kProcessorCount;
PVOID highest_user_address = reinterpret_cast<PVOID>(0x7FFF'FFFE'FFFFull);
PVOID system_range_start = reinterpret_cast<PVOID>(0xFFFF'8000'0000'0000ull);
ULONG64 user_probe_address = 0x7FFF'FFFF'0000ull;
PVOID initial_system_process = kernel::system_process_body;
BOOLEAN debugger_enabled = FALSE;
BOOLEAN debugger_not_present = TRUE;
}  // namespace

namespace portside::exports {
namespace {
constexpr char kUtc[] = "the machine's time zone is UTC";
constexpr char kOneProcess[] = "every thread is in the System process";
const Export kRtlMiscRows[] = {
    EXPORT(NtosKrnl, RtlGetVersion),
    EXPORT(NtosKrnl, VerSetConditionMask),
    EXPORT(NtosKrnl, RtlVerifyVersionInfo),
    EXPORT(NtosKrnl, RtlIsNtDdiVersionAvailable),
    EXPORT(NtosKrnl, PsGetVersion),
    EXPORT(NtosKrnl, RtlTimeToTimeFields),
    EXPORT(NtosKrnl, RtlTimeFieldsToTime),
    EXPORT_PARTIAL(NtosKrnl, ExSystemTimeToLocalTime, kUtc),
    EXPORT_PARTIAL(NtosKrnl, ExLocalTimeToSystemTime, kUtc),
    EXPORT(NtosKrnl, ExUuidCreate),
    EXPORT_PARTIAL(NtosKrnl, ExGetPreviousMode, "always KernelMode"),
    EXPORT_PARTIAL(NtosKrnl, PsGetCurrentProcessId, kOneProcess),
    EXPORT(NtosKrnl, PsGetCurrentThreadId),
    EXPORT_PARTIAL(NtosKrnl, PsGetCurrentProcess, kOneProcess),
    EXPORT_PARTIAL(NtosKrnl, IoGetCurrentProcess, kOneProcess),
    EXPORT_PARTIAL(NtosKrnl, PsGetProcessId, kOneProcess),
    EXPORT_DATA(NtosKrnl, "NtBuildNumber", &build_number),
    EXPORT_DATA(NtosKrnl, "KeNumberProcessors", &processor_count),
    EXPORT_DATA(NtosKrnl, "MmHighestUserAddress", &highest_user_address),
    EXPORT_DATA(NtosKrnl, "MmSystemRangeStart", &system_range_start),
    EXPORT_DATA(NtosKrnl, "MmUserProbeAddress", &user_probe_address),
    EXPORT_DATA(NtosKrnl, "PsInitialSystemProcess", &initial_system_process),
    EXPORT_DATA(NtosKrnl, "KdDebuggerEnabled", &debugger_enabled),
    EXPORT_DATA(NtosKrnl, "KdDebuggerNotPresent", &debugger_not_present),
};
}  // namespace
const ExportSet kRtlMiscExports{kRtlMiscRows};
}  // namespace portside::exports
