// For driver targets alone.
#pragma once
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
int __cdecl atoi(const char* s);
long __cdecl atol(const char* s);
int __cdecl abs(int v);
long __cdecl labs(long v);
int __cdecl rand(void);
void __cdecl srand(unsigned int seed);
unsigned long __cdecl strtoul(const char* s, char** end, int base);
long __cdecl strtol(const char* s, char** end, int base);
void __cdecl qsort(void* base, size_t count, size_t size, int(__cdecl* compare)(const void*, const void*));
void* __cdecl bsearch(const void* key, const void* base, size_t count, size_t size, int(__cdecl* compare)(const void*, const void*));
unsigned short __cdecl _byteswap_ushort(unsigned short v);
unsigned long __cdecl _byteswap_ulong(unsigned long v);
unsigned __int64 __cdecl _byteswap_uint64(unsigned __int64 v);
#ifdef __cplusplus
}
#endif
#ifndef _countof
#define _countof(array) (sizeof(array) / sizeof((array)[0]))
#endif
