// Which of the three targets these headers serve, and the keywords that differ between them:
//   - the MSVC target (a driver, built by clang or cl): _WIN32 and _MSC_VER;
//   - mingw (a driver, built by gcc or clang): _WIN32 alone;
//   - the Linux host: neither. LLP64 is kept by the typedefs, the Windows calling convention by NTAPI.
#pragma once

#if defined(_WIN32)
#define PORTSIDE_DDK_WINDOWS 1
#else
#define PORTSIDE_DDK_WINDOWS 0
#endif
#if defined(_WIN32) && defined(_MSC_VER)
#define PORTSIDE_DDK_MSVC 1
#else
#define PORTSIDE_DDK_MSVC 0
#endif

#ifndef _WIN64
#define _WIN64 1
#endif
#ifndef _AMD64_
#define _AMD64_ 1
#endif
#if PORTSIDE_DDK_WINDOWS && !PORTSIDE_DDK_MSVC && !defined(__int64)
#define __int64 long long
#endif

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

// The Windows x64 convention. On Windows targets it is the only one and the keyword changes nothing.
#if PORTSIDE_DDK_WINDOWS
#define NTAPI __stdcall
#define FASTCALL __fastcall
#define CDECL __cdecl
#define NTAPI_INLINE __stdcall
#define DECLSPEC_IMPORT __declspec(dllimport)
#define DECLSPEC_EXPORT __declspec(dllexport)
#define DECLSPEC_SELECTANY __declspec(selectany)
#else
#define NTAPI __attribute__((ms_abi))
#define FASTCALL __attribute__((ms_abi))
#define CDECL __attribute__((ms_abi))
#define NTAPI_INLINE __attribute__((ms_abi))
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define DECLSPEC_SELECTANY __attribute__((weak))
#endif

#if PORTSIDE_DDK_MSVC
#define DECLSPEC_ALIGN(bytes) __declspec(align(bytes))
#define DECLSPEC_NORETURN __declspec(noreturn)
#define DECLSPEC_NOINLINE __declspec(noinline)
#define DECLSPEC_NOTHROW __declspec(nothrow)
#define DECLSPEC_NOVTABLE __declspec(novtable)
#define DECLSPEC_UUID(text) __declspec(uuid(text))
#define DECLSPEC_DEPRECATED __declspec(deprecated)
#define FORCEINLINE __forceinline
#else
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_NOTHROW __attribute__((nothrow))
#define DECLSPEC_NOVTABLE
#define DECLSPEC_UUID(text) __declspec(uuid(text))
#define DECLSPEC_DEPRECATED __attribute__((deprecated))
#ifdef __cplusplus
#define FORCEINLINE inline __attribute__((always_inline))
#else
#define FORCEINLINE static inline __attribute__((always_inline))
#endif
#endif
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_ADDRSAFE
#define DECLSPEC_SAFEBUFFERS
#define CFORCEINLINE FORCEINLINE
#define NTSYSAPI DECLSPEC_IMPORT
#define NTSYSCALLAPI DECLSPEC_IMPORT
#define NTKERNELAPI DECLSPEC_IMPORT
#define NTHALAPI DECLSPEC_IMPORT

#ifndef UNALIGNED
#define UNALIGNED
#define UNALIGNED64
#endif
#define RESTRICTED_POINTER
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(SYSTEM_CACHE_ALIGNMENT_SIZE)

// Old keyword macros that driver sources use. A host file that includes the C++ library does not get them.
#if PORTSIDE_DDK_WINDOWS || defined(PORTSIDE_DDK_CLASSIC_KEYWORDS)
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef CRITICAL
#define CRITICAL
#endif
#ifndef NOMINMAX
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif
#endif
