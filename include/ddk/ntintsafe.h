// Arithmetic that reports overflow (DDI reference: ntintsafe). On overflow the result is all ones.
#pragma once
#include <ntdef.h>
#include <ntstatus.h>
#include <stdint.h>

#ifndef STATUS_INTEGER_OVERFLOW
#define STATUS_INTEGER_OVERFLOW ((NTSTATUS)0xC0000095L)
#endif

#define PORTSIDE_SAFE_ARITHMETIC(Name, Type, Max)                                            \
  FORCEINLINE NTSTATUS Rtl##Name##Add(Type a, Type b, Type* r) {                             \
    if (!__builtin_add_overflow(a, b, r)) return STATUS_SUCCESS;                             \
    *r = (Type)(Max);                                                                        \
    return STATUS_INTEGER_OVERFLOW;                                                          \
  }                                                                                          \
  FORCEINLINE NTSTATUS Rtl##Name##Sub(Type a, Type b, Type* r) {                             \
    if (!__builtin_sub_overflow(a, b, r)) return STATUS_SUCCESS;                             \
    *r = (Type)(Max);                                                                        \
    return STATUS_INTEGER_OVERFLOW;                                                          \
  }                                                                                          \
  FORCEINLINE NTSTATUS Rtl##Name##Mult(Type a, Type b, Type* r) {                            \
    if (!__builtin_mul_overflow(a, b, r)) return STATUS_SUCCESS;                             \
    *r = (Type)(Max);                                                                        \
    return STATUS_INTEGER_OVERFLOW;                                                          \
  }
#define PORTSIDE_SAFE_CONVERSION(From, FromType, Dest, DestType, Max)                            \
  FORCEINLINE NTSTATUS Rtl##From##To##Dest(FromType v, DestType* r) {                            \
    if (!__builtin_add_overflow(v, (FromType)0, r)) return STATUS_SUCCESS;                   \
    *r = (DestType)(Max);                                                                      \
    return STATUS_INTEGER_OVERFLOW;                                                          \
  }

EXTERN_C_START
PORTSIDE_SAFE_ARITHMETIC(Int8, CHAR, -1)
PORTSIDE_SAFE_ARITHMETIC(UInt8, UINT8, 0xff)
PORTSIDE_SAFE_ARITHMETIC(UChar, UCHAR, 0xff)
PORTSIDE_SAFE_ARITHMETIC(Short, SHORT, -1)
PORTSIDE_SAFE_ARITHMETIC(UShort, USHORT, 0xffff)
PORTSIDE_SAFE_ARITHMETIC(Int, INT, -1)
PORTSIDE_SAFE_ARITHMETIC(UInt, UINT, 0xffffffff)
PORTSIDE_SAFE_ARITHMETIC(Long, LONG, -1)
PORTSIDE_SAFE_ARITHMETIC(ULong, ULONG, 0xffffffff)
PORTSIDE_SAFE_ARITHMETIC(LongLong, LONGLONG, -1)
PORTSIDE_SAFE_ARITHMETIC(ULongLong, ULONGLONG, 0xffffffffffffffffULL)
PORTSIDE_SAFE_ARITHMETIC(SizeT, SIZE_T, 0xffffffffffffffffULL)
PORTSIDE_SAFE_ARITHMETIC(ULongPtr, ULONG_PTR, 0xffffffffffffffffULL)
PORTSIDE_SAFE_ARITHMETIC(UIntPtr, UINT_PTR, 0xffffffffffffffffULL)
PORTSIDE_SAFE_ARITHMETIC(LongPtr, LONG_PTR, -1)

PORTSIDE_SAFE_CONVERSION(ULong, ULONG, Long, LONG, -1)
PORTSIDE_SAFE_CONVERSION(ULong, ULONG, UShort, USHORT, 0xffff)
PORTSIDE_SAFE_CONVERSION(ULong, ULONG, Short, SHORT, -1)
PORTSIDE_SAFE_CONVERSION(ULong, ULONG, UChar, UCHAR, 0xff)
PORTSIDE_SAFE_CONVERSION(ULong, ULONG, Int, INT, -1)
PORTSIDE_SAFE_CONVERSION(Long, LONG, ULong, ULONG, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(Long, LONG, UShort, USHORT, 0xffff)
PORTSIDE_SAFE_CONVERSION(Long, LONG, Short, SHORT, -1)
PORTSIDE_SAFE_CONVERSION(Int, INT, ULong, ULONG, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(Int, INT, UShort, USHORT, 0xffff)
PORTSIDE_SAFE_CONVERSION(Int, INT, UInt, UINT, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(UInt, UINT, Int, INT, -1)
PORTSIDE_SAFE_CONVERSION(UInt, UINT, UShort, USHORT, 0xffff)
PORTSIDE_SAFE_CONVERSION(UShort, USHORT, UChar, UCHAR, 0xff)
PORTSIDE_SAFE_CONVERSION(UShort, USHORT, Short, SHORT, -1)
PORTSIDE_SAFE_CONVERSION(ULongLong, ULONGLONG, ULong, ULONG, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(ULongLong, ULONGLONG, Long, LONG, -1)
PORTSIDE_SAFE_CONVERSION(ULongLong, ULONGLONG, LongLong, LONGLONG, -1)
PORTSIDE_SAFE_CONVERSION(ULongLong, ULONGLONG, UInt, UINT, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(ULongLong, ULONGLONG, UShort, USHORT, 0xffff)
PORTSIDE_SAFE_CONVERSION(LongLong, LONGLONG, ULong, ULONG, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(LongLong, LONGLONG, Long, LONG, -1)
PORTSIDE_SAFE_CONVERSION(LongLong, LONGLONG, ULongLong, ULONGLONG, 0xffffffffffffffffULL)
PORTSIDE_SAFE_CONVERSION(SizeT, SIZE_T, ULong, ULONG, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(SizeT, SIZE_T, UInt, UINT, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(SizeT, SIZE_T, UShort, USHORT, 0xffff)
PORTSIDE_SAFE_CONVERSION(SizeT, SIZE_T, Long, LONG, -1)
PORTSIDE_SAFE_CONVERSION(ULongPtr, ULONG_PTR, ULong, ULONG, 0xffffffff)
PORTSIDE_SAFE_CONVERSION(UIntPtr, UINT_PTR, UInt, UINT, 0xffffffff)
EXTERN_C_END
#undef PORTSIDE_SAFE_ARITHMETIC
#undef PORTSIDE_SAFE_CONVERSION
