// Locks: released by whoever does not hold them, acquired twice, and in two orders.
#include "case_parts.h"

namespace {

KSPIN_LOCK first_lock, second_lock;
volatile LONG dpc_ran;

void NTAPI hold_in_dpc(PRKDPC, PVOID wrong, PVOID, PVOID) {
  KeAcquireSpinLockAtDpcLevel(&first_lock);  // breaks BugCheck
  if (!wrong) KeReleaseSpinLockFromDpcLevel(&first_lock);
  InterlockedExchange(&dpc_ran, 1);
}

// A DPC of the other processor acquires the first lock, and releases it unless it is wrong. Waits for its end, at DISPATCH_LEVEL.
void hold_elsewhere(bool wrong) {
  static KDPC dpc;
  KeInitializeDpc(&dpc, hold_in_dpc, reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(wrong)));
  KeSetTargetProcessorDpc(&dpc, static_cast<CCHAR>(1 - KeGetCurrentProcessorNumberEx(nullptr)));
  KeInsertQueueDpc(&dpc, nullptr, nullptr);
  while (!dpc_ran) KeStallExecutionProcessor(10);
}

void both(KSPIN_LOCK* outer, KSPIN_LOCK* inner) {
  KIRQL old;
  KeAcquireSpinLock(outer, &old);
  KeAcquireSpinLockAtDpcLevel(inner);  // breaks LockOrderReversed
  KeReleaseSpinLockFromDpcLevel(inner);
  KeReleaseSpinLock(outer, old);
}

}  // namespace

void ReleaseFreeSpinLock(IPortWaveRTStream*, bool wrong) {
  KeInitializeSpinLock(&first_lock);
  AtDispatch level(true);
  if (!wrong) KeAcquireSpinLockAtDpcLevel(&first_lock);
  KeReleaseSpinLockFromDpcLevel(&first_lock);  // breaks SpinLockReleasedFree
}

void ReleaseOthersSpinLock(IPortWaveRTStream*, bool wrong) {
  KeInitializeSpinLock(&first_lock);
  AtDispatch level(true);
  hold_elsewhere(wrong);
  if (wrong) KeReleaseSpinLockFromDpcLevel(&first_lock);  // breaks SpinLockReleasedByOther
}

// Who spins for ever does nothing wrong: the DPC has forgotten the lock.
void KeepSpinLock(IPortWaveRTStream*, bool wrong) {
  KeInitializeSpinLock(&first_lock);
  AtDispatch level(true);
  hold_elsewhere(wrong);
  KeAcquireSpinLockAtDpcLevel(&first_lock);
  KeReleaseSpinLockFromDpcLevel(&first_lock);
}

void AcquireSpinLockTwice(IPortWaveRTStream*, bool wrong) {
  KeInitializeSpinLock(&first_lock);
  AtDispatch level(true);
  KeAcquireSpinLockAtDpcLevel(&first_lock);
  if (wrong) KeAcquireSpinLockAtDpcLevel(&first_lock);  // breaks SpinLockAcquiredTwice
  KeReleaseSpinLockFromDpcLevel(&first_lock);
}

void ReleaseOthersFastMutex(IPortWaveRTStream*, bool wrong) {
  static FAST_MUTEX mutex;
  ExInitializeFastMutex(&mutex);
  AtLevel level(APC_LEVEL, true);
  if (!wrong) ExAcquireFastMutexUnsafe(&mutex);
  ExReleaseFastMutexUnsafe(&mutex);  // breaks MutexReleasedByOther
}

void ReleaseOthersMutex(IPortWaveRTStream*, bool wrong) {
  static KMUTEX mutex;
  KeInitializeMutex(&mutex, 0);
  if (!wrong) wait_for(&mutex);
  __try {
    KeReleaseMutex(&mutex, FALSE);  // breaks MutexReleasedByOther
  } __except (EXCEPTION_EXECUTE_HANDLER) {}
}

void KeepFastMutex(IPortWaveRTStream*, bool wrong) {
  static FAST_MUTEX mutex;
  ExInitializeFastMutex(&mutex);
  KeEnterCriticalRegion();
  ExAcquireFastMutexUnsafe(&mutex);  // breaks LockLeftHeld
  if (!wrong) ExReleaseFastMutexUnsafe(&mutex);
  KeLeaveCriticalRegion();
}

