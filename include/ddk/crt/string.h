// For driver targets alone: the kernel exports these.
#pragma once
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
void* __cdecl memcpy(void* destination, const void* source, size_t bytes);
void* __cdecl memmove(void* destination, const void* source, size_t bytes);
void* __cdecl memset(void* destination, int value, size_t bytes);
int __cdecl memcmp(const void* a, const void* b, size_t bytes);
void* __cdecl memchr(const void* p, int value, size_t bytes);
size_t __cdecl strlen(const char* s);
size_t __cdecl strnlen(const char* s, size_t max);
int __cdecl strcmp(const char* a, const char* b);
int __cdecl strncmp(const char* a, const char* b, size_t max);
int __cdecl _stricmp(const char* a, const char* b);
int __cdecl _strnicmp(const char* a, const char* b, size_t max);
char* __cdecl strcpy(char* destination, const char* source);
char* __cdecl strncpy(char* destination, const char* source, size_t max);
char* __cdecl strcat(char* destination, const char* source);
char* __cdecl strncat(char* destination, const char* source, size_t max);
char* __cdecl strchr(const char* s, int c);
char* __cdecl strrchr(const char* s, int c);
char* __cdecl strstr(const char* s, const char* part);
int __cdecl strcpy_s(char* destination, size_t size, const char* source);
int __cdecl strcat_s(char* destination, size_t size, const char* source);
#ifdef __cplusplus
}
#endif
#include <wchar.h>
