// Interlocked operations and barriers. Windows documents them as full barriers; x64 drivers have them inline.
#pragma once
#include <ntdef.h>

EXTERN_C_START

#define PORTSIDE_INTERLOCKED(Suffix, Type)                                                             \
  FORCEINLINE Type InterlockedIncrement##Suffix(Type volatile* Addend) {                               \
    return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                            \
  }                                                                                                    \
  FORCEINLINE Type InterlockedDecrement##Suffix(Type volatile* Addend) {                               \
    return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                            \
  }                                                                                                    \
  FORCEINLINE Type InterlockedExchange##Suffix(Type volatile* Target, Type Value) {                    \
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);                                       \
  }                                                                                                    \
  FORCEINLINE Type InterlockedExchangeAdd##Suffix(Type volatile* Addend, Type Value) {                 \
    return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);                                        \
  }                                                                                                    \
  FORCEINLINE Type InterlockedAdd##Suffix(Type volatile* Addend, Type Value) {                         \
    return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST);                                        \
  }                                                                                                    \
  FORCEINLINE Type InterlockedCompareExchange##Suffix(Type volatile* Target, Type Value, Type Comparand) { \
    __atomic_compare_exchange_n(Target, &Comparand, Value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);     \
    return Comparand;                                                                                  \
  }                                                                                                    \
  FORCEINLINE Type InterlockedAnd##Suffix(Type volatile* Target, Type Set) {                           \
    return __atomic_fetch_and(Target, Set, __ATOMIC_SEQ_CST);                                          \
  }                                                                                                    \
  FORCEINLINE Type InterlockedOr##Suffix(Type volatile* Target, Type Set) {                            \
    return __atomic_fetch_or(Target, Set, __ATOMIC_SEQ_CST);                                           \
  }                                                                                                    \
  FORCEINLINE Type InterlockedXor##Suffix(Type volatile* Target, Type Set) {                           \
    return __atomic_fetch_xor(Target, Set, __ATOMIC_SEQ_CST);                                          \
  }

PORTSIDE_INTERLOCKED(, LONG)
PORTSIDE_INTERLOCKED(64, LONG64)
PORTSIDE_INTERLOCKED(16, SHORT)
#undef PORTSIDE_INTERLOCKED

FORCEINLINE PVOID InterlockedExchangePointer(PVOID volatile* Target, PVOID Value) {
  return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}
FORCEINLINE PVOID InterlockedCompareExchangePointer(PVOID volatile* Target, PVOID Value, PVOID Comparand) {
  __atomic_compare_exchange_n(Target, &Comparand, Value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return Comparand;
}
FORCEINLINE CHAR InterlockedExchange8(CHAR volatile* Target, CHAR Value) {
  return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}
FORCEINLINE BOOLEAN InterlockedBitTestAndSet(LONG volatile* Base, LONG Bit) {
  LONG mask = (LONG)(1u << (Bit & 31));
  return (BOOLEAN)((__atomic_fetch_or(Base + Bit / 32, mask, __ATOMIC_SEQ_CST) & mask) != 0);
}
FORCEINLINE BOOLEAN InterlockedBitTestAndReset(LONG volatile* Base, LONG Bit) {
  LONG mask = (LONG)(1u << (Bit & 31));
  return (BOOLEAN)((__atomic_fetch_and(Base + Bit / 32, ~mask, __ATOMIC_SEQ_CST) & mask) != 0);
}
#define InterlockedExchangeAddSizeT(a, b) ((SIZE_T)InterlockedExchangeAdd64((LONG64 volatile*)(a), (LONG64)(b)))
#define InterlockedIncrementSizeT(a) ((SIZE_T)InterlockedIncrement64((LONG64 volatile*)(a)))
#define InterlockedDecrementSizeT(a) ((SIZE_T)InterlockedDecrement64((LONG64 volatile*)(a)))
#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedExchangeAcquire InterlockedExchange
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange

FORCEINLINE LONG ReadAcquire(LONG const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_ACQUIRE); }
FORCEINLINE LONG ReadNoFence(LONG const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_RELAXED); }
FORCEINLINE LONG64 ReadNoFence64(LONG64 const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_RELAXED); }
FORCEINLINE LONG64 ReadAcquire64(LONG64 const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_ACQUIRE); }
FORCEINLINE ULONG ReadULongAcquire(ULONG const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_ACQUIRE); }
FORCEINLINE ULONG ReadULongNoFence(ULONG const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_RELAXED); }
FORCEINLINE PVOID ReadPointerAcquire(PVOID const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_ACQUIRE); }
FORCEINLINE PVOID ReadPointerNoFence(PVOID const volatile* Source) { return __atomic_load_n(Source, __ATOMIC_RELAXED); }
FORCEINLINE VOID WriteRelease(LONG volatile* Target, LONG Value) { __atomic_store_n(Target, Value, __ATOMIC_RELEASE); }
FORCEINLINE VOID WriteNoFence(LONG volatile* Target, LONG Value) { __atomic_store_n(Target, Value, __ATOMIC_RELAXED); }
FORCEINLINE VOID WriteRelease64(LONG64 volatile* Target, LONG64 Value) {
  __atomic_store_n(Target, Value, __ATOMIC_RELEASE);
}
FORCEINLINE VOID WriteNoFence64(LONG64 volatile* Target, LONG64 Value) {
  __atomic_store_n(Target, Value, __ATOMIC_RELAXED);
}
FORCEINLINE VOID WriteULongRelease(ULONG volatile* Target, ULONG Value) {
  __atomic_store_n(Target, Value, __ATOMIC_RELEASE);
}
FORCEINLINE VOID WritePointerRelease(PVOID volatile* Target, PVOID Value) {
  __atomic_store_n(Target, Value, __ATOMIC_RELEASE);
}
FORCEINLINE VOID WritePointerNoFence(PVOID volatile* Target, PVOID Value) {
  __atomic_store_n(Target, Value, __ATOMIC_RELAXED);
}

FORCEINLINE VOID KeMemoryBarrier(VOID) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
#define KeMemoryBarrierWithoutFence() __asm__ __volatile__("" ::: "memory")
FORCEINLINE VOID MemoryBarrier(VOID) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
#define YieldProcessor() __builtin_ia32_pause()

EXTERN_C_END
