// Data that several share: touched without its lock, or before or after it was one's own. Nothing here happens in a harmful
// order: the accesses alone are told.
#include "case_parts.h"

#define CASE(name) void name(IPortWaveRTStream* port, bool wrong);
#include "cases_races.h"
#undef CASE

namespace {

struct Shared {
  KSPIN_LOCK lock;
  KSPIN_LOCK other_lock;
  EX_SPIN_LOCK reader_writer;
  LIST_ENTRY list;
  LIST_ENTRY entry;
  LONG value;
  LONG volatile flag;
  PVOID volatile published;
  KEVENT event;
  IO_REMOVE_LOCK remove_lock;
  bool wrong;
};

LONG volatile sink;  // keeps the compiler from dropping a read

class Locked {
 public:
  explicit Locked(KSPIN_LOCK& lock) : lock_(lock) { KeAcquireSpinLock(&lock_, &old_); }
  ~Locked() { KeReleaseSpinLock(&lock_, old_); }

 private:
  KSPIN_LOCK& lock_;
  KIRQL old_;
};

void count_locked(Shared* s) {
  Locked locked(s->lock);
  s->value += 1;
}

void in_dpc(PKDEFERRED_ROUTINE routine, Shared* s) {
  static KDPC dpc;
  KeInitializeDpc(&dpc, routine, s);
  KeInsertQueueDpc(&dpc, nullptr, nullptr);  // at PASSIVE_LEVEL: it has run on the return
}

void NTAPI count_in_dpc(PRKDPC, PVOID context, PVOID, PVOID) { count_locked(static_cast<Shared*>(context)); }

// Its value is shared by a thread and DPCs, and guarded by its lock; the caller has it last.
Shared* make(bool wrong) {
  auto* s = static_cast<Shared*>(block(sizeof(Shared)));
  KeInitializeSpinLock(&s->lock);
  KeInitializeSpinLock(&s->other_lock);
  InitializeListHead(&s->list);
  KeInitializeEvent(&s->event, NotificationEvent, FALSE);
  IoInitializeRemoveLock(&s->remove_lock, kTag, 0, 0);
  s->wrong = wrong;
  in_dpc(count_in_dpc, s);
  count_locked(s);
  return s;
}

}  // namespace

// ---- The lock ----

void LockMissedInThread(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  in_dpc(count_in_dpc, s);
  if (wrong) s->value = 0;  // breaks LockNotHeld
  else count_locked(s);
  give_back(s);
}

static void NTAPI read_bare(PRKDPC, PVOID context, PVOID, PVOID) {
  sink = static_cast<Shared*>(context)->value;  // breaks LockNotHeld
}
void LockMissedInDpc(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  in_dpc(wrong ? read_bare : count_in_dpc, s);
  count_locked(s);
  give_back(s);
}

static void NTAPI write_bare(PRKDPC, PVOID context, PVOID, PVOID) { static_cast<Shared*>(context)->value = 1; }
void LockMissedInBoth(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  in_dpc(wrong ? write_bare : count_in_dpc, s);
  if (wrong) sink = s->value;  // breaks LockNotHeld
  give_back(s);
}

static KDPC periodic_dpc;
static KTIMER periodic_timer;
static void begin_beats(PKDEFERRED_ROUTINE routine, Shared* s) {
  KeInitializeTimer(&periodic_timer);
  KeInitializeDpc(&periodic_dpc, routine, s);
  KeSetTimerEx(&periodic_timer, in_ms(1), 1, &periodic_dpc);
}
static void end_beats() {
  sleep_ms(5);
  KeCancelTimer(&periodic_timer);
  KeFlushQueuedDpcs();
}

void LockLeftEarly(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  begin_beats(count_in_dpc, s);
  KIRQL old;
  KeAcquireSpinLock(&s->lock, &old);
  const LONG seen = s->value;
  if (!wrong) s->value = seen + 1;
  KeReleaseSpinLock(&s->lock, old);
  if (wrong) s->value = seen + 1;  // breaks LockNotHeld
  end_beats();
  give_back(s);
}

