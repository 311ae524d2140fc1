// include/ddk in one translation unit, as a driver on the MSVC target reads it.
#pragma once
// Their order is part of it: initguid.h comes before what it is to define.
// clang-format off
#include <ntddk.h>
#include <ntifs.h>
#include <initguid.h>
#include <windef.h>
#include <mmsystem.h>
#include <mmreg.h>
#include <ks.h>
#include <ksmedia.h>
#include <portcls.h>
#include <drmk.h>
#include <stdunk.h>
#include <ntstatus.h>
#include <wdmguid.h>
#include <devpropdef.h>
#include <devpkey.h>
#include <ntstrsafe.h>
#include <ntintsafe.h>
#include <intsafe.h>
#include <ksdebug.h>
#include <wdf.h>
#include <wdfminiport.h>
#include <usbspec.h>
#include <usb.h>
#include <sidebandaudio.h>
#include <usbsidebandaudio.h>
#include <a2dpsidebandaudio.h>
#include <bthhfpddi.h>
#include <devguid.h>
#include <wdmsec.h>
#include <evntprov.h>
#include <winmeta.h>
#include <TraceLoggingProvider.h>
#include <reshub.h>
#include <spb.h>
#include <gpio.h>
// clang-format on
