// For driver targets alone.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
int __cdecl isdigit(int c);
int __cdecl isxdigit(int c);
int __cdecl isspace(int c);
int __cdecl isalpha(int c);
int __cdecl isalnum(int c);
int __cdecl isupper(int c);
int __cdecl islower(int c);
int __cdecl toupper(int c);
int __cdecl tolower(int c);
#ifdef __cplusplus
}
#endif
