// Counted and bounded string functions (DDI reference: ntstrsafe). Inline, as in the kit: only _vsnprintf and
// _vsnwprintf come from the kernel.
#pragma once
#include <ntdef.h>
#include <ntstatus.h>

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
#define STRSAFE_MAX_CCH NTSTRSAFE_MAX_CCH
#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define NTSTRSAFEDDI FORCEINLINE NTSTATUS
typedef char* NTSTRSAFE_PSTR;
typedef const char* NTSTRSAFE_PCSTR;
typedef WCHAR* NTSTRSAFE_PWSTR;
typedef const WCHAR* NTSTRSAFE_PCWSTR;

EXTERN_C_START

#if PORTSIDE_DDK_WINDOWS
#ifndef PORTSIDE_CRT_VSN
#define PORTSIDE_CRT_VSN
int __cdecl _vsnprintf(char* buffer, size_t count, const char* format, va_list args);
int __cdecl _vsnwprintf(wchar_t* buffer, size_t count, const wchar_t* format, va_list args);
#endif
#define PORTSIDE_VSN_A _vsnprintf
#define PORTSIDE_VSN_W _vsnwprintf
#define PORTSIDE_VA_LIST va_list
#define PORTSIDE_VA_START va_start
#define PORTSIDE_VA_END va_end
#else
// The host defines these two for itself and for the drivers' imports of the C names.
int NTAPI portside_crt__vsnprintf(char* buffer, SIZE_T count, const char* format, __builtin_ms_va_list args);
int NTAPI portside_crt__vsnwprintf(WCHAR* buffer, SIZE_T count, const WCHAR* format, __builtin_ms_va_list args);
#define PORTSIDE_VSN_A portside_crt__vsnprintf
#define PORTSIDE_VSN_W portside_crt__vsnwprintf
#define PORTSIDE_VA_LIST __builtin_ms_va_list
#define PORTSIDE_VA_START __builtin_ms_va_start
#define PORTSIDE_VA_END __builtin_ms_va_end
#endif

