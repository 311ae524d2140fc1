// Fast and guarded mutexes, resources, run-down protection, push locks and reader-writer spin locks: over
// kernel/fast_mutex.h, kernel/resource.h and kernel/kernel.h.

#include "exports/api.h"
#include "kernel/dispatcher.h"
#include "kernel/fast_mutex.h"
#include "kernel/kernel.h"
#include "kernel/resource.h"

using namespace portside;
using namespace portside::exports;
using kernel::FastMutex;
using kernel::Kernel;
using kernel::Resource;

namespace {

Kernel& machine() { return current<Kernel>(); }

// EX_PUSH_LOCK and EX_SPIN_LOCK words: the top bit is the writer, the rest counts readers.
template <class Word>
constexpr Word kWriter = static_cast<Word>(Word{1} << (sizeof(Word) * 8 - 1));

template <class Word>
bool try_write(Word* word) {
  Word expected = 0;
  return __atomic_compare_exchange_n(word, &expected, kWriter<Word>, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}
template <class Word>
bool try_read(Word* word) {
  Word seen = __atomic_load_n(word, __ATOMIC_RELAXED);
  return !(seen & kWriter<Word>) &&
         __atomic_compare_exchange_n(word, &seen, seen + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

}  // namespace

extern "C" {

// ExAcquireFastMutex raises to APC_LEVEL and keeps the old IRQL in the mutex.
VOID NTAPI ExAcquireFastMutex(PFAST_MUTEX Mutex) {
  ApiScope scope("ExAcquireFastMutex", kPassiveLevel, kApcLevel);
  const KIRQL old = machine().current_irql();
  if (old < kApcLevel) machine().raise_irql(kApcLevel, "ExAcquireFastMutex");
  FastMutex(machine(), Mutex).acquire("ExAcquireFastMutex");
  Mutex->OldIrql = old;
}
VOID NTAPI ExReleaseFastMutex(PFAST_MUTEX Mutex) {
  ApiScope scope("ExReleaseFastMutex", kApcLevel, kApcLevel);
  const KIRQL old = static_cast<KIRQL>(Mutex->OldIrql);
  FastMutex(machine(), Mutex).release("ExReleaseFastMutex");
  machine().lower_irql(old, "ExReleaseFastMutex");
}
BOOLEAN NTAPI ExTryToAcquireFastMutex(PFAST_MUTEX Mutex) {
  ApiScope scope("ExTryToAcquireFastMutex", kPassiveLevel, kApcLevel);
  if (!FastMutex(machine(), Mutex).try_acquire("ExTryToAcquireFastMutex")) return FALSE;
  const KIRQL old = machine().current_irql();
  if (old < kApcLevel) machine().raise_irql(kApcLevel, "ExTryToAcquireFastMutex");
  Mutex->OldIrql = old;
  return TRUE;
}
VOID NTAPI ExAcquireFastMutexUnsafe(PFAST_MUTEX Mutex) {
  ApiScope scope("ExAcquireFastMutexUnsafe", kPassiveLevel, kApcLevel);
  FastMutex(machine(), Mutex).acquire("ExAcquireFastMutexUnsafe");
}
VOID NTAPI ExReleaseFastMutexUnsafe(PFAST_MUTEX Mutex) {
  ApiScope scope("ExReleaseFastMutexUnsafe", kPassiveLevel, kApcLevel);
  FastMutex(machine(), Mutex).release("ExReleaseFastMutexUnsafe");
}

VOID NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex) {
  ApiScope scope("KeInitializeGuardedMutex", kPassiveLevel, kApcLevel);
  FastMutex(machine(), Mutex).initialize();
}
VOID NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
  ApiScope scope("KeAcquireGuardedMutex", kPassiveLevel, kApcLevel);
  ++machine().current_thread()->apc_disable;
  FastMutex(machine(), Mutex).acquire("KeAcquireGuardedMutex");
}
VOID NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex) {
  ApiScope scope("KeReleaseGuardedMutex", kPassiveLevel, kApcLevel);
  FastMutex(machine(), Mutex).release("KeReleaseGuardedMutex");
  --machine().current_thread()->apc_disable;
}
BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
  ApiScope scope("KeTryToAcquireGuardedMutex", kPassiveLevel, kApcLevel);
  if (!FastMutex(machine(), Mutex).try_acquire("KeTryToAcquireGuardedMutex")) return FALSE;
  ++machine().current_thread()->apc_disable;
  return TRUE;
}

NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Res) {
  ApiScope scope("ExInitializeResourceLite", kPassiveLevel, kDispatchLevel);
  Resource(machine(), Res).initialize();
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Res) {
  ApiScope scope("ExReinitializeResourceLite", kPassiveLevel, kDispatchLevel);
  Resource(machine(), Res).destroy("ExReinitializeResourceLite");
  Resource(machine(), Res).initialize();
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Res) {
  ApiScope scope("ExDeleteResourceLite", kPassiveLevel, kApcLevel);
  Resource(machine(), Res).destroy("ExDeleteResourceLite");
  return STATUS_SUCCESS;
}
BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Res, BOOLEAN Wait) {
  ApiScope scope("ExAcquireResourceExclusiveLite", kPassiveLevel, kApcLevel);
  return Resource(machine(), Res).acquire_exclusive(Wait, "ExAcquireResourceExclusiveLite");
}
BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Res, BOOLEAN Wait) {
  ApiScope scope("ExAcquireResourceSharedLite", kPassiveLevel, kApcLevel);
  return Resource(machine(), Res).acquire_shared(Wait, false, "ExAcquireResourceSharedLite");
}
BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Res, BOOLEAN Wait) {
  ApiScope scope("ExAcquireSharedStarveExclusive", kPassiveLevel, kApcLevel);
  return Resource(machine(), Res).acquire_shared(Wait, true, "ExAcquireSharedStarveExclusive");
}
VOID NTAPI ExReleaseResourceLite(PERESOURCE Res) {
  ApiScope scope("ExReleaseResourceLite", kPassiveLevel, kDispatchLevel);
  Resource(machine(), Res).release("ExReleaseResourceLite");
}
VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Res) {
  ApiScope scope("ExConvertExclusiveToSharedLite", kPassiveLevel, kDispatchLevel);
  Resource(machine(), Res).convert_to_shared("ExConvertExclusiveToSharedLite");
}
BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Res) {
  ApiScope scope("ExIsResourceAcquiredExclusiveLite", kPassiveLevel, kDispatchLevel);
  return Resource(machine(), Res).held_exclusive("ExIsResourceAcquiredExclusiveLite");
}
ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Res) {
  ApiScope scope("ExIsResourceAcquiredSharedLite", kPassiveLevel, kDispatchLevel);
  return Resource(machine(), Res).times_held("ExIsResourceAcquiredSharedLite");
}

// EX_RUNDOWN_REF: twice the number of holders, and bit 0 once run-down has begun.
VOID NTAPI ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
  ApiScope scope("ExInitializeRundownProtection", kPassiveLevel, kApcLevel);
  RunRef->Count = 0;
}
BOOLEAN NTAPI ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef) {
  ApiScope scope("ExAcquireRundownProtection", kPassiveLevel, kDispatchLevel);
  ULONG_PTR seen = __atomic_load_n(&RunRef->Count, __ATOMIC_RELAXED);
  do {
    if (seen & 1) return FALSE;
  } while (!__atomic_compare_exchange_n(&RunRef->Count, &seen, seen + 2, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
  machine().takes(RunRef);
  return TRUE;
}
VOID NTAPI ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef) {
  ApiScope scope("ExReleaseRundownProtection", kPassiveLevel, kDispatchLevel);
  machine().gives(RunRef);
  __atomic_fetch_sub(&RunRef->Count, 2, __ATOMIC_RELEASE);
}
VOID NTAPI ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef) {
  ApiScope scope("ExWaitForRundownProtectionRelease", kPassiveLevel, kApcLevel);
  __atomic_fetch_or(&RunRef->Count, 1, __ATOMIC_ACQUIRE);
  machine().yield_until([&] { return __atomic_load_n(&RunRef->Count, __ATOMIC_ACQUIRE) == 1; },
                        "ExWaitForRundownProtectionRelease");
  machine().takes(RunRef);
}
VOID NTAPI ExRundownCompleted(PEX_RUNDOWN_REF RunRef) {
  ApiScope scope("ExRundownCompleted", kPassiveLevel, kApcLevel);
  RunRef->Count = 1;
}

VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK PushLock) {
  ApiScope scope("ExInitializePushLock", kPassiveLevel, kApcLevel);
  *PushLock = 0;
}
VOID NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG) {
  ApiScope scope("ExAcquirePushLockExclusiveEx", kPassiveLevel, kApcLevel);
  machine().yield_until([&] { return try_write(PushLock); }, "ExAcquirePushLockExclusiveEx");
  machine().tell_lock(kernel::LockKind::kPushLock, PushLock, false, "ExAcquirePushLockExclusiveEx");
}
VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG) {
  ApiScope scope("ExAcquirePushLockSharedEx", kPassiveLevel, kApcLevel);
  machine().yield_until([&] { return try_read(PushLock); }, "ExAcquirePushLockSharedEx");
  machine().tell_lock(kernel::LockKind::kPushLock, PushLock, false, "ExAcquirePushLockSharedEx", true);
}
VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG) {
  ApiScope scope("ExReleasePushLockExclusiveEx", kPassiveLevel, kApcLevel);
  machine().tell_unlock(kernel::LockKind::kPushLock, PushLock, "ExReleasePushLockExclusiveEx");
  __atomic_store_n(PushLock, ULONG_PTR{0}, __ATOMIC_RELEASE);
}
VOID NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG) {
  ApiScope scope("ExReleasePushLockSharedEx", kPassiveLevel, kApcLevel);
  machine().tell_unlock(kernel::LockKind::kPushLock, PushLock, "ExReleasePushLockSharedEx");
  __atomic_fetch_sub(PushLock, 1, __ATOMIC_RELEASE);
}

KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
  ApiScope scope("ExAcquireSpinLockExclusive", kPassiveLevel, kDispatchLevel);
  const KIRQL old = machine().raise_irql(kDispatchLevel, "ExAcquireSpinLockExclusive");
  machine().yield_until([&] { return try_write(SpinLock); }, "ExAcquireSpinLockExclusive");
  machine().tell_lock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, false, "ExAcquireSpinLockExclusive");
  return old;
}
VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
  ApiScope scope("ExReleaseSpinLockExclusive", kDispatchLevel, kDispatchLevel);
  machine().tell_unlock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, "ExReleaseSpinLockExclusive");
  __atomic_store_n(SpinLock, 0, __ATOMIC_RELEASE);
  machine().lower_irql(OldIrql, "ExReleaseSpinLockExclusive");
}
KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock) {
  ApiScope scope("ExAcquireSpinLockShared", kPassiveLevel, kDispatchLevel);
  const KIRQL old = machine().raise_irql(kDispatchLevel, "ExAcquireSpinLockShared");
  machine().yield_until([&] { return try_read(SpinLock); }, "ExAcquireSpinLockShared");
  machine().tell_lock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, false, "ExAcquireSpinLockShared", true);
  return old;
}
VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
  ApiScope scope("ExReleaseSpinLockShared", kDispatchLevel, kDispatchLevel);
  machine().tell_unlock(kernel::LockKind::kReaderWriterSpinLock, SpinLock, "ExReleaseSpinLockShared");
  __atomic_fetch_sub(SpinLock, 1, __ATOMIC_RELEASE);
  machine().lower_irql(OldIrql, "ExReleaseSpinLockShared");
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kExSyncRows[] = {
    EXPORT(NtosKrnl, ExAcquireFastMutex),
    EXPORT(NtosKrnl, ExReleaseFastMutex),
    EXPORT(NtosKrnl, ExTryToAcquireFastMutex),
    EXPORT(NtosKrnl, ExAcquireFastMutexUnsafe),
    EXPORT(NtosKrnl, ExReleaseFastMutexUnsafe),
    EXPORT(NtosKrnl, KeInitializeGuardedMutex),
    EXPORT(NtosKrnl, KeAcquireGuardedMutex),
    EXPORT(NtosKrnl, KeReleaseGuardedMutex),
    EXPORT(NtosKrnl, KeTryToAcquireGuardedMutex),
    EXPORT(NtosKrnl, ExInitializeResourceLite),
    EXPORT(NtosKrnl, ExReinitializeResourceLite),
    EXPORT(NtosKrnl, ExDeleteResourceLite),
    EXPORT(NtosKrnl, ExAcquireResourceExclusiveLite),
    EXPORT(NtosKrnl, ExAcquireResourceSharedLite),
    EXPORT(NtosKrnl, ExAcquireSharedStarveExclusive),
    EXPORT(NtosKrnl, ExReleaseResourceLite),
    EXPORT(NtosKrnl, ExConvertExclusiveToSharedLite),
    EXPORT(NtosKrnl, ExIsResourceAcquiredExclusiveLite),
    EXPORT(NtosKrnl, ExIsResourceAcquiredSharedLite),
    EXPORT(NtosKrnl, ExInitializeRundownProtection),
    EXPORT(NtosKrnl, ExAcquireRundownProtection),
    EXPORT(NtosKrnl, ExReleaseRundownProtection),
    EXPORT(NtosKrnl, ExWaitForRundownProtectionRelease),
    EXPORT(NtosKrnl, ExRundownCompleted),
    EXPORT(NtosKrnl, ExInitializePushLock),
    EXPORT(NtosKrnl, ExAcquirePushLockExclusiveEx),
    EXPORT(NtosKrnl, ExAcquirePushLockSharedEx),
    EXPORT(NtosKrnl, ExReleasePushLockExclusiveEx),
    EXPORT(NtosKrnl, ExReleasePushLockSharedEx),
    EXPORT(NtosKrnl, ExAcquireSpinLockExclusive),
    EXPORT(NtosKrnl, ExReleaseSpinLockExclusive),
    EXPORT(NtosKrnl, ExAcquireSpinLockShared),
    EXPORT(NtosKrnl, ExReleaseSpinLockShared),
};
}  // namespace
const ExportSet kExSyncExports{kExSyncRows};
}  // namespace portside::exports
