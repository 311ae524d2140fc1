// Mistakes that AddressSanitizer's checks see. The line says "breaks <Rule>" where the report must point.
#include <ntddk.h>

#include "mistakes.h"

namespace {

// Hands an address to somebody whom the compiler cannot see through.
template <class T>
__declspec(noinline) T* seen(T* address) {
  T* volatile place = address;
  return place;
}

UCHAR table[20];
UCHAR neighbour[20];

void StackOverrun(volatile LONG& wrong) {
  LONG samples[12] = {};
  LONG* at = seen(samples);
  for (LONG i = 0; i < 12 + wrong; ++i) at[i] = i;  // breaks StackTouchedOutside
}

void StackBefore(volatile LONG& wrong) {
  LONG samples[12] = {};
  LONG* at = seen(samples);
  const LONG first = at[wrong ? -1 : 0];  // breaks StackTouchedOutside
  at[0] = first;
}

void AfterScope(volatile LONG& wrong) {
  LONG outer = 0;
  LONG* kept = seen(&outer);
  {
    LONG inner[4] = {1, 2, 3, 4};
    LONG* at = seen(inner);
    if (wrong) kept = at;
  }
  *kept = 5;  // breaks StackTouchedAfterScope
}

void GlobalOverrun(volatile LONG& wrong) {
  seen(neighbour)[0] = 0;
  UCHAR* at = seen(table);
  at[wrong ? 20 : 19] = 1;  // breaks GlobalTouchedOutside
}

void GlobalByMemset(volatile LONG& wrong) {
  RtlZeroMemory(seen(table), wrong ? 21 : 20);  // breaks GlobalTouchedOutside
}

// In the three bytes between the block's end and the next multiple of 16, where no processor can see it.
void PoolOverrunInSlack(volatile LONG& wrong) {
  auto* block = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 13, kTag));
  if (!block) return;
  const UCHAR last = block[wrong ? 13 : 12];  // breaks PoolTouchedOutside
  block[0] = last;
  ExFreePoolWithTag(block, kTag);
}

void PoolBefore(volatile LONG& wrong) {
  auto* block = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, kTag));
  if (!block) return;
  const UCHAR first = block[wrong ? -1 : 0];  // breaks PoolTouchedOutside
  block[0] = first;
  ExFreePoolWithTag(block, kTag);
}

void PoolByMemcpy(volatile LONG& wrong) {
  UCHAR source[24] = {};
  auto* block = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, kTag));
  if (!block) return;
  RtlCopyMemory(block, seen(source), wrong ? 25 : 24);  // breaks StackTouchedOutside
  ExFreePoolWithTag(block, kTag);
}

void PoolAfterFree(volatile LONG& wrong) {
  auto* block = static_cast<UCHAR*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, kTag));
  if (!block) return;
  if (!wrong) block[3] = 1;
  ExFreePoolWithTag(block, kTag);
  if (wrong) block[3] = 1;  // breaks PoolTouchedAfterFree
}

// Leaves frames with guarded variables by an exception; what they marked must not be held against who comes after.
__declspec(noinline) void raise_below(LONG depth) {
  LONG samples[16] = {};
  LONG* at = seen(samples);
  at[depth] = depth;
  if (depth == 0) ExRaiseStatus(STATUS_UNSUCCESSFUL);
  raise_below(depth - 1);
  at[0] = at[depth];
}
__declspec(noinline) void use_the_stack(LONG depth) {
  UCHAR bytes[200] = {};
  UCHAR* at = seen(bytes);
  RtlFillMemory(at, sizeof(bytes), 1);
  if (depth) use_the_stack(depth - 1);
  at[0] = at[199];
}
void LeftByException(volatile LONG& wrong) {
  __try {
    raise_below(8);
  } __except (EXCEPTION_EXECUTE_HANDLER) {}
  use_the_stack(8);
  StackOverrun(wrong);
}

}  // namespace

#define CASE(name) {L## #name, &name}
const Case kCases[] = {CASE(StackOverrun),   CASE(StackBefore),        CASE(AfterScope), CASE(GlobalOverrun),
                       CASE(GlobalByMemset), CASE(PoolOverrunInSlack), CASE(PoolBefore), CASE(PoolByMemcpy),
                       CASE(PoolAfterFree),  CASE(LeftByException)};
const ULONG kCaseCount = ARRAYSIZE(kCases);