void LockOfAnother(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  in_dpc(count_in_dpc, s);
  {
    Locked locked(wrong ? s->other_lock : s->lock);
    s->value = 2;  // breaks LockNotHeld
  }
  give_back(s);
}

static void count_shared(Shared* s) {
  const KIRQL old =
      s->wrong ? ExAcquireSpinLockShared(&s->reader_writer) : ExAcquireSpinLockExclusive(&s->reader_writer);
  s->value += 1;  // breaks LockNotHeld
  if (s->wrong) ExReleaseSpinLockShared(&s->reader_writer, old);
  else ExReleaseSpinLockExclusive(&s->reader_writer, old);
}
static void NTAPI count_shared_in_dpc(PRKDPC, PVOID context, PVOID, PVOID) {
  count_shared(static_cast<Shared*>(context));
}
void LockSharedToWrite(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  in_dpc(count_shared_in_dpc, s);
  count_shared(s);
  give_back(s);
}

// ---- Handed over ----

static void NTAPI write_and_set(PVOID context) {
  auto* s = static_cast<Shared*>(context);
  s->value = 7;
  KeSetEvent(&s->event, IO_NO_INCREMENT, FALSE);
}
void HandedOverByEvent(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  HANDLE thread;
  if (!NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, write_and_set, s)))
    return;
  if (wrong) sleep_ms(5);
  else wait_for(&s->event);
  sink = s->value;  // breaks LockNotHeld
  ZwWaitForSingleObject(thread, FALSE, nullptr);
  ZwClose(thread);
  give_back(s);
}

void HandedOverByDpc(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  s->value = 3;
  in_dpc(write_bare, s);
  if (wrong) s->value = 4;  // breaks LockNotHeld
  give_back(s);
}

static void NTAPI write_in_work_item(PDEVICE_OBJECT, PVOID context) {
  auto* s = static_cast<Shared*>(context);
  s->value = 5;
  KeSetEvent(&s->event, IO_NO_INCREMENT, FALSE);
}
void HandedOverByWorkItem(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  PIO_WORKITEM item = IoAllocateWorkItem(the_device);
  s->value = 3;
  IoQueueWorkItem(item, write_in_work_item, DelayedWorkQueue, s);
  sleep_ms(5);
  if (wrong) s->value = 4;  // breaks LockNotHeld
  wait_for(&s->event);
  sink = s->value;
  IoFreeWorkItem(item);
  give_back(s);
}

static void NTAPI take_from_list(PVOID context) {
  auto* s = static_cast<Shared*>(context);
  PLIST_ENTRY taken = nullptr;
  while (!taken) {
    sleep_ms(1);
    Locked locked(s->lock);
    if (!IsListEmpty(&s->list)) taken = RemoveHeadList(&s->list);
  }
  CONTAINING_RECORD(taken, Shared, entry)->value = 8;
  KeSetEvent(&s->event, IO_NO_INCREMENT, FALSE);
}
void HandedOverInList(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  HANDLE thread;
  if (!NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, take_from_list, s)))
    return;
  s->value = 3;
  {
    Locked locked(s->lock);
    InsertTailList(&s->list, &s->entry);
  }
  sleep_ms(5);
  if (wrong) s->value = 4;  // breaks LockNotHeld
  wait_for(&s->event);
  ZwWaitForSingleObject(thread, FALSE, nullptr);
  ZwClose(thread);
  give_back(s);
}

static void NTAPI use_published(PRKDPC, PVOID context, PVOID, PVOID) {
  auto* mine = static_cast<Shared*>(InterlockedExchangePointer(&static_cast<Shared*>(context)->published, nullptr));
  if (mine) mine->value = 9;
}
void HandedOverByPointer(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  begin_beats(use_published, s);
  s->value = 3;
  InterlockedExchangePointer(&s->published, s);
  sleep_ms(5);
  if (wrong) s->value = 4;  // breaks LockNotHeld
  end_beats();
  give_back(s);
}

