// Uses of what the headers keep inline, so that headers.py compiles it down to instructions on both targets.
#include <ntddk.h>
#include <ntintsafe.h>
#include <ntstrsafe.h>
#include <portcls.h>
#include <stdunk.h>
#include <wdmsec.h>

ULONG ports(PUCHAR b, PUSHORT w, PULONG d, PULONG buffer) {
  WRITE_PORT_UCHAR(b, 1);
  WRITE_PORT_USHORT(w, 2);
  WRITE_PORT_ULONG(d, 3);
  READ_PORT_BUFFER_ULONG(d, buffer, 4);
  WRITE_PORT_BUFFER_ULONG(d, buffer, 4);
  return READ_PORT_UCHAR(b) + READ_PORT_USHORT(w) + READ_PORT_ULONG(d);
}
ULONG64 registers(volatile UCHAR* b, volatile USHORT* w, volatile ULONG* d, volatile ULONG64* q) {
  WRITE_REGISTER_UCHAR(b, 1);
  WRITE_REGISTER_USHORT(w, 2);
  WRITE_REGISTER_ULONG(d, 3);
  WRITE_REGISTER_ULONG64(q, 4);
  return READ_REGISTER_UCHAR(b) + READ_REGISTER_USHORT(w) + READ_REGISTER_ULONG(d) + READ_REGISTER_ULONG64(q);
}
LONG interlocked(LONG volatile* l, LONG64 volatile* q, PVOID volatile* p) {
  InterlockedIncrement64(q);
  InterlockedExchangePointer(p, nullptr);
  InterlockedCompareExchangePointer(p, nullptr, nullptr);
  KeMemoryBarrier();
  return InterlockedIncrement(l) + InterlockedDecrement(l) + InterlockedExchange(l, 1) + InterlockedExchangeAdd(l, 2) +
         InterlockedCompareExchange(l, 3, 4) + InterlockedOr(l, 5) + InterlockedAnd(l, 6) + InterlockedXor(l, 7) +
         InterlockedBitTestAndSet(l, 3) + InterlockedBitTestAndReset(l, 4) + ReadAcquire(l);
}
void lists(PLIST_ENTRY head, PLIST_ENTRY entry, PIRP irp) {
  InitializeListHead(head);
  InsertHeadList(head, entry);
  RemoveEntryList(entry);
  InsertTailList(head, entry);
  RemoveHeadList(head);
  if (!IsListEmpty(head)) RtlFailFast(FAST_FAIL_CORRUPT_LIST_ENTRY);
  IoCopyCurrentIrpStackLocationToNext(irp);
  IoSetCompletionRoutine(irp, nullptr, nullptr, TRUE, TRUE, TRUE);
  IoSetCancelRoutine(irp, nullptr);
  IoMarkIrpPending(irp);
}
NTSTATUS strings(PWSTR w, PSTR a, PUNICODE_STRING u) {
  SIZE_T length;
  RtlStringCchPrintfA(a, 10, "%d", 1);
  RtlStringCbCatW(w, 20, TEXT("x"));
  RtlUnicodeStringInit(u, w);
  return RtlStringCchLengthW(w, 10, &length);
}
NTSTATUS arithmetic(ULONG a, LONG b, ULONG* result, SIZE_T s) {
  ULONGLONG q;
  RtlULongLongMult(a, a, &q);
  RtlULongSub(a, 3, result);
  LONG l;
  RtlLongAdd(b, b, &l);
  return NT_SUCCESS(RtlSizeTToULong(s, result)) ? RtlULongAdd(a, *result, result) : STATUS_INTEGER_OVERFLOW;
}
PHYSICAL_ADDRESS page(PPORTWAVERTSTREAM stream, PMDL mdl, ULONG index) {
  return stream->GetPhysicalPageAddress(mdl, index);
}
PVOID lookaside(PNPAGED_LOOKASIDE_LIST list) {
  PVOID p = ExAllocateFromNPagedLookasideList(list);
  ExFreeToNPagedLookasideList(list, p);
  return MmGetSystemAddressForMdlSafe(static_cast<PMDL>(p), NormalPagePriority);
}
