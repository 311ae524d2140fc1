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
#include <initguid.h>
#include <ntddk.h>
#include <windef.h>
#include <wingdi.h>
typedef WCHAR TCHAR;  // ksmedia.h has one in a structure that is not ours
#include <ks.h>
#include <ksmedia.h>
#include <mmreg.h>
// portcls.h names these two and ksmedia.h has neither.
struct KSRTAUDIO_HWLATENCY;
struct KSRTAUDIO_HWREGISTER;
#include <devguid.h>
#include <devpkey.h>
#include <devpropdef.h>
#include <drmk.h>
#include <ntstatus.h>
#include <portcls.h>
#include <stdunk.h>
#include <wdmguid.h>
