// mingw-w64's driver headers, with what they need to be read by g++ 12 as C++. Not a line of include/ddk is in here.
#pragma once

#include <intrin.h>
// wdm.h defines these two again, with another linkage.
#define InterlockedBitTestAndSet oracle_second_definition_of_bts
#define InterlockedBitTestAndReset oracle_second_definition_of_btr
// Used by punknown.h, defined by nobody when no user-mode COM header is read.
#define DECLSPEC_NOTHROW
#define DECLSPEC_NOVTABLE
#include <wdm.h>
#include <windef.h>
typedef WCHAR TCHAR;  // ksmedia.h has one in a structure that is not ours

#include <ks.h>
#include <ksmedia.h>

// portcls.h names these two and ksmedia.h has neither: from the documentation of IMiniportWaveRTStream::GetHWLatency.
typedef struct {
  ULONG FifoSize;
  ULONG ChipsetDelay;
  ULONG CodecDelay;
} KSRTAUDIO_HWLATENCY;
struct KSRTAUDIO_HWREGISTER;  // nobody here looks inside

#include <portcls.h>
