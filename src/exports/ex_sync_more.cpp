// Reader-writer spin locks at DISPATCH_LEVEL, counted run-down protection, interrupt spin locks: the rarer siblings of ex_sync.cpp's
// functions, over the same words.

#include <algorithm>

#include "exports/api.h"
#include "exports/io_object.h"
#include "kernel/kernel.h"

using namespace portside;
using namespace portside::exports;

namespace {

kernel::Kernel& machine() { return current<kernel::Kernel>(); }

// EX_SPIN_LOCK as in ex_sync.cpp: the top bit is the writer, the rest counts readers.
constexpr LONG kWriter = static_cast<LONG>(0x80000000);

bool try_write(PEX_SPIN_LOCK word) {
  LONG expected = 0;
  return __atomic_compare_exchange_n(word, &expected, kWriter, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
bool try_read(PEX_SPIN_LOCK word) {
  LONG seen = __atomic_load_n(word, __ATOMIC_RELAXED);
  return !(seen & kWriter) &&
         __atomic_compare_exchange_n(word, &seen, seen + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

}  // namespace

extern "C" {

VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
  ApiScope scope("ExAcquireSpinLockExclusiveAtDpcLevel", kDispatchLevel);
  machine().yield_until([&] { return try_write(SpinLock); }, "ExAcquireSpinLockExclusiveAtDpcLevel");
  machine().tell_lock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, false, "ExAcquireSpinLockExclusiveAtDpcLevel");
}
VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
  ApiScope scope("ExReleaseSpinLockExclusiveFromDpcLevel", kDispatchLevel);
  machine().tell_unlock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, "ExReleaseSpinLockExclusiveFromDpcLevel");
  __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
}
VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
  ApiScope scope("ExAcquireSpinLockSharedAtDpcLevel", kDispatchLevel);
  machine().yield_until([&] { return try_read(SpinLock); }, "ExAcquireSpinLockSharedAtDpcLevel");
  machine().tell_lock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, false, "ExAcquireSpinLockSharedAtDpcLevel",
                      true);
}
VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
  ApiScope scope("ExReleaseSpinLockSharedFromDpcLevel", kDispatchLevel);
  machine().tell_unlock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, "ExReleaseSpinLockSharedFromDpcLevel");
  __atomic_fetch_sub(SpinLock, 1, __ATOMIC_RELEASE);
}
// TRUE when the caller was the only reader, and is the writer now.
LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
  ApiScope scope("ExTryConvertSharedSpinLockExclusive", kDispatchLevel);
  constexpr const char* kApi = "ExTryConvertSharedSpinLockExclusive";
  LONG expected = 1;
  if (!__atomic_compare_exchange_n(SpinLock, &expected, kWriter, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return FALSE;
  machine().tell_unlock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, kApi);
  machine().tell_lock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, true, kApi);
  return TRUE;
}

// EX_RUNDOWN_REF: twice the number of holders, and bit 0 once run-down has begun.
BOOLEAN NTAPI ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
  ApiScope scope("ExAcquireRundownProtectionEx", kPassiveLevel, kDispatchLevel);
  ULONG_PTR seen = __atomic_load_n(&RunRef->Count, __ATOMIC_RELAXED);
  do {
    if (seen & 1) return FALSE;
  } while (!__atomic_compare_exchange_n(&RunRef->Count, &seen, seen + 2 * ULONG_PTR{Count}, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED));
  machine().takes(RunRef);
  return TRUE;
}
VOID NTAPI ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
  ApiScope scope("ExReleaseRundownProtectionEx", kPassiveLevel, kDispatchLevel);
  machine().gives(RunRef);
  __atomic_fetch_sub(&RunRef->Count, 2 * ULONG_PTR{Count}, __ATOMIC_RELEASE);
}
VOID NTAPI ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
  ApiScope scope("ExReInitializeRundownProtection", kPassiveLevel, kApcLevel);
  RunRef->Count = 0;
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kExSyncMoreRows[] = {
    EXPORT(NtosKrnl, ExAcquireSpinLockExclusiveAtDpcLevel), EXPORT(NtosKrnl, ExReleaseSpinLockExclusiveFromDpcLevel),
    EXPORT(NtosKrnl, ExAcquireSpinLockSharedAtDpcLevel),    EXPORT(NtosKrnl, ExReleaseSpinLockSharedFromDpcLevel),
    EXPORT(NtosKrnl, ExTryConvertSharedSpinLockExclusive),  EXPORT(NtosKrnl, ExAcquireRundownProtectionEx),
    EXPORT(NtosKrnl, ExReleaseRundownProtectionEx),         EXPORT(NtosKrnl, ExReInitializeRundownProtection),
};
}  // namespace
const ExportSet kExSyncMoreExports{kExSyncMoreRows};
}  // namespace portside::exports
