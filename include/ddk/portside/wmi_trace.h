// WPP's side of event tracing (wdm: WmiTraceMessage, WmiQueryTraceInformation). The host answers without calling.
#pragma once
#include <portside/etw.h>

typedef ULONG64 TRACEHANDLE, *PTRACEHANDLE;
// Order from the page's table; the first of WMI's own trace calls that WPP makes (TraceHandleClass's place is from memory).
typedef enum _TRACE_INFORMATION_CLASS {
  TraceIdClass, TraceHandleClass, TraceEnableFlagsClass, TraceEnableLevelClass, GlobalLoggerHandleClass, EventLoggerHandleClass,
  AllLoggerHandlesClass, TraceHandleByNameClass, LoggerEventsLostClass, TraceSessionSettingsClass, LoggerEventsLoggedClass,
  DiskIoNotifyRoutinesClass, TraceInformationClassReserved1, FltIoNotifyRoutinesClass, TraceInformationClassReserved2,
  WdfNotifyRoutinesClass, MaxTraceInformationClass
} TRACE_INFORMATION_CLASS;
#define TRACE_MESSAGE_SEQUENCE 1
#define TRACE_MESSAGE_GUID 2
#define TRACE_MESSAGE_COMPONENTID 4
#define TRACE_MESSAGE_TIMESTAMP 8
#define TRACE_MESSAGE_PERFORMANCE_TIMESTAMP 16
#define TRACE_MESSAGE_SYSTEMINFO 32

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
NTKERNELAPI NTSTATUS CDECL WmiTraceMessage(TRACEHANDLE LoggerHandle, ULONG MessageFlags, LPCGUID MessageGuid,
                                           USHORT MessageNumber, ...);
NTKERNELAPI NTSTATUS NTAPI WmiTraceMessageVa(TRACEHANDLE LoggerHandle, ULONG MessageFlags, LPCGUID MessageGuid,
                                             USHORT MessageNumber, va_list MessageArgList);
NTKERNELAPI NTSTATUS NTAPI WmiQueryTraceInformation(TRACE_INFORMATION_CLASS TraceInformationClass, PVOID TraceInformation,
                                                    ULONG TraceInformationLength, PULONG RequiredLength, PVOID Buffer);
EXTERN_C_END
#endif
