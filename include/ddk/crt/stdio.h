// For driver targets alone: formatted printing into buffers.
#pragma once
#include <stddef.h>
#include <stdarg.h>
#include <wchar.h>
#ifdef __cplusplus
extern "C" {
#endif
int __cdecl sprintf(char* buffer, const char* format, ...);
int __cdecl _snprintf(char* buffer, size_t count, const char* format, ...);
int __cdecl vsprintf(char* buffer, const char* format, va_list args);
int __cdecl sprintf_s(char* buffer, size_t size, const char* format, ...);
int __cdecl swprintf(wchar_t* buffer, const wchar_t* format, ...);
int __cdecl sscanf(const char* text, const char* format, ...);
#ifdef __cplusplus
}
#endif
