// The run-time library's rarer members: runs of bits, UTF-8, seconds, memory patterns, one-time initialization, security
// descriptors, probes.

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "exports/api.h"
#include "exports/raise.h"
#include "kernel/kernel.h"
#include "kernel/unicode.h"
#include "memory/memory.h"

using namespace portside;
using namespace portside::exports;

namespace {

bool bit(PRTL_BITMAP map, ULONG at) { return map->Buffer[at / 32] >> at % 32 & 1; }

// The clear run that begins at or behind `from`; of length 0 at the end.
RTL_BITMAP_RUN next_clear_run(PRTL_BITMAP map, ULONG from) {
  while (from < map->SizeOfBitMap && bit(map, from)) ++from;
  ULONG end = from;
  while (end < map->SizeOfBitMap && !bit(map, end)) ++end;
  return {from, end - from};
}

constexpr int64_t kHnsPerSecond = 10'000'000;
constexpr int64_t kSecondsTo1970 = 11'644'473'600;  // from 1601-01-01
constexpr int64_t kSecondsTo1980 = 11'960'006'400;

BOOLEAN seconds_since(int64_t start, PLARGE_INTEGER time, PULONG seconds) {
  const int64_t since = time->QuadPart / kHnsPerSecond - start;
  if (since < 0 || since > UINT32_MAX) return FALSE;
  *seconds = static_cast<ULONG>(since);
  return TRUE;
}

// RTL_RUN_ONCE: null, or one of two states in the low bits, or the context with the third.
constexpr ULONG_PTR kRunning = 1, kRunningAsync = 2, kDone = 3, kStateBits = 3;

}  // namespace

extern "C" {

ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray, ULONG SizeOfRunArray,
                             BOOLEAN LocateLongestRuns) {
  ApiScope scope("RtlFindClearRuns");
  std::vector<RTL_BITMAP_RUN> runs;
  for (RTL_BITMAP_RUN run = next_clear_run(BitMapHeader, 0); run.NumberOfBits;
       run = next_clear_run(BitMapHeader, run.StartingIndex + run.NumberOfBits)) {
    runs.push_back(run);
    if (!LocateLongestRuns && runs.size() == SizeOfRunArray) break;
  }
  // The longest first; of runs of one length the first.
  if (LocateLongestRuns)
    std::ranges::sort(runs, [](const RTL_BITMAP_RUN& a, const RTL_BITMAP_RUN& b) {
      return a.NumberOfBits != b.NumberOfBits ? a.NumberOfBits > b.NumberOfBits : a.StartingIndex < b.StartingIndex;
    });
  const auto count = std::min<ULONG>(SizeOfRunArray, static_cast<ULONG>(runs.size()));
  std::copy_n(runs.begin(), count, RunArray);
  return count;
}
ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex) {
  RTL_BITMAP_RUN run{};
  if (RtlFindClearRuns(BitMapHeader, &run, 1, TRUE) == 0) run = {};
  *StartingIndex = run.StartingIndex;
  return run.NumberOfBits;
}
ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex, PULONG StartingRunIndex) {
  ApiScope scope("RtlFindNextForwardRunClear");
  const RTL_BITMAP_RUN run = next_clear_run(BitMapHeader, FromIndex);
  *StartingRunIndex = run.NumberOfBits ? run.StartingIndex : FromIndex;
  return run.NumberOfBits;
}
ULONG NTAPI RtlFindFirstRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex) {
  return RtlFindNextForwardRunClear(BitMapHeader, 0, StartingIndex);
}
ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex, PULONG StartingRunIndex) {
  ApiScope scope("RtlFindLastBackwardRunClear");
  int64_t end = std::min<int64_t>(FromIndex, int64_t{BitMapHeader->SizeOfBitMap} - 1);
  while (end >= 0 && bit(BitMapHeader, static_cast<ULONG>(end))) --end;
  int64_t start = end;
  while (start >= 0 && !bit(BitMapHeader, static_cast<ULONG>(start))) --start;
  *StartingRunIndex = end < 0 ? FromIndex : static_cast<ULONG>(start + 1);
  return static_cast<ULONG>(end - start);
}
// -1 for an empty set.
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set) { return static_cast<CCHAR>(63 - std::countl_zero(Set)); }
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set) { return static_cast<CCHAR>(Set ? std::countr_zero(Set) : -1); }
ULONG NTAPI RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target) { return static_cast<ULONG>(std::popcount(Target)); }

NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING* Source) {
  ApiScope scope("RtlAppendStringToString", kPassiveLevel, kDispatchLevel);
  if (!Source || !Source->Length) return STATUS_SUCCESS;
  if (Destination->Length + Source->Length > Destination->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
  std::memmove(Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
  Destination->Length = static_cast<USHORT>(Destination->Length + Source->Length);
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                 PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
                                 ULONG UTF8StringByteCount) {
  ApiScope scope("RtlUTF8ToUnicodeN", kPassiveLevel, kPassiveLevel);
  if (!UTF8StringSource || !UnicodeStringActualByteCount) return STATUS_INVALID_PARAMETER;
  // Each ill-formed byte becomes U+FFFD (Remarks), unlike in names, where it is code page 1252.
  std::u16string text;
  bool replaced = false;
  for (ULONG i = 0; i < UTF8StringByteCount;) {
    const auto lead = static_cast<uint8_t>(UTF8StringSource[i]);
    const unsigned more = lead < 0x80                   ? 0
                          : lead >= 0xC2 && lead < 0xE0 ? 1
                          : lead >= 0xE0 && lead < 0xF0 ? 2
                          : lead >= 0xF0 && lead < 0xF5 ? 3
                                                        : 4;
    uint32_t point = more == 0 ? lead : more < 4 ? lead & (0x3F >> more) : 0;
    bool good = more < 4 && i + more < UTF8StringByteCount + 0u;
    for (unsigned k = 1; good && k <= more; ++k) {
      const auto next = static_cast<uint8_t>(UTF8StringSource[i + k]);
      good = (next & 0xC0) == 0x80;
      point = point << 6 | (next & 0x3F);
    }
    constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    good = good && point >= kLeast[more] && point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
    if (!good) {
      text += u'\uFFFD';
      replaced = true;
      ++i;
      continue;
    }
    if (point < 0x10000) {
      text += static_cast<char16_t>(point);
    } else {
      text += static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10));
      text += static_cast<char16_t>(0xDC00 + (point & 0x3FF));
    }
    i += more + 1;
  }
  const auto bytes = static_cast<ULONG>(text.size() * sizeof(WCHAR));
  if (!UnicodeStringDestination) {  // how much room is needed
    *UnicodeStringActualByteCount = bytes;
    return STATUS_SUCCESS;
  }
  const ULONG count = std::min<ULONG>(bytes, UnicodeStringMaxByteCount & ~1u);
  std::memcpy(UnicodeStringDestination, text.data(), count);
  *UnicodeStringActualByteCount = count;
  return count < bytes ? STATUS_BUFFER_TOO_SMALL : replaced ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString, PCWCH, ULONG BytesInUnicodeString) {
  ApiScope scope("RtlUnicodeToMultiByteSize", kPassiveLevel, kPassiveLevel);
  *BytesInMultiByteString = BytesInUnicodeString / sizeof(WCHAR);  // code page 1252: one byte a character
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString, const CHAR*, ULONG BytesInMultiByteString) {
  ApiScope scope("RtlMultiByteToUnicodeSize", kPassiveLevel, kPassiveLevel);
  *BytesInUnicodeString = BytesInMultiByteString * sizeof(WCHAR);
  return STATUS_SUCCESS;
}