static void NTAPI write_and_flag(PVOID context) {
  auto* s = static_cast<Shared*>(context);
  s->value = 7;
  s->flag = 1;
}
void HandedOverByFlag(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  HANDLE thread;
  if (!NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, write_and_flag, s)))
    return;
  if (wrong) sleep_ms(5);
  else
    while (!s->flag) sleep_ms(1);
  sink = s->value;  // breaks LockNotHeld
  ZwWaitForSingleObject(thread, FALSE, nullptr);
  ZwClose(thread);
  give_back(s);
}

// ---- Taken back ----

static void NTAPI write_in_timer(PEX_TIMER, PVOID context) { static_cast<Shared*>(context)->value += 1; }
void TakenBackByTimer(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  PEX_TIMER timer = ExAllocateTimer(write_in_timer, s, EX_TIMER_HIGH_RESOLUTION);
  ExSetTimer(timer, -10000, 0, nullptr);
  sleep_ms(5);
  if (wrong) sink = s->value;  // breaks LockNotHeld
  ExDeleteTimer(timer, TRUE, TRUE, nullptr);
  sink = s->value;
  give_back(s);
}

void TakenBackByFlush(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  in_dpc(write_bare, s);
  if (!wrong) KeFlushQueuedDpcs();
  s->value = 2;  // breaks LockNotHeld
  KeFlushQueuedDpcs();
  give_back(s);
}

static void NTAPI write_protected(PVOID context) {
  auto* s = static_cast<Shared*>(context);
  s->value = 7;
  IoReleaseRemoveLock(&s->remove_lock, nullptr);
}
void TakenBackByRemoveLock(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  IoAcquireRemoveLock(&s->remove_lock, nullptr);
  IoAcquireRemoveLock(&s->remove_lock, &s);
  HANDLE thread;
  if (!NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, write_protected, s)))
    return;
  if (wrong) sleep_ms(5);
  else IoReleaseRemoveLockAndWait(&s->remove_lock, &s);
  s->value = 2;  // breaks LockNotHeld
  ZwWaitForSingleObject(thread, FALSE, nullptr);
  ZwClose(thread);
  give_back(s);
}

static void NTAPI write_and_end(PVOID context) { static_cast<Shared*>(context)->value = 7; }
void TakenBackByThreadEnd(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  HANDLE thread;
  if (!NT_SUCCESS(PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, write_and_end, s)))
    return;
  if (wrong) sleep_ms(5);
  else ZwWaitForSingleObject(thread, FALSE, nullptr);
  s->value = 2;  // breaks LockNotHeld
  ZwWaitForSingleObject(thread, FALSE, nullptr);
  ZwClose(thread);
  give_back(s);
}

// Whoever looks at the flag with the lock held is done with the value when the lock has been free once.
static void NTAPI write_unless_flagged(PRKDPC, PVOID context, PVOID, PVOID) {
  auto* s = static_cast<Shared*>(context);
  KeAcquireSpinLockAtDpcLevel(&s->other_lock);
  if (!s->flag) s->value += 1;
  KeReleaseSpinLockFromDpcLevel(&s->other_lock);
}
void HeldBackByEmptySection(IPortWaveRTStream*, bool wrong) {
  Shared* s = make(wrong);
  in_dpc(write_unless_flagged, s);
  s->flag = 1;
  if (!wrong) Locked wait_for_others(s->other_lock);
  s->value = 2;  // breaks LockNotHeld
  give_back(s);
}

// ---- What misuse.cpp runs ----

void attach_filter(PDEVICE_OBJECT) {}

void run_case(const UNICODE_STRING& name, IPortWaveRTStream* port, bool wrong) {
  static const struct {
    UNICODE_STRING name;
    void (*run)(IPortWaveRTStream*, bool);
  } kCases[] = {
#define CASE(name) {RTL_CONSTANT_STRING(L## #name), name},
#include "cases_races.h"
#undef CASE
  };
  for (const auto& entry : kCases)
    if (RtlEqualUnicodeString(&entry.name, &name, FALSE)) entry.run(port, wrong);
}
