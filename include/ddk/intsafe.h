// The user-mode names of ntintsafe.h, over the same functions.
#pragma once
#include <ntintsafe.h>

#define INTSAFE_E_ARITHMETIC_OVERFLOW ((HRESULT)0x80070216L)
#define PORTSIDE_INTSAFE(Name, Type)                                                                       \
  FORCEINLINE HRESULT Name##Add(Type a, Type b, Type* r) {                                                 \
    return NT_SUCCESS(Rtl##Name##Add(a, b, r)) ? 0 : INTSAFE_E_ARITHMETIC_OVERFLOW;                        \
  }                                                                                                        \
  FORCEINLINE HRESULT Name##Sub(Type a, Type b, Type* r) {                                                 \
    return NT_SUCCESS(Rtl##Name##Sub(a, b, r)) ? 0 : INTSAFE_E_ARITHMETIC_OVERFLOW;                        \
  }                                                                                                        \
  FORCEINLINE HRESULT Name##Mult(Type a, Type b, Type* r) {                                                \
    return NT_SUCCESS(Rtl##Name##Mult(a, b, r)) ? 0 : INTSAFE_E_ARITHMETIC_OVERFLOW;                       \
  }
PORTSIDE_INTSAFE(ULong, ULONG)
PORTSIDE_INTSAFE(Long, LONG)
PORTSIDE_INTSAFE(UInt, UINT)
PORTSIDE_INTSAFE(UShort, USHORT)
PORTSIDE_INTSAFE(ULongLong, ULONGLONG)
PORTSIDE_INTSAFE(LongLong, LONGLONG)
PORTSIDE_INTSAFE(SizeT, SIZE_T)
#undef PORTSIDE_INTSAFE