#define PORTSIDE_STRSAFE(X, Char, PStr, PCStr, Vsn)                                                              \
  FORCEINLINE NTSTATUS PortsideLength##X(const Char* s, SIZE_T max, SIZE_T* length) {                            \
    SIZE_T n = 0;                                                                                                \
    if (!s || max > NTSTRSAFE_MAX_CCH) goto bad;                                                                 \
    while (n < max && s[n]) ++n;                                                                                 \
    if (n == max) goto bad;                                                                                      \
    if (length) *length = n;                                                                                     \
    return STATUS_SUCCESS;                                                                                       \
  bad:                                                                                                           \
    if (length) *length = 0;                                                                                     \
    return STATUS_INVALID_PARAMETER;                                                                             \
  }                                                                                                              \
  FORCEINLINE NTSTATUS PortsideCopy##X(Char* d, SIZE_T cch, const Char* s, SIZE_T take) {                        \
    SIZE_T n = 0;                                                                                                \
    if (cch == 0 || cch > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER;                                    \
    while (n < cch && n < take && s[n]) {                                                                        \
      d[n] = s[n];                                                                                               \
      ++n;                                                                                                       \
    }                                                                                                            \
    if (n == cch) {                                                                                              \
      d[n - 1] = 0;                                                                                              \
      return STATUS_BUFFER_OVERFLOW;                                                                             \
    }                                                                                                            \
    d[n] = 0;                                                                                                    \
    return STATUS_SUCCESS;                                                                                       \
  }                                                                                                              \
  FORCEINLINE NTSTATUS PortsideCat##X(Char* d, SIZE_T cch, const Char* s, SIZE_T take) {                         \
    SIZE_T n;                                                                                                    \
    NTSTATUS status = PortsideLength##X(d, cch, &n);                                                             \
    return NT_SUCCESS(status) ? PortsideCopy##X(d + n, cch - n, s, take) : status;                               \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCchVPrintf##X(PStr d, SIZE_T cch, PCStr format, PORTSIDE_VA_LIST args) {         \
    int n;                                                                                                       \
    if (cch == 0 || cch > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER;                                    \
    n = Vsn(d, cch - 1, format, args);                                                                           \
    if (n < 0 || (SIZE_T)n > cch - 1) {                                                                          \
      d[cch - 1] = 0;                                                                                            \
      return STATUS_BUFFER_OVERFLOW;                                                                             \
    }                                                                                                            \
    d[n] = 0;                                                                                                    \
    return STATUS_SUCCESS;                                                                                       \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCbVPrintf##X(PStr d, SIZE_T cb, PCStr format, PORTSIDE_VA_LIST args) {           \
    return RtlStringCchVPrintf##X(d, cb / sizeof(Char), format, args);                                           \
  }                                                                                                              \
  PORTSIDE_VARIADIC_INLINE NTSTATUS CDECL RtlStringCchPrintf##X(PStr d, SIZE_T cch, PCStr format, ...) {         \
    PORTSIDE_VA_LIST args;                                                                                       \
    NTSTATUS status;                                                                                             \
    PORTSIDE_VA_START(args, format);                                                                             \
    status = RtlStringCchVPrintf##X(d, cch, format, args);                                                       \
    PORTSIDE_VA_END(args);                                                                                       \
    return status;                                                                                               \
  }                                                                                                              \
  PORTSIDE_VARIADIC_INLINE NTSTATUS CDECL RtlStringCbPrintf##X(PStr d, SIZE_T cb, PCStr format, ...) {           \
    PORTSIDE_VA_LIST args;                                                                                       \
    NTSTATUS status;                                                                                             \
    PORTSIDE_VA_START(args, format);                                                                             \
    status = RtlStringCchVPrintf##X(d, cb / sizeof(Char), format, args);                                         \
    PORTSIDE_VA_END(args);                                                                                       \
    return status;                                                                                               \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCchCopy##X(PStr d, SIZE_T cch, PCStr s) {                                        \
    return PortsideCopy##X(d, cch, s, NTSTRSAFE_MAX_CCH);                                                        \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCbCopy##X(PStr d, SIZE_T cb, PCStr s) {                                          \
    return PortsideCopy##X(d, cb / sizeof(Char), s, NTSTRSAFE_MAX_CCH);                                          \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCchCopyN##X(PStr d, SIZE_T cch, PCStr s, SIZE_T take) {                          \
    return take > NTSTRSAFE_MAX_CCH ? STATUS_INVALID_PARAMETER : PortsideCopy##X(d, cch, s, take);               \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCbCopyN##X(PStr d, SIZE_T cb, PCStr s, SIZE_T take) {                            \
    return RtlStringCchCopyN##X(d, cb / sizeof(Char), s, take / sizeof(Char));                                   \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCchCat##X(PStr d, SIZE_T cch, PCStr s) {                                         \
    return PortsideCat##X(d, cch, s, NTSTRSAFE_MAX_CCH);                                                         \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCbCat##X(PStr d, SIZE_T cb, PCStr s) {                                           \
    return PortsideCat##X(d, cb / sizeof(Char), s, NTSTRSAFE_MAX_CCH);                                           \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCchCatN##X(PStr d, SIZE_T cch, PCStr s, SIZE_T take) {                           \
    return take > NTSTRSAFE_MAX_CCH ? STATUS_INVALID_PARAMETER : PortsideCat##X(d, cch, s, take);                \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCbCatN##X(PStr d, SIZE_T cb, PCStr s, SIZE_T take) {                             \
    return RtlStringCchCatN##X(d, cb / sizeof(Char), s, take / sizeof(Char));                                    \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCchLength##X(PCStr s, SIZE_T max, SIZE_T* length) {                              \
    return PortsideLength##X(s, max, length);                                                                    \
  }                                                                                                              \
  FORCEINLINE NTSTATUS RtlStringCbLength##X(PCStr s, SIZE_T max, SIZE_T* length) {                               \
    NTSTATUS status = PortsideLength##X(s, max / sizeof(Char), length);                                          \
    if (length) *length *= sizeof(Char);                                                                         \
    return status;                                                                                               \
  }

