// Data that several share, of unguarded.sys: the same driver as misuse.sys, built PREEMPTIBLE. As cases.h.
#ifndef CASE
#error define CASE(name) before including cases_races.h
#endif
// The lock
CASE(LockMissedInThread)
CASE(LockMissedInDpc)
CASE(LockMissedInBoth)
CASE(LockLeftEarly)
CASE(LockOfAnother)
CASE(LockSharedToWrite)
// Handed over by other means than the lock: the wrong twin touches what it has given away, or does not have yet
CASE(HandedOverByEvent)
CASE(HandedOverByDpc)
CASE(HandedOverByWorkItem)
CASE(HandedOverInList)
CASE(HandedOverByPointer)
CASE(HandedOverByFlag)
CASE(TakenBackByTimer)
CASE(TakenBackByFlush)
CASE(TakenBackByRemoveLock)
CASE(TakenBackByThreadEnd)
CASE(HeldBackByEmptySection)
