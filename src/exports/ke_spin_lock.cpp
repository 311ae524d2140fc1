// IRQL and spin locks, over kernel/kernel.h and kernel/spin_locks.h.

#include "exports/api.h"
#include "kernel/kernel.h"
#include "kernel/spin_locks.h"

using namespace portside;
using namespace portside::exports;
using kernel::Kernel;
using kernel::SpinLocks;

namespace {
Kernel& machine() { return current<Kernel>(); }
SpinLocks& spin_locks() { return machine().spin_locks(); }
}  // namespace

extern "C" {

KIRQL NTAPI KeGetCurrentIrql(VOID) {
  ApiScope scope("KeGetCurrentIrql");
  return machine().current_irql();
}

KIRQL NTAPI KfRaiseIrql(KIRQL NewIrql) {
  ApiScope scope("KfRaiseIrql");
  return machine().raise_irql(NewIrql, "KfRaiseIrql");
}

VOID NTAPI KeLowerIrql(KIRQL NewIrql) {
  ApiScope scope("KeLowerIrql");
  machine().lower_irql(NewIrql, "KeLowerIrql");
}

KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID) {
  ApiScope scope("KeRaiseIrqlToDpcLevel", kPassiveLevel, kDispatchLevel);
  return machine().raise_irql(kDispatchLevel, "KeRaiseIrqlToDpcLevel");
}

VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock) {
  ApiScope scope("KeInitializeSpinLock");
  *SpinLock = 0;
}

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock) {
  ApiScope scope("KeAcquireSpinLockRaiseToDpc", kPassiveLevel, kDispatchLevel);
  return spin_locks().acquire(reinterpret_cast<uint64_t*>(SpinLock), "KeAcquireSpinLockRaiseToDpc");
}

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql) {
  ApiScope scope("KeReleaseSpinLock", kDispatchLevel, kDispatchLevel);
  spin_locks().release(reinterpret_cast<uint64_t*>(SpinLock), NewIrql, "KeReleaseSpinLock");
}

VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
  ApiScope scope("KeAcquireSpinLockAtDpcLevel", kDispatchLevel);
  spin_locks().acquire_at_level(reinterpret_cast<uint64_t*>(SpinLock), "KeAcquireSpinLockAtDpcLevel");
}

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock) {
  ApiScope scope("KeReleaseSpinLockFromDpcLevel", kDispatchLevel);
  spin_locks().release_from_level(reinterpret_cast<uint64_t*>(SpinLock), "KeReleaseSpinLockFromDpcLevel");
}

BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
  ApiScope scope("KeTryToAcquireSpinLockAtDpcLevel", kDispatchLevel);
  return spin_locks().try_acquire_at_level(reinterpret_cast<uint64_t*>(SpinLock), "KeTryToAcquireSpinLockAtDpcLevel");
}

BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK SpinLock) {
  ApiScope scope("KeTestSpinLock");
  return spin_locks().is_free(reinterpret_cast<uint64_t*>(SpinLock));
}

// KeAcquireSpinLockForDpc: "raises the IRQL as a threaded DPC needs"; ours run at DISPATCH_LEVEL.
KIRQL NTAPI KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock) {
  ApiScope scope("KeAcquireSpinLockForDpc", kPassiveLevel, kDispatchLevel);
  return spin_locks().acquire(reinterpret_cast<uint64_t*>(SpinLock), "KeAcquireSpinLockForDpc");
}

VOID NTAPI KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql) {
  ApiScope scope("KeReleaseSpinLockForDpc", kDispatchLevel, kDispatchLevel);
  spin_locks().release(reinterpret_cast<uint64_t*>(SpinLock), OldIrql, "KeReleaseSpinLockForDpc");
}

VOID NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle) {
  ApiScope scope("KeAcquireInStackQueuedSpinLock", kPassiveLevel, kDispatchLevel);
  LockHandle->LockQueue.Next = nullptr;
  LockHandle->LockQueue.Lock = SpinLock;
  LockHandle->OldIrql = spin_locks().acquire(reinterpret_cast<uint64_t*>(SpinLock), "KeAcquireInStackQueuedSpinLock");
}

VOID NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle) {
  ApiScope scope("KeReleaseInStackQueuedSpinLock", kDispatchLevel, kDispatchLevel);
  spin_locks().release(reinterpret_cast<uint64_t*>(LockHandle->LockQueue.Lock), LockHandle->OldIrql,
                       "KeReleaseInStackQueuedSpinLock");
}

VOID NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle) {
  ApiScope scope("KeAcquireInStackQueuedSpinLockAtDpcLevel", kDispatchLevel);
  LockHandle->LockQueue.Next = nullptr;
  LockHandle->LockQueue.Lock = SpinLock;
  LockHandle->OldIrql = machine().current_irql();
  spin_locks().acquire_at_level(reinterpret_cast<uint64_t*>(SpinLock), "KeAcquireInStackQueuedSpinLockAtDpcLevel");
}

VOID NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle) {
  ApiScope scope("KeReleaseInStackQueuedSpinLockFromDpcLevel", kDispatchLevel);
  spin_locks().release_from_level(reinterpret_cast<uint64_t*>(LockHandle->LockQueue.Lock),
                                  "KeReleaseInStackQueuedSpinLockFromDpcLevel");
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kKeSpinLockRows[] = {
    EXPORT(NtosKrnl, KeGetCurrentIrql),
    EXPORT(NtosKrnl, KfRaiseIrql),
    EXPORT(NtosKrnl, KeLowerIrql),
    EXPORT(NtosKrnl, KeRaiseIrqlToDpcLevel),
    EXPORT(NtosKrnl, KeInitializeSpinLock),
    EXPORT(NtosKrnl, KeAcquireSpinLockRaiseToDpc),
    EXPORT(NtosKrnl, KeReleaseSpinLock),
    EXPORT(NtosKrnl, KeAcquireSpinLockAtDpcLevel),
    EXPORT(NtosKrnl, KeReleaseSpinLockFromDpcLevel),
    EXPORT(NtosKrnl, KeTryToAcquireSpinLockAtDpcLevel),
    EXPORT(NtosKrnl, KeTestSpinLock),
    EXPORT(NtosKrnl, KeAcquireSpinLockForDpc),
    EXPORT(NtosKrnl, KeReleaseSpinLockForDpc),
    EXPORT_PARTIAL(NtosKrnl, KeAcquireInStackQueuedSpinLock, "not in order of arrival"),
    EXPORT(NtosKrnl, KeReleaseInStackQueuedSpinLock),
    EXPORT_PARTIAL(NtosKrnl, KeAcquireInStackQueuedSpinLockAtDpcLevel, "not in order of arrival"),
    EXPORT(NtosKrnl, KeReleaseInStackQueuedSpinLockFromDpcLevel),
};
}  // namespace
const ExportSet kKeSpinLockExports{kKeSpinLockRows};
}  // namespace portside::exports
