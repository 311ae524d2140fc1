// Interlocked lists and lookaside lists.

#include <fmt/format.h>

#include <cstring>

#include "exports/api.h"
#include "exports/raise.h"
#include "kernel/kernel.h"
#include "kernel/spin_locks.h"
#include "memory/memory.h"

using namespace portside;
using namespace portside::exports;

namespace {

// ExInterlockedXxx work at any IRQL: they raise to HIGH_LEVEL around the lock ("interrupts are disabled").
class InterlockedScope {
 public:
  InterlockedScope(PKSPIN_LOCK lock, const char* api)
      : locks_(current<kernel::Kernel>().spin_locks()), lock_(reinterpret_cast<uint64_t*>(lock)), api_(api),
        irql_(locks_.acquire(lock_, api, kernel::kHighLevel)) {}
  ~InterlockedScope() { locks_.release(lock_, irql_, api_); }
  InterlockedScope(const InterlockedScope&) = delete;
  InterlockedScope& operator=(const InterlockedScope&) = delete;

 private:
  kernel::SpinLocks& locks_;
  uint64_t* lock_;
  const char* api_;
  kernel::Irql irql_;
};

// An SLIST_HEADER changes as a whole, by cmpxchg16b, with a sequence number against a pop that was overtaken.
struct ListState {
  uint64_t depth_and_sequence;
  uint64_t next;  // the entry's address; its four low bits are zero
};
// On failure `expected` is what was there instead. In assembler: without -mcx16 the compiler would call libatomic.
bool exchange(PSLIST_HEADER head, ListState& expected, ListState wanted) {
  bool exchanged = false;
  asm volatile("lock cmpxchg16b %[head]"
               : [head] "+m"(*head), "=@ccz"(exchanged), "+a"(expected.depth_and_sequence), "+d"(expected.next)
               : "b"(wanted.depth_and_sequence), "c"(wanted.next)
               : "memory");
  return exchanged;
}
ListState load(PSLIST_HEADER head) { return {head->Alignment, head->Region}; }
constexpr uint64_t kDepth = 0xFFFF;
uint64_t next_sequence(uint64_t word) { return (word & ~kDepth) + 0x10000; }
PSLIST_ENTRY entry_of(const ListState& state) { return reinterpret_cast<PSLIST_ENTRY>(state.next & ~uint64_t{0xF}); }

PSLIST_ENTRY pop(PSLIST_HEADER head) {
  ListState state = load(head);
  for (;;) {
    const PSLIST_ENTRY first = entry_of(state);
    if (!first) return nullptr;
    const auto next = reinterpret_cast<uint64_t>(first->Next);
    if (exchange(head, state,
                 {next_sequence(state.depth_and_sequence) | ((state.depth_and_sequence - 1) & kDepth),
                  next | (state.next & 0xF)}))
      return first;
  }
}
PSLIST_ENTRY push(PSLIST_HEADER head, PSLIST_ENTRY entry) {
  ListState state = load(head);
  for (;;) {
    const PSLIST_ENTRY first = entry_of(state);
    entry->Next = first;
    if (exchange(head, state,
                 {next_sequence(state.depth_and_sequence) | ((state.depth_and_sequence + 1) & kDepth),
                  reinterpret_cast<uint64_t>(entry) | (state.next & 0xF)}))
      return first;
  }
}
PSLIST_ENTRY flush(PSLIST_HEADER head) {
  ListState state = load(head);
  while (!exchange(head, state, {next_sequence(state.depth_and_sequence), state.next & 0xF})) {}
  return entry_of(state);
}

PVOID NTAPI default_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag) {
  return ExAllocatePoolWithTag(type, bytes, tag);
}
VOID NTAPI default_free(PVOID block) { ExFreePool(block); }
PVOID NTAPI default_allocate_ex(POOL_TYPE type, SIZE_T bytes, ULONG tag, PLOOKASIDE_LIST_EX) {
  return ExAllocatePoolWithTag(type, bytes, tag);
}
VOID NTAPI default_free_ex(PVOID block, PLOOKASIDE_LIST_EX) { ExFreePool(block); }