// A variadic function cannot be forced inline.
#ifdef __cplusplus
#define PORTSIDE_VARIADIC_INLINE inline
#else
#define PORTSIDE_VARIADIC_INLINE static inline
#endif
PORTSIDE_STRSAFE(A, char, NTSTRSAFE_PSTR, NTSTRSAFE_PCSTR, PORTSIDE_VSN_A)
PORTSIDE_STRSAFE(W, WCHAR, NTSTRSAFE_PWSTR, NTSTRSAFE_PCWSTR, PORTSIDE_VSN_W)
#undef PORTSIDE_STRSAFE

// UNICODE_STRING variants: the length lives in the structure, no terminator is written.
FORCEINLINE NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING d, NTSTRSAFE_PCWSTR format, PORTSIDE_VA_LIST args) {
  SIZE_T max = d->MaximumLength / sizeof(WCHAR);
  int n = PORTSIDE_VSN_W(d->Buffer, max, format, args);
  if (n < 0 || (SIZE_T)n > max) {
    d->Length = (USHORT)(max * sizeof(WCHAR));
    return STATUS_BUFFER_OVERFLOW;
  }
  d->Length = (USHORT)((SIZE_T)n * sizeof(WCHAR));
  return STATUS_SUCCESS;
}
PORTSIDE_VARIADIC_INLINE NTSTATUS CDECL RtlUnicodeStringPrintf(PUNICODE_STRING d, NTSTRSAFE_PCWSTR format, ...) {
  PORTSIDE_VA_LIST args;
  NTSTATUS status;
  PORTSIDE_VA_START(args, format);
  status = RtlUnicodeStringVPrintf(d, format, args);
  PORTSIDE_VA_END(args);
  return status;
}
#undef PORTSIDE_VARIADIC_INLINE
FORCEINLINE NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING d, NTSTRSAFE_PCWSTR s) {
  SIZE_T max = d->MaximumLength / sizeof(WCHAR), n = 0;
  while (s[n] && n < max) {
    d->Buffer[n] = s[n];
    ++n;
  }
  d->Length = (USHORT)(n * sizeof(WCHAR));
  return s[n] ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
FORCEINLINE NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING d, PCUNICODE_STRING s) {
  USHORT n = s->Length <= d->MaximumLength ? s->Length : d->MaximumLength;
  __builtin_memcpy(d->Buffer, s->Buffer, n);
  d->Length = n;
  return n == s->Length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
FORCEINLINE NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING d, NTSTRSAFE_PCWSTR s) {
  SIZE_T max = d->MaximumLength / sizeof(WCHAR), n = d->Length / sizeof(WCHAR);
  while (*s && n < max) d->Buffer[n++] = *s++;
  d->Length = (USHORT)(n * sizeof(WCHAR));
  return *s ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
FORCEINLINE NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING d, PCUNICODE_STRING s) {
  USHORT room = (USHORT)(d->MaximumLength - d->Length), n = s->Length <= room ? s->Length : room;
  __builtin_memcpy((char*)d->Buffer + d->Length, s->Buffer, n);
  d->Length = (USHORT)(d->Length + n);
  return n == s->Length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
FORCEINLINE NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING d, NTSTRSAFE_PCWSTR s) {
  SIZE_T n = 0;
  if (s) {
    while (s[n]) {
      if (++n > NTSTRSAFE_UNICODE_STRING_MAX_CCH - 1) return STATUS_INVALID_PARAMETER;
    }
  }
  d->Length = (USHORT)(n * sizeof(WCHAR));
  d->MaximumLength = (USHORT)(s ? (n + 1) * sizeof(WCHAR) : 0);
  d->Buffer = (PWCH)s;
  return STATUS_SUCCESS;
}

EXTERN_C_END
