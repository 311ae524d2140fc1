// The basic types again, for sources that include the user-mode name.
#pragma once
#include <ntdef.h>
typedef struct tagRECT { LONG left; LONG top; LONG right; LONG bottom; } RECT, *PRECT, *LPRECT;
typedef struct tagPOINT { LONG x; LONG y; } POINT, *PPOINT, *LPPOINT;
typedef struct tagSIZE { LONG cx; LONG cy; } SIZE, *PSIZE, *LPSIZE;
#define FAR
#define NEAR
#define WINAPI NTAPI
#define CALLBACK NTAPI