void FreeHeldFastMutex(IPortWaveRTStream*, bool wrong) {
  auto* mutex = static_cast<FAST_MUTEX*>(block(sizeof(FAST_MUTEX)));
  ExInitializeFastMutex(mutex);
  KeEnterCriticalRegion();
  ExAcquireFastMutexUnsafe(mutex);  // breaks LockLeftHeld
  if (!wrong) ExReleaseFastMutexUnsafe(mutex);
  KeLeaveCriticalRegion();
  give_back(mutex);
}

void AcquireFastMutexTwice(IPortWaveRTStream*, bool wrong) {
  static FAST_MUTEX mutex;
  ExInitializeFastMutex(&mutex);
  ExAcquireFastMutex(&mutex);
  if (wrong) ExAcquireFastMutex(&mutex);  // breaks MutexAcquiredTwice
  ExReleaseFastMutex(&mutex);
}

void ReleaseSemaphoreTooOften(IPortWaveRTStream*, bool wrong) {
  static KSEMAPHORE semaphore;
  KeInitializeSemaphore(&semaphore, 0, 2);
  __try {
    KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, wrong ? 3 : 2, FALSE);  // breaks SemaphoreOverLimit
  } __except (EXCEPTION_EXECUTE_HANDLER) {}
}

void ReleaseOthersResource(IPortWaveRTStream*, bool wrong) {
  static ERESOURCE resource;
  ExInitializeResourceLite(&resource);
  KeEnterCriticalRegion();
  if (!wrong) ExAcquireResourceExclusiveLite(&resource, TRUE);
  ExReleaseResourceLite(&resource);  // breaks ResourceNotOwned
  KeLeaveCriticalRegion();
  ExDeleteResourceLite(&resource);
}

// ---- Two orders; no thread ever waits ----

void SpinLocksReversed(IPortWaveRTStream*, bool wrong) {
  KeInitializeSpinLock(&first_lock);
  KeInitializeSpinLock(&second_lock);
  both(&first_lock, &second_lock);
  wrong ? both(&second_lock, &first_lock) : both(&first_lock, &second_lock);
}

void FastMutexesReversed(IPortWaveRTStream*, bool wrong) {
  static FAST_MUTEX one, other;
  ExInitializeFastMutex(&one);
  ExInitializeFastMutex(&other);
  ExAcquireFastMutex(&one);
  ExAcquireFastMutex(&other);
  ExReleaseFastMutex(&other);
  ExReleaseFastMutex(&one);
  FAST_MUTEX& outer = wrong ? other : one;
  FAST_MUTEX& inner = wrong ? one : other;
  ExAcquireFastMutex(&outer);
  ExAcquireFastMutex(&inner);  // breaks LockOrderReversed
  ExReleaseFastMutex(&inner);
  ExReleaseFastMutex(&outer);
}

void MutexAndResourceReversed(IPortWaveRTStream*, bool wrong) {
  static KMUTEX mutex;
  static ERESOURCE resource;
  KeInitializeMutex(&mutex, 0);
  ExInitializeResourceLite(&resource);
  wait_for(&mutex);
  ExAcquireResourceExclusiveLite(&resource, TRUE);
  ExReleaseResourceLite(&resource);
  KeReleaseMutex(&mutex, FALSE);
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&resource, TRUE);
  if (wrong) KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, nullptr);  // breaks ResourceOrderReversed
  if (wrong) KeReleaseMutex(&mutex, FALSE);
  ExReleaseResourceLite(&resource);
  KeLeaveCriticalRegion();
  ExDeleteResourceLite(&resource);
}

void ThreeLocksInACircle(IPortWaveRTStream*, bool wrong) {
  auto* locks = static_cast<KSPIN_LOCK*>(block(3 * sizeof(KSPIN_LOCK)));
  for (int i = 0; i < 3; ++i) KeInitializeSpinLock(&locks[i]);
  both(&locks[0], &locks[1]);
  both(&locks[1], &locks[2]);
  wrong ? both(&locks[2], &locks[0]) : both(&locks[0], &locks[2]);
  give_back(locks);
}
