// What a provider of events needs besides etw.h: traits, the meaning of data descriptors, filters (win32: evntprov; numbers
// of EVENT_INFO_CLASS by the order of its page).
#pragma once
#include <portside/etw.h>

#define EVENT_MIN_LEVEL 0
#define EVENT_MAX_LEVEL 0xff
#define EVENT_ACTIVITY_CTRL_GET_ID 1
#define EVENT_ACTIVITY_CTRL_SET_ID 2
#define EVENT_ACTIVITY_CTRL_CREATE_ID 3
#define EVENT_ACTIVITY_CTRL_GET_SET_ID 4
#define EVENT_ACTIVITY_CTRL_CREATE_SET_ID 5
#define EVENT_DATA_DESCRIPTOR_TYPE_NONE 0
#define EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA 1
#define EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA 2
#define EVENT_DATA_DESCRIPTOR_TYPE_TIMESTAMP_OVERRIDE 3
#define EVENT_WRITE_FLAG_NO_FAULTING 1
#define EVENT_WRITE_FLAG_INPRIVATE 2
#define EVENT_FILTER_TYPE_NONE 0
#define EVENT_FILTER_TYPE_SCHEMATIZED 0x80000000
#define EVENT_FILTER_TYPE_SYSTEM_FLAGS 0x80000001
#define EVENT_FILTER_TYPE_TRACEHANDLE 0x80000002
#define MAX_EVENT_DATA_DESCRIPTORS 128
#define MAX_EVENT_FILTER_DATA_SIZE 1024
#define EVENT_CONTROL_CODE_DISABLE_PROVIDER 0
#define EVENT_CONTROL_CODE_ENABLE_PROVIDER 1
#define EVENT_CONTROL_CODE_CAPTURE_STATE 2

typedef enum _EVENT_INFO_CLASS {
  EventProviderBinaryTrackInfo,
  EventProviderSetReserved1,
  EventProviderSetTraits,
  EventProviderUseDescriptorType,
  MaxEventInfo
} EVENT_INFO_CLASS;
// "Provider Traits": what stands behind the provider's name.
typedef enum { EtwProviderTraitTypeGroup = 1, EtwProviderTraitTypeMax } ETW_PROVIDER_TRAIT_TYPE;

typedef struct _EVENT_FILTER_HEADER {
  USHORT Id;
  UCHAR Version;
  UCHAR Reserved[5];
  ULONGLONG InstanceId;
  ULONG Size;
  ULONG NextOffset;
} EVENT_FILTER_HEADER, *PEVENT_FILTER_HEADER;
C_ASSERT(sizeof(EVENT_FILTER_HEADER) == 24);

typedef PETWENABLECALLBACK PENABLECALLBACK;

FORCEINLINE VOID EventDescCreate(PEVENT_DESCRIPTOR EventDescriptor, USHORT Id, UCHAR Version, UCHAR Channel, UCHAR Level,
                                 USHORT Task, UCHAR Opcode, ULONGLONG Keyword) {
  EventDescriptor->Id = Id;
  EventDescriptor->Version = Version;
  EventDescriptor->Channel = Channel;
  EventDescriptor->Level = Level;
  EventDescriptor->Opcode = Opcode;
  EventDescriptor->Task = Task;
  EventDescriptor->Keyword = Keyword;
}
FORCEINLINE VOID EventDescZero(PEVENT_DESCRIPTOR EventDescriptor) { EventDescCreate(EventDescriptor, 0, 0, 0, 0, 0, 0, 0); }
FORCEINLINE USHORT EventDescGetId(PCEVENT_DESCRIPTOR EventDescriptor) { return EventDescriptor->Id; }
FORCEINLINE UCHAR EventDescGetVersion(PCEVENT_DESCRIPTOR EventDescriptor) { return EventDescriptor->Version; }
FORCEINLINE USHORT EventDescGetTask(PCEVENT_DESCRIPTOR EventDescriptor) { return EventDescriptor->Task; }
FORCEINLINE UCHAR EventDescGetOpcode(PCEVENT_DESCRIPTOR EventDescriptor) { return EventDescriptor->Opcode; }
FORCEINLINE UCHAR EventDescGetChannel(PCEVENT_DESCRIPTOR EventDescriptor) { return EventDescriptor->Channel; }
FORCEINLINE UCHAR EventDescGetLevel(PCEVENT_DESCRIPTOR EventDescriptor) { return EventDescriptor->Level; }
FORCEINLINE ULONGLONG EventDescGetKeyword(PCEVENT_DESCRIPTOR EventDescriptor) { return EventDescriptor->Keyword; }

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
NTKERNELAPI NTSTATUS NTAPI EtwSetInformation(REGHANDLE RegHandle, EVENT_INFO_CLASS InformationClass, PVOID EventInformation,
                                             ULONG InformationLength);
EXTERN_C_END
#endif
