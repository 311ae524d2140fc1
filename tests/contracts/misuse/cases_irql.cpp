// IRQL raised and lowered wrongly, functions at the wrong IRQL, waits, DPCs, work items and threads that end as they may not.
#include "case_parts.h"

void RaiseToLower(IPortWaveRTStream*, bool wrong) {
  KIRQL outer, inner;
  KeRaiseIrql(DISPATCH_LEVEL, &outer);
  KeRaiseIrql(wrong ? APC_LEVEL : DISPATCH_LEVEL, &inner);  // breaks IrqlRaisedToLower
  KeLowerIrql(inner);
  KeLowerIrql(outer);
}

void LowerToHigher(IPortWaveRTStream*, bool wrong) {
  KIRQL old;
  KeRaiseIrql(APC_LEVEL, &old);
  if (wrong) KeLowerIrql(DISPATCH_LEVEL);  // breaks IrqlLoweredToHigher
  KeLowerIrql(old);
}

void WaitAtDispatch(IPortWaveRTStream*, bool wrong) {
  KEVENT event;
  KeInitializeEvent(&event, NotificationEvent, !wrong);
  AtDispatch level(wrong);
  KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr);  // breaks WaitAtDispatch
}

void WaitSatisfiedAtDispatch(IPortWaveRTStream*, bool wrong) {
  KEVENT event;
  KeInitializeEvent(&event, NotificationEvent, TRUE);
  AtDispatch level(wrong);
  KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr);  // breaks WaitAtDispatch
}

void WaitForNothing(IPortWaveRTStream*, bool wrong) {
  KEVENT event;
  KeInitializeEvent(&event, NotificationEvent, TRUE);
  PVOID objects[] = {&event};
  LARGE_INTEGER none = {};
  KeWaitForMultipleObjects(  // breaks TooManyWaitObjects
      wrong ? 0 : 1, objects, WaitAny, Executive, KernelMode, FALSE, &none, nullptr);
}

void SetUninitialisedEvent(IPortWaveRTStream*, bool wrong) {
  auto* event = static_cast<KEVENT*>(block(sizeof(KEVENT)));
  if (!wrong) KeInitializeEvent(event, NotificationEvent, FALSE);
  KeSetEvent(event, IO_NO_INCREMENT, FALSE);  // breaks ObjectNotInitialised
  give_back(event);
}

namespace {

KEVENT workers_may_go;
bool mutex_is_kept;
KEVENT item_done;

void NTAPI lower_in_dpc(PRKDPC, PVOID wrong, PVOID, PVOID) {  // breaks DpcChangedIrql
  if (wrong) KeLowerIrql(PASSIVE_LEVEL);
}

void NTAPI raise_in_work_item(PVOID wrong) {  // breaks WorkItemChangedIrql
  KIRQL old;
  KeSetEvent(&item_done, IO_NO_INCREMENT, FALSE);
  if (wrong) KeRaiseIrql(DISPATCH_LEVEL, &old);
}

void NTAPI raise_in_thread(PVOID wrong) {  // breaks ThreadEndedAtRaisedIrql
  KIRQL old;
  if (wrong) KeRaiseIrql(DISPATCH_LEVEL, &old);
}

void NTAPI keep_mutex(PVOID context) {
  auto* mutex = static_cast<KMUTEX*>(context);
  wait_for(mutex);
  if (!mutex_is_kept) KeReleaseMutex(mutex, FALSE);
  PsTerminateSystemThread(STATUS_SUCCESS);  // breaks ThreadEndedWithMutex
}

void NTAPI keep_region(PVOID wrong) {
  KeEnterCriticalRegion();
  if (!wrong) KeLeaveCriticalRegion();
  PsTerminateSystemThread(STATUS_SUCCESS);  // breaks CriticalRegionLeftOpen
}

void NTAPI occupy(PVOID) { wait_for(&workers_may_go); }
void NTAPI tell_done(PVOID) { KeSetEvent(&item_done, IO_NO_INCREMENT, FALSE); }

PVOID flag(bool wrong) { return reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(wrong)); }

}  // namespace

// ExInitializeWorkItem is old, and so is its macro.
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
#pragma clang diagnostic ignored "-Wdeprecated-volatile"

void LowerInDpc(IPortWaveRTStream*, bool wrong) {
  static KDPC dpc;
  KeInitializeDpc(&dpc, lower_in_dpc, flag(wrong));
  KeInsertQueueDpc(&dpc, nullptr, nullptr);
}

void RaiseInWorkItem(IPortWaveRTStream*, bool wrong) {
  static WORK_QUEUE_ITEM item;
  KeInitializeEvent(&item_done, NotificationEvent, FALSE);
  ExInitializeWorkItem(&item, raise_in_work_item, flag(wrong));
  ExQueueWorkItem(&item, DelayedWorkQueue);
  wait_for(&item_done);
  sleep_ms(1);
}

