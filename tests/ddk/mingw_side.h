// mingw-w64's driver headers in one translation unit, read by clang for the mingw target. What stands here besides
// #include lines mends their reading as C++, nothing else.
#pragma once
#include <intrin.h>
// wdm.h defines these two again, with another linkage.
#define InterlockedBitTestAndSet oracle_second_definition_of_bts
#define InterlockedBitTestAndReset oracle_second_definition_of_btr
// Used by punknown.h, defined by nobody when no user-mode COM header is read.
#define DECLSPEC_NOTHROW
#define DECLSPEC_NOVTABLE
// Their order is part of it: most of them lean on what came before.
// clang-format off
#include <ntddk.h>
#include <initguid.h>
#include <windef.h>
#include <wingdi.h>
typedef WCHAR TCHAR;  // ksmedia.h has one in a structure that is not ours
#include <mmreg.h>
#include <ks.h>
#include <ksmedia.h>
// portcls.h names these two and ksmedia.h has neither.
struct KSRTAUDIO_HWLATENCY;
struct KSRTAUDIO_HWREGISTER;
#include <portcls.h>
#include <drmk.h>
#include <stdunk.h>
#include <ntstatus.h>
#include <wdmguid.h>
#include <devpropdef.h>
#include <devpkey.h>
#include <devguid.h>
#include <evntprov.h>
#include <gpio.h>
// clang-format on
