// For driver targets alone: the kernel exports these.
#pragma once
#include <stddef.h>
#include <stdarg.h>
#ifdef __cplusplus
extern "C" {
#endif
size_t __cdecl wcslen(const wchar_t* s);
size_t __cdecl wcsnlen(const wchar_t* s, size_t max);
int __cdecl wcscmp(const wchar_t* a, const wchar_t* b);
int __cdecl wcsncmp(const wchar_t* a, const wchar_t* b, size_t max);
int __cdecl _wcsicmp(const wchar_t* a, const wchar_t* b);
int __cdecl _wcsnicmp(const wchar_t* a, const wchar_t* b, size_t max);
wchar_t* __cdecl wcscpy(wchar_t* destination, const wchar_t* source);
wchar_t* __cdecl wcsncpy(wchar_t* destination, const wchar_t* source, size_t max);
wchar_t* __cdecl wcscat(wchar_t* destination, const wchar_t* source);
wchar_t* __cdecl wcsncat(wchar_t* destination, const wchar_t* source, size_t max);
wchar_t* __cdecl wcschr(const wchar_t* s, wchar_t c);
wchar_t* __cdecl wcsrchr(const wchar_t* s, wchar_t c);
wchar_t* __cdecl wcsstr(const wchar_t* s, const wchar_t* part);
int __cdecl wcscpy_s(wchar_t* destination, size_t size, const wchar_t* source);
int __cdecl wcscat_s(wchar_t* destination, size_t size, const wchar_t* source);
int __cdecl _snwprintf(wchar_t* buffer, size_t count, const wchar_t* format, ...);
#ifndef PORTSIDE_CRT_VSN
#define PORTSIDE_CRT_VSN
int __cdecl _vsnprintf(char* buffer, size_t count, const char* format, va_list args);
int __cdecl _vsnwprintf(wchar_t* buffer, size_t count, const wchar_t* format, va_list args);
#endif
#ifdef __cplusplus
}
#endif