VOID NTAPI RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time) {
  Time->QuadPart = (kSecondsTo1970 + ElapsedSeconds) * kHnsPerSecond;
}
VOID NTAPI RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time) {
  Time->QuadPart = (kSecondsTo1980 + ElapsedSeconds) * kHnsPerSecond;
}
BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds) {
  return seconds_since(kSecondsTo1970, Time, ElapsedSeconds);
}
BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds) {
  return seconds_since(kSecondsTo1980, Time, ElapsedSeconds);
}

SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern) {
  ApiScope scope("RtlCompareMemoryUlong");
  const auto* words = static_cast<const ULONG*>(Source);
  SIZE_T same = 0;
  while (same < Length / sizeof(ULONG) && words[same] == Pattern) ++same;
  return same * sizeof(ULONG);
}

VOID NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce) { RunOnce->Ptr = nullptr; }
NTSTATUS NTAPI RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID* Context) {
  ApiScope scope("RtlRunOnceBeginInitialize", kPassiveLevel, kApcLevel);
  constexpr ULONG kKnown = RTL_RUN_ONCE_CHECK_ONLY | RTL_RUN_ONCE_ASYNC;
  if ((Flags & ~kKnown) || Flags == kKnown) return STATUS_INVALID_PARAMETER;
  auto* word = reinterpret_cast<ULONG_PTR*>(&RunOnce->Ptr);
  for (;;) {
    ULONG_PTR seen = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    if ((seen & kStateBits) == kDone) {
      if (Context) *Context = reinterpret_cast<PVOID>(seen & ~kStateBits);
      return STATUS_SUCCESS;
    }
    if (Flags & RTL_RUN_ONCE_CHECK_ONLY) return STATUS_UNSUCCESSFUL;
    const ULONG_PTR wanted = Flags & RTL_RUN_ONCE_ASYNC ? kRunningAsync : kRunning;
    if (seen == 0) {
      if (__atomic_compare_exchange_n(word, &seen, wanted, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return STATUS_PENDING;
      continue;
    }
    // Asynchronous attempts run side by side; the two kinds do not mix.
    if (seen == kRunningAsync) return wanted == kRunningAsync ? STATUS_PENDING : STATUS_INVALID_PARAMETER;
    if (wanted == kRunningAsync) return STATUS_INVALID_PARAMETER;
    current<kernel::Kernel>().yield_until([&] { return __atomic_load_n(word, __ATOMIC_ACQUIRE) != kRunning; },
                                          "RtlRunOnceBeginInitialize");
  }
}
NTSTATUS NTAPI RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context) {
  ApiScope scope("RtlRunOnceComplete", kPassiveLevel, kApcLevel);
  const bool failed = Flags & RTL_RUN_ONCE_INIT_FAILED;
  const bool async = Flags & RTL_RUN_ONCE_ASYNC;
  if ((Flags & ~(RTL_RUN_ONCE_ASYNC | RTL_RUN_ONCE_INIT_FAILED)) || (failed && (async || Context)))
    return STATUS_INVALID_PARAMETER;
  // RTL_RUN_ONCE_CTX_RESERVED_BITS: the low bits of a context are not the driver's.
  if (reinterpret_cast<ULONG_PTR>(Context) & kStateBits) return STATUS_INVALID_PARAMETER;
  auto* word = reinterpret_cast<ULONG_PTR*>(&RunOnce->Ptr);
  ULONG_PTR expected = async ? kRunningAsync : kRunning;
  const ULONG_PTR wanted = failed ? 0 : reinterpret_cast<ULONG_PTR>(Context) | kDone;
  if (__atomic_compare_exchange_n(word, &expected, wanted, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return STATUS_SUCCESS;
  return async && (expected & kStateBits) == kDone ? STATUS_OBJECT_NAME_COLLISION : STATUS_UNSUCCESSFUL;
}
NTSTATUS NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn, PVOID Parameter,
                                     PVOID* Context) {
  const NTSTATUS begun = RtlRunOnceBeginInitialize(RunOnce, 0, Context);
  if (begun != STATUS_PENDING) return begun;
  PVOID made = nullptr;
  if (!InitFn(RunOnce, Parameter, &made)) {
    (void)RtlRunOnceComplete(RunOnce, RTL_RUN_ONCE_INIT_FAILED, nullptr);
    return STATUS_UNSUCCESSFUL;
  }
  const NTSTATUS status = RtlRunOnceComplete(RunOnce, 0, made);
  if (NT_SUCCESS(status) && Context) *Context = made;
  return status;
}

// A user buffer is memory of the one process that there is: what is tested is what the page tests, alignment and the boundary.
VOID NTAPI ProbeForRead(const volatile VOID* Address, SIZE_T Length, ULONG Alignment) {
  ApiScope scope("ProbeForRead", kPassiveLevel, kApcLevel);
  if (!Length) return;
  const auto at = reinterpret_cast<ULONG_PTR>(Address);
  if (Alignment && at % Alignment) raise_status(STATUS_DATATYPE_MISALIGNMENT);
  if (at + Length < at || current<memory::Memory>().in_arena(KernelAddress(at))) raise_status(STATUS_ACCESS_VIOLATION);
}
VOID NTAPI ProbeForWrite(volatile VOID* Address, SIZE_T Length, ULONG Alignment) {
  ProbeForRead(Address, Length, Alignment);
  // Each page is written to, with what it holds (Remarks).
  for (SIZE_T i = 0; i < Length; i += kPageBytes) {
    auto* byte = static_cast<volatile char*>(Address) + i;
    *byte = *byte;
  }
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kCodePage[] = "code page 1252";
constexpr char kOneSpace[] =
    "refuses kernel memory that the machine gave out; other addresses are found out by touching them";
const Export kRtlMoreRows[] = {
    EXPORT(NtosKrnl, RtlFindClearRuns),
    EXPORT(NtosKrnl, RtlFindLongestRunClear),
    EXPORT(NtosKrnl, RtlFindNextForwardRunClear),
    EXPORT(NtosKrnl, RtlFindFirstRunClear),
    EXPORT(NtosKrnl, RtlFindLastBackwardRunClear),
    EXPORT(NtosKrnl, RtlFindMostSignificantBit),
    EXPORT(NtosKrnl, RtlFindLeastSignificantBit),
    EXPORT(NtosKrnl, RtlNumberOfSetBitsUlongPtr),
    EXPORT(NtosKrnl, RtlAppendStringToString),
    EXPORT(NtosKrnl, RtlUTF8ToUnicodeN),
    EXPORT_PARTIAL(NtosKrnl, RtlUnicodeToMultiByteSize, kCodePage),
    EXPORT_PARTIAL(NtosKrnl, RtlMultiByteToUnicodeSize, kCodePage),
    EXPORT(NtosKrnl, RtlSecondsSince1970ToTime),
    EXPORT(NtosKrnl, RtlSecondsSince1980ToTime),
    EXPORT(NtosKrnl, RtlTimeToSecondsSince1970),
    EXPORT(NtosKrnl, RtlTimeToSecondsSince1980),
    EXPORT(NtosKrnl, RtlCompareMemoryUlong),
    EXPORT(NtosKrnl, RtlRunOnceInitialize),
    EXPORT(NtosKrnl, RtlRunOnceBeginInitialize),
    EXPORT(NtosKrnl, RtlRunOnceComplete),
    EXPORT(NtosKrnl, RtlRunOnceExecuteOnce),
    EXPORT_PARTIAL(NtosKrnl, ProbeForRead, kOneSpace),
    EXPORT_PARTIAL(NtosKrnl, ProbeForWrite, kOneSpace),
};
}  // namespace
const ExportSet kRtlMoreExports{kRtlMoreRows};
}  // namespace portside::exports
