// The GUIDs of ks.h and ksmedia.h for drivers in C, as ksguid.lib has them.
#define PORTSIDE_KSGUID
#include <ntddk.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>
