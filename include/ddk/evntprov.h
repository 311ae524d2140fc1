// Providers of events, as kernel-mode code sees them (win32: evntprov; the functions are Etw... of wdm.h).
#pragma once
#include <ntdef.h>
#include <portside/etw_provider.h>