kernel::LiveObjects& live() { return current<kernel::Kernel>().live_objects(); }

// Verifying, nothing is kept: each entry goes back to the pool, where its misuse is seen (Driver Verifier does the same).
template <class List>
void initialize(List& list, POOL_TYPE type, SIZE_T bytes, ULONG tag) {
  list = {};
  list.Depth = current<memory::Memory>().verifying() ? 0 : 4;
  list.MaximumDepth = 256;
  list.Type = type;
  list.Tag = tag;
  list.Size = static_cast<ULONG>(bytes < sizeof(SLIST_ENTRY) ? sizeof(SLIST_ENTRY) : bytes);
  list.ListEntry.Flink = list.ListEntry.Blink = &list.ListEntry;  // as nothing else does that was not initialised
}
void tell_no_lookaside(const char* api, const void* list) {
  current<kernel::Kernel>().report_misuse(
      kernel::MisuseKind::kNotListed, api, list,
      fmt::format("{} was given a list that was never initialised, or is deleted", api));
}
// False, and told.
template <class List>
bool is_lookaside(const List& list, const char* api) {
  if (list.ListEntry.Flink == &list.ListEntry && list.ListEntry.Blink == &list.ListEntry) return true;
  tell_no_lookaside(api, &list);
  return false;
}
// What the driver's inline functions call of a list that is deleted.
PVOID NTAPI allocate_deleted(POOL_TYPE, SIZE_T, ULONG) {
  tell_no_lookaside("ExAllocateFromLookasideList", nullptr);
  return nullptr;
}
void NTAPI free_deleted(PVOID) { tell_no_lookaside("ExFreeToLookasideList", nullptr); }
PVOID NTAPI allocate_deleted_ex(POOL_TYPE, SIZE_T, ULONG, PLOOKASIDE_LIST_EX list) {
  tell_no_lookaside("ExAllocateFromLookasideListEx", list);
  return nullptr;
}
void NTAPI free_deleted_ex(PVOID, PLOOKASIDE_LIST_EX list) { tell_no_lookaside("ExFreeToLookasideListEx", list); }
template <class List>
void shut(List& list) {
  list.ListEntry = {};
  list.Depth = 0;  // nothing is kept, so that each free is seen
}
template <class List>
void initialize_old(List& list, POOL_TYPE type, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION free, ULONG flags,
                    SIZE_T bytes, ULONG tag) {
  initialize(list, static_cast<POOL_TYPE>(type | (flags & (POOL_NX_ALLOCATION | POOL_RAISE_IF_ALLOCATION_FAILURE))),
             bytes, tag);
  list.Allocate = allocate ? allocate : default_allocate;
  list.Free = free ? free : default_free;
}
template <class List>
void free_entries(List& list) {
  for (PSLIST_ENTRY entry = flush(&list.ListHead); entry;) {
    const PSLIST_ENTRY next = entry->Next;
    list.Free(entry);
    entry = next;
  }
}
void free_entries_ex(PLOOKASIDE_LIST_EX list) {
  for (PSLIST_ENTRY entry = flush(&list->L.ListHead); entry;) {
    const PSLIST_ENTRY next = entry->Next;
    list->L.FreeEx(entry, list);
    entry = next;
  }
}

}  // namespace