void QueueWorkItemTwice(IPortWaveRTStream*, bool wrong) {
  static WORK_QUEUE_ITEM busy[2], item;
  KeInitializeEvent(&workers_may_go, NotificationEvent, FALSE);
  KeInitializeEvent(&item_done, NotificationEvent, FALSE);
  for (WORK_QUEUE_ITEM& b : busy) {
    ExInitializeWorkItem(&b, occupy, nullptr);
    ExQueueWorkItem(&b, DelayedWorkQueue);
  }
  sleep_ms(1);
  ExInitializeWorkItem(&item, tell_done, nullptr);
  ExQueueWorkItem(&item, DelayedWorkQueue);
  if (wrong) ExQueueWorkItem(&item, DelayedWorkQueue);  // breaks WorkItemQueuedTwice
  KeSetEvent(&workers_may_go, IO_NO_INCREMENT, FALSE);
  wait_for(&item_done);
}

void EndThreadRaised(IPortWaveRTStream*, bool wrong) { run_thread(raise_in_thread, flag(wrong)); }

void EndThreadWithMutex(IPortWaveRTStream*, bool wrong) {
  static KMUTEX mutex;
  KeInitializeMutex(&mutex, 0);
  mutex_is_kept = wrong;
  run_thread(keep_mutex, &mutex);
}

void EndThreadInRegion(IPortWaveRTStream*, bool wrong) { run_thread(keep_region, flag(wrong)); }

void LeaveRegionTwice(IPortWaveRTStream*, bool wrong) {
  KeEnterCriticalRegion();
  KeLeaveCriticalRegion();
  if (wrong) KeLeaveCriticalRegion();  // breaks CriticalRegionNotEntered
}

// ---- Functions with a code of their own ----

void PagedAllocationAtDispatch(IPortWaveRTStream*, bool wrong) {
  void* paged;
  {
    AtDispatch level(wrong);
    paged = ExAllocatePool2(POOL_FLAG_PAGED, 64, kTag);  // breaks PagedPoolAtDispatch
  }
  give_back(paged);
}

void PagedFreeAtDispatch(IPortWaveRTStream*, bool wrong) {
  void* paged = ExAllocatePool2(POOL_FLAG_PAGED, 64, kTag);
  AtDispatch level(wrong);
  ExFreePoolWithTag(paged, kTag);  // breaks PagedPoolFreedAtDispatch
}

void MapIoSpaceAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  void* page = block(PAGE_SIZE);
  PVOID view;
  {
    AtLevel level(kDeviceLevel, wrong);
    view = MmMapIoSpace(MmGetPhysicalAddress(page), PAGE_SIZE, MmCached);  // breaks MapIoSpaceIrql
  }
  if (view) MmUnmapIoSpace(view, PAGE_SIZE);
  give_back(page);
}

void UnmapIoSpaceAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  void* page = block(PAGE_SIZE);
  PVOID view = MmMapIoSpace(MmGetPhysicalAddress(page), PAGE_SIZE, MmCached);
  if (view) {
    AtLevel level(kDeviceLevel, wrong);
    MmUnmapIoSpace(view, PAGE_SIZE);  // breaks UnmapIoSpaceIrql
  }
  give_back(page);
}

void LockPagesAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  void* page = block(PAGE_SIZE);
  PMDL mdl = IoAllocateMdl(page, PAGE_SIZE, FALSE, FALSE, nullptr);
  {
    AtLevel level(kDeviceLevel, wrong);
    MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);  // breaks LockPagesIrql
  }
  MmUnlockPages(mdl);
  IoFreeMdl(mdl);
  give_back(page);
}

void UnlockPagesAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  void* page = block(PAGE_SIZE);
  PMDL mdl = IoAllocateMdl(page, PAGE_SIZE, FALSE, FALSE, nullptr);
  MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  {
    AtLevel level(kDeviceLevel, wrong);
    MmUnlockPages(mdl);  // breaks UnlockPagesIrql
  }
  IoFreeMdl(mdl);
  give_back(page);
}

void MapLockedAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  PMDL mdl = MmAllocatePagesForMdlEx({}, kAnywhere, {}, PAGE_SIZE, MmCached, 0);
  PVOID view;
  {
    AtLevel level(kDeviceLevel, wrong);
    view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE,  // breaks MapLockedPagesIrql
                                        NormalPagePriority);
  }
  MmUnmapLockedPages(view, mdl);
  MmFreePagesFromMdl(mdl);
  ExFreePool(mdl);
}

void UnmapLockedAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  PMDL mdl = MmAllocatePagesForMdlEx({}, kAnywhere, {}, PAGE_SIZE, MmCached, 0);
  PVOID view = MmMapLockedPagesSpecifyCache(mdl, KernelMode, MmCached, nullptr, FALSE, NormalPagePriority);
  {
    AtLevel level(kDeviceLevel, wrong);
    MmUnmapLockedPages(view, mdl);  // breaks UnmapLockedPagesIrql
  }
  MmFreePagesFromMdl(mdl);
  ExFreePool(mdl);
}

void AllocatePagesAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  PMDL mdl;
  {
    AtLevel level(kDeviceLevel, wrong);
    mdl = MmAllocatePagesForMdlEx({}, kAnywhere, {}, PAGE_SIZE, MmCached, 0);  // breaks AllocatePagesIrql
  }
  MmFreePagesFromMdl(mdl);
  ExFreePool(mdl);
}

void SetEventAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  KEVENT event;
  KeInitializeEvent(&event, NotificationEvent, FALSE);
  AtLevel level(kDeviceLevel, wrong);
  KeSetEvent(&event, IO_NO_INCREMENT, FALSE);  // breaks SetEventIrql
}

void PromiseNoWait(IPortWaveRTStream*, bool wrong) {
  KEVENT started, done;
  KeInitializeEvent(&started, NotificationEvent, FALSE);
  KeInitializeEvent(&done, NotificationEvent, TRUE);
  KeSetEvent(&started, IO_NO_INCREMENT, TRUE);  // breaks PromisedWaitMissing
  if (wrong) KeClearEvent(&started);
  KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
}

void ReleaseSemaphoreAndNoWait(IPortWaveRTStream*, bool wrong) {
  KSEMAPHORE semaphore;
  KeInitializeSemaphore(&semaphore, 0, 2);
  KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, 1, TRUE);  // breaks PromisedWaitMissing
  if (wrong) KeReadStateSemaphore(&semaphore);
  KeWaitForSingleObject(&semaphore, Executive, KernelMode, FALSE, nullptr);
}

void FormatAtDispatch(IPortWaveRTStream*, bool wrong) {
  WCHAR text[32];
  AtLevel level(DISPATCH_LEVEL, wrong);
  RtlStringCchPrintfW(text, RTL_NUMBER_OF(text), L"packet %u", 7u);  // breaks FormattingIrql
}

void ReleaseSpinLockLowered(IPortWaveRTStream*, bool wrong) {
  static KSPIN_LOCK lock;
  KIRQL old;
  KeInitializeSpinLock(&lock);
  KeAcquireSpinLock(&lock, &old);
  if (wrong) KeLowerIrql(APC_LEVEL);
  KeReleaseSpinLock(&lock, old);  // breaks ReleaseSpinLockIrql
}

void AcquireSpinLockAtDeviceLevel(IPortWaveRTStream*, bool wrong) {
  static KSPIN_LOCK lock;
  KIRQL old;
  KeInitializeSpinLock(&lock);
  AtLevel level(kDeviceLevel, wrong);
  KeAcquireSpinLock(&lock, &old);  // breaks AcquireSpinLockIrql
  KeReleaseSpinLockFromDpcLevel(&lock);
  if (!wrong) KeLowerIrql(old);
}

void AcquireAtDpcLevelAtPassive(IPortWaveRTStream*, bool wrong) {
  static KSPIN_LOCK lock;
  KeInitializeSpinLock(&lock);
  AtDispatch level(!wrong);
  KeAcquireSpinLockAtDpcLevel(&lock);  // breaks AcquireAtDpcLevelIrql
  AtDispatch raised(wrong);
  KeReleaseSpinLockFromDpcLevel(&lock);
}

void ReleaseFromDpcLevelAtPassive(IPortWaveRTStream*, bool wrong) {
  static KSPIN_LOCK lock;
  KIRQL old;
  KeInitializeSpinLock(&lock);
  KeRaiseIrql(DISPATCH_LEVEL, &old);
  KeAcquireSpinLockAtDpcLevel(&lock);
  if (wrong) KeLowerIrql(old);
  KeReleaseSpinLockFromDpcLevel(&lock);  // breaks ReleaseFromDpcLevelIrql
  if (!wrong) KeLowerIrql(old);
}

void AcquireFastMutexAtDispatch(IPortWaveRTStream*, bool wrong) {
  static FAST_MUTEX mutex;
  ExInitializeFastMutex(&mutex);
  {
    AtDispatch level(wrong);
    ExAcquireFastMutex(&mutex);  // breaks AcquireFastMutexIrql
    mutex.OldIrql = PASSIVE_LEVEL;
  }
  KIRQL old;
  KeRaiseIrql(APC_LEVEL, &old);
  ExReleaseFastMutex(&mutex);
}

void ReleaseFastMutexAtDispatch(IPortWaveRTStream*, bool wrong) {
  static FAST_MUTEX mutex;
  ExInitializeFastMutex(&mutex);
  ExAcquireFastMutex(&mutex);
  KIRQL old;
  if (wrong) KeRaiseIrql(DISPATCH_LEVEL, &old);
  ExReleaseFastMutex(&mutex);  // breaks ReleaseFastMutexIrql
}

void EnterRegionAtDispatch(IPortWaveRTStream*, bool wrong) {
  {
    AtDispatch level(wrong);
    KeEnterCriticalRegion();  // breaks CriticalRegionIrql
  }
  KeLeaveCriticalRegion();
}
