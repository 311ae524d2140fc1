// Stalls, long DPCs, and memory that may be paged out, at raised IRQL.
#include "case_parts.h"

namespace {

void NTAPI stall_long(PRKDPC, PVOID wrong, PVOID, PVOID) {
  KeStallExecutionProcessor(wrong ? 150 : 20);  // breaks DpcStalledTooLong
}

void NTAPI stall_often(PRKDPC, PVOID wrong, PVOID, PVOID) {  // breaks DpcTooLong
  for (int i = 0; i < (wrong ? 4 : 2); ++i) KeStallExecutionProcessor(40);
}

void run_dpc(PKDEFERRED_ROUTINE routine, bool wrong) {
  static KDPC dpc;
  KeInitializeDpc(&dpc, routine, reinterpret_cast<PVOID>(static_cast<ULONG_PTR>(wrong)));
  KeInsertQueueDpc(&dpc, nullptr, nullptr);
}

void nothing_in_timer(PEX_TIMER, PVOID) {}

#pragma section("PAGEDATA", read, write)
__declspec(allocate("PAGEDATA")) volatile UCHAR pageable_bytes[64] = {1};

}  // namespace

__declspec(code_seg("PAGE"), noinline) int pageable_code(volatile int* counter) {
  *counter = *counter + 1;  // breaks PageableCodeAtDispatch
  return *counter;
}

__declspec(noinline) void take_and_give_back(KSPIN_LOCK* lock) {
  KIRQL old;
  KeAcquireSpinLock(lock, &old);
  KeReleaseSpinLock(lock, old);
}

__declspec(code_seg("PAGE"), noinline) void pageable_locker(KSPIN_LOCK* lock, bool wrong) {
  take_and_give_back(lock);
  if (!wrong) return;
  KIRQL old;
  KeAcquireSpinLock(lock, &old);
  KeReleaseSpinLock(lock, old);  // breaks PageableCodeAtDispatch
}

void StallLongInDpc(IPortWaveRTStream*, bool wrong) { run_dpc(stall_long, wrong); }
void StallOftenInDpc(IPortWaveRTStream*, bool wrong) { run_dpc(stall_often, wrong); }

void StallLong(IPortWaveRTStream*, bool wrong) {
  KeStallExecutionProcessor(wrong ? 80 : 40);  // breaks StallTooLong
}

void PagedCodeAtDispatch(IPortWaveRTStream*, bool wrong) {
  volatile int counter = 0;
  pageable_code(&counter);
  { AtDispatch level(true); }
  pageable_code(&counter);
  AtDispatch level(wrong);
  pageable_code(&counter);
}

// The acquisition itself is walked by the rules of locks: that walk must not open the code for the driver.
void PagedCodeTakesSpinLock(IPortWaveRTStream*, bool wrong) {
  static KSPIN_LOCK lock;
  KeInitializeSpinLock(&lock);
  pageable_locker(&lock, wrong);
}

void PagedPoolTouchedAtDispatch(IPortWaveRTStream*, bool wrong) {
  auto* paged = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_PAGED, 64, kTag));
  { AtDispatch level(true); }
  paged[0] = 1;
  {
    AtDispatch level(wrong);
    look_at(paged[0]);  // breaks PageableDataAtDispatch
  }
  give_back(paged);
}

void PagedSectionTouchedAtDispatch(IPortWaveRTStream*, bool wrong) {
  { AtDispatch level(true); }
  look_at(pageable_bytes[0]);
  AtDispatch level(wrong);
  pageable_bytes[1] = 2;  // breaks PageableDataAtDispatch
}

void PagedEventAtDispatch(IPortWaveRTStream*, bool wrong) {
  auto* event =
      static_cast<KEVENT*>(ExAllocatePool2(wrong ? POOL_FLAG_PAGED : POOL_FLAG_NON_PAGED, sizeof(KEVENT), kTag));
  KeInitializeEvent(event, NotificationEvent, FALSE);
  {
    AtDispatch level(true);
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);  // breaks PageableDataAtDispatch
  }
  give_back(event);
}

// Locked pages of paged pool may be touched at any IRQL: here both twins are right but for the unlocking.
void LockedPagedPool(IPortWaveRTStream*, bool wrong) {
  auto* paged = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_PAGED, PAGE_SIZE, kTag));
  PMDL mdl = IoAllocateMdl(paged, PAGE_SIZE, FALSE, FALSE, nullptr);
  MmProbeAndLockPages(mdl, KernelMode, IoWriteAccess);
  {
    AtDispatch level(true);
    paged[0] = 1;
  }
  if (wrong) MmUnlockPages(mdl);
  {
    AtDispatch level(true);
    paged[1] = 1;  // breaks PageableDataAtDispatch
  }
  if (!wrong) MmUnlockPages(mdl);
  IoFreeMdl(mdl);
  give_back(paged);
}

// ---- Timers that are none ----

void DeleteTimerTwice(IPortWaveRTStream*, bool wrong) {
  PEX_TIMER timer = ExAllocateTimer(nothing_in_timer, nullptr, EX_TIMER_HIGH_RESOLUTION);
  ExDeleteTimer(timer, TRUE, TRUE, nullptr);
  if (wrong) ExDeleteTimer(timer, TRUE, TRUE, nullptr);  // breaks NoSuchTimer
}

void DeleteNoTimer(IPortWaveRTStream*, bool wrong) {
  PEX_TIMER timer = nullptr;
  if (timer || wrong) ExDeleteTimer(timer, TRUE, TRUE, nullptr);  // breaks NoSuchTimer
}

void DeleteTimerThatIsSet(IPortWaveRTStream*, bool wrong) {
  PEX_TIMER timer = ExAllocateTimer(nothing_in_timer, nullptr, EX_TIMER_HIGH_RESOLUTION);
  const BOOLEAN cancel = wrong ? FALSE : TRUE;
  ExDeleteTimer(timer, cancel, TRUE, nullptr);  // breaks TimerWaitsForSet
}

void SetDeletedTimer(IPortWaveRTStream*, bool wrong) {
  PEX_TIMER timer = ExAllocateTimer(nothing_in_timer, nullptr, EX_TIMER_HIGH_RESOLUTION);
  if (!wrong) ExSetTimer(timer, -10'000, 0, nullptr);
  ExDeleteTimer(timer, TRUE, TRUE, nullptr);
  if (wrong) ExSetTimer(timer, -10'000, 0, nullptr);  // breaks NoSuchTimer
}