extern "C" {

PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock) {
  ApiScope scope("ExInterlockedInsertHeadList");
  InterlockedScope locked(Lock, "ExInterlockedInsertHeadList");
  const PLIST_ENTRY first = ListHead->Flink == ListHead ? nullptr : ListHead->Flink;
  InsertHeadList(ListHead, ListEntry);
  return first;
}
PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry, PKSPIN_LOCK Lock) {
  ApiScope scope("ExInterlockedInsertTailList");
  InterlockedScope locked(Lock, "ExInterlockedInsertTailList");
  const PLIST_ENTRY last = ListHead->Blink == ListHead ? nullptr : ListHead->Blink;
  InsertTailList(ListHead, ListEntry);
  return last;
}
PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock) {
  ApiScope scope("ExInterlockedRemoveHeadList");
  InterlockedScope locked(Lock, "ExInterlockedRemoveHeadList");
  return IsListEmpty(ListHead) ? nullptr : RemoveHeadList(ListHead);
}
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock) {
  ApiScope scope("ExInterlockedPopEntryList");
  InterlockedScope locked(Lock, "ExInterlockedPopEntryList");
  return PopEntryList(ListHead);
}
PSINGLE_LIST_ENTRY NTAPI ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY ListEntry,
                                                    PKSPIN_LOCK Lock) {
  ApiScope scope("ExInterlockedPushEntryList");
  InterlockedScope locked(Lock, "ExInterlockedPushEntryList");
  const PSINGLE_LIST_ENTRY first = ListHead->Next;
  PushEntryList(ListHead, ListEntry);
  return first;
}
LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment, PKSPIN_LOCK Lock) {
  ApiScope scope("ExInterlockedAddLargeInteger");
  InterlockedScope locked(Lock, "ExInterlockedAddLargeInteger");
  const LARGE_INTEGER before = *Addend;
  Addend->QuadPart =
      static_cast<LONGLONG>(static_cast<uint64_t>(before.QuadPart) + static_cast<uint64_t>(Increment.QuadPart));
  return before;
}
ULONG NTAPI ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock) {
  ApiScope scope("ExInterlockedAddUlong");
  InterlockedScope locked(Lock, "ExInterlockedAddUlong");
  const ULONG before = *Addend;
  *Addend = before + Increment;
  return before;
}

PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead) {
  ApiScope scope("ExpInterlockedPopEntrySList");
  current<kernel::Kernel>().takes(ListHead);
  return pop(ListHead);
}
PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry) {
  ApiScope scope("ExpInterlockedPushEntrySList");
  // SLIST_ENTRY: aligned on 16 bytes on 64-bit platforms, or the list would be corrupted.
  if (reinterpret_cast<ULONG_PTR>(ListEntry) % MEMORY_ALLOCATION_ALIGNMENT) raise_status(STATUS_DATATYPE_MISALIGNMENT);
  current<kernel::Kernel>().gives(ListHead);
  return push(ListHead, ListEntry);
}
PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER ListHead) {
  ApiScope scope("ExpInterlockedFlushSList");
  current<kernel::Kernel>().takes(ListHead);
  return flush(ListHead);
}
USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER SListHead) {
  ApiScope scope("ExQueryDepthSList", kPassiveLevel, kDispatchLevel);
  return static_cast<USHORT>(load(SListHead).depth_and_sequence & kDepth);
}
}  // extern "C"
// Inline in the driver headers; a real function in the kernel.
extern "C" VOID NTAPI portside_initialize_slist_head(PSLIST_HEADER SListHead) {
  ApiScope scope("InitializeSListHead");
  *SListHead = {};
}
extern "C" {

VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                           PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth) {
  ApiScope scope("ExInitializeNPagedLookasideList", kPassiveLevel, kDispatchLevel);
  initialize_old(Lookaside->L, NonPagedPool, Allocate, Free, Flags, Size, Tag);
  live().add(kernel::LiveKind::kLookaside, Lookaside, sizeof(*Lookaside));
}
VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside) {
  ApiScope scope("ExDeleteNPagedLookasideList", kPassiveLevel, kDispatchLevel);
  if (!is_lookaside(Lookaside->L, "ExDeleteNPagedLookasideList")) return;
  live().remove(Lookaside);
  free_entries(Lookaside->L);
  shut(Lookaside->L);
  Lookaside->L.Allocate = allocate_deleted;
  Lookaside->L.Free = free_deleted;
}
VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside, PALLOCATE_FUNCTION Allocate,
                                          PFREE_FUNCTION Free, ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth) {
  ApiScope scope("ExInitializePagedLookasideList", kPassiveLevel, kApcLevel);
  initialize_old(Lookaside->L, PagedPool, Allocate, Free, Flags, Size, Tag);
  live().add(kernel::LiveKind::kLookaside, Lookaside, sizeof(*Lookaside));
}
VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside) {
  ApiScope scope("ExDeletePagedLookasideList", kPassiveLevel, kApcLevel);
  if (!is_lookaside(Lookaside->L, "ExDeletePagedLookasideList")) return;
  live().remove(Lookaside);
  free_entries(Lookaside->L);
  shut(Lookaside->L);
  Lookaside->L.Allocate = allocate_deleted;
  Lookaside->L.Free = free_deleted;
}
NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside, PALLOCATE_FUNCTION_EX Allocate,
                                           PFREE_FUNCTION_EX Free, POOL_TYPE PoolType, ULONG Flags, SIZE_T Size,
                                           ULONG Tag, USHORT Depth) {
  ApiScope scope("ExInitializeLookasideListEx", kPassiveLevel, PoolType & PagedPool ? kApcLevel : kDispatchLevel);
  constexpr ULONG kFlags = EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;
  if (Depth != 0) return STATUS_INVALID_PARAMETER_8;
  if (Flags & ~kFlags || Flags == kFlags) return STATUS_INVALID_PARAMETER_5;
  if (made_to_fail(FailureKind::kObject, "ExInitializeLookasideListEx")) return STATUS_INSUFFICIENT_RESOURCES;
  initialize(Lookaside->L,
             static_cast<POOL_TYPE>(
                 PoolType | (Flags & EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0)),
             Size, Tag);
  Lookaside->L.AllocateEx = Allocate ? Allocate : default_allocate_ex;
  Lookaside->L.FreeEx = Free ? Free : default_free_ex;
  live().add(kernel::LiveKind::kLookaside, Lookaside, sizeof(*Lookaside));
  return STATUS_SUCCESS;
}
VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) {
  ApiScope scope("ExDeleteLookasideListEx", kPassiveLevel, kDispatchLevel);
  if (!is_lookaside(Lookaside->L, "ExDeleteLookasideListEx")) return;
  live().remove(Lookaside);
  free_entries_ex(Lookaside);
  shut(Lookaside->L);
  Lookaside->L.AllocateEx = allocate_deleted_ex;
  Lookaside->L.FreeEx = free_deleted_ex;
}
VOID NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside) {
  ApiScope scope("ExFlushLookasideListEx", kPassiveLevel, kDispatchLevel);
  if (!is_lookaside(Lookaside->L, "ExFlushLookasideListEx")) return;
  free_entries_ex(Lookaside);
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kExListRows[] = {
    EXPORT(NtosKrnl, ExInterlockedInsertHeadList),
    EXPORT(NtosKrnl, ExInterlockedInsertTailList),
    EXPORT(NtosKrnl, ExInterlockedRemoveHeadList),
    EXPORT(NtosKrnl, ExInterlockedPopEntryList),
    EXPORT(NtosKrnl, ExInterlockedPushEntryList),
    EXPORT(NtosKrnl, ExInterlockedAddLargeInteger),
    EXPORT(NtosKrnl, ExInterlockedAddUlong),
    EXPORT(NtosKrnl, ExpInterlockedPopEntrySList),
    EXPORT(NtosKrnl, ExpInterlockedPushEntrySList),
    EXPORT(NtosKrnl, ExpInterlockedFlushSList),
    EXPORT(NtosKrnl, ExQueryDepthSList),
    EXPORT_AS(NtosKrnl, "InitializeSListHead", portside_initialize_slist_head),
    EXPORT(NtosKrnl, ExInitializeNPagedLookasideList),
    EXPORT(NtosKrnl, ExDeleteNPagedLookasideList),
    EXPORT(NtosKrnl, ExInitializePagedLookasideList),
    EXPORT(NtosKrnl, ExDeletePagedLookasideList),
    EXPORT(NtosKrnl, ExInitializeLookasideListEx),
    EXPORT(NtosKrnl, ExDeleteLookasideListEx),
    EXPORT(NtosKrnl, ExFlushLookasideListEx),
};
}  // namespace
const ExportSet kExListExports{kExListRows};
}  // namespace portside::exports
