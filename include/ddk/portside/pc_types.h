// What a miniport tells its port: filters, pins, nodes, automation tables; and what the port asks (DDI reference:
// portcls).
#pragma once
#include <punknown.h>
#include <ks.h>
#include <ksmedia.h>
#include <portside/drm_types.h>

#define PORT_CLASS_DEVICE_EXTENSION_SIZE (64 * sizeof(ULONG_PTR))

struct PCPROPERTY_ITEM;
struct PCMETHOD_ITEM;
struct PCEVENT_ITEM;

typedef struct _PCPROPERTY_REQUEST {
  PUNKNOWN MajorTarget;
  PUNKNOWN MinorTarget;
  ULONG Node;
  const struct PCPROPERTY_ITEM* PropertyItem;
  ULONG Verb;
  ULONG InstanceSize;
  PVOID Instance;
  ULONG ValueSize;
  PVOID Value;
  PIRP Irp;
} PCPROPERTY_REQUEST, *PPCPROPERTY_REQUEST;
C_ASSERT(sizeof(PCPROPERTY_REQUEST) == 72);
typedef NTSTATUS (NTAPI *PCPFNPROPERTY_HANDLER)(PPCPROPERTY_REQUEST PropertyRequest);
typedef struct PCPROPERTY_ITEM {
  const GUID* Set;
  ULONG Id;
  ULONG Flags;
#define PCPROPERTY_ITEM_FLAG_GET KSPROPERTY_TYPE_GET
#define PCPROPERTY_ITEM_FLAG_SET KSPROPERTY_TYPE_SET
#define PCPROPERTY_ITEM_FLAG_BASICSUPPORT KSPROPERTY_TYPE_BASICSUPPORT
#define PCPROPERTY_ITEM_FLAG_SERIALIZERAW KSPROPERTY_TYPE_SERIALIZERAW
#define PCPROPERTY_ITEM_FLAG_UNSERIALIZERAW KSPROPERTY_TYPE_UNSERIALIZERAW
#define PCPROPERTY_ITEM_FLAG_SERIALIZESIZE KSPROPERTY_TYPE_SERIALIZESIZE
#define PCPROPERTY_ITEM_FLAG_SERIALIZE (PCPROPERTY_ITEM_FLAG_SERIALIZERAW | PCPROPERTY_ITEM_FLAG_UNSERIALIZERAW | PCPROPERTY_ITEM_FLAG_SERIALIZESIZE)
#define PCPROPERTY_ITEM_FLAG_DEFAULTVALUES KSPROPERTY_TYPE_DEFAULTVALUES
  PCPFNPROPERTY_HANDLER Handler;
} PCPROPERTY_ITEM, *PPCPROPERTY_ITEM;
C_ASSERT(sizeof(PCPROPERTY_ITEM) == 24);

typedef struct _PCEVENT_REQUEST {
  PUNKNOWN MajorTarget;
  PUNKNOWN MinorTarget;
  ULONG Node;
  const struct PCEVENT_ITEM* EventItem;
  PKSEVENT_ENTRY EventEntry;
  ULONG Verb;
  PIRP Irp;
} PCEVENT_REQUEST, *PPCEVENT_REQUEST;
C_ASSERT(sizeof(PCEVENT_REQUEST) == 56);
typedef NTSTATUS (NTAPI *PCPFNEVENT_HANDLER)(PPCEVENT_REQUEST EventRequest);
typedef struct PCEVENT_ITEM {
  const GUID* Set;
  ULONG Id;
  ULONG Flags;
#define PCEVENT_ITEM_FLAG_ENABLE KSEVENT_TYPE_ENABLE
#define PCEVENT_ITEM_FLAG_ONESHOT KSEVENT_TYPE_ONESHOT
#define PCEVENT_ITEM_FLAG_BASICSUPPORT KSEVENT_TYPE_BASICSUPPORT
  PCPFNEVENT_HANDLER Handler;
} PCEVENT_ITEM, *PPCEVENT_ITEM;
#define PCEVENT_VERB_NONE 0
#define PCEVENT_VERB_ADD 1
#define PCEVENT_VERB_REMOVE 2
#define PCEVENT_VERB_SUPPORT 4

typedef struct _PCMETHOD_REQUEST {
  PUNKNOWN MajorTarget;
  PUNKNOWN MinorTarget;
  ULONG Node;
  const struct PCMETHOD_ITEM* MethodItem;
  ULONG Verb;
} PCMETHOD_REQUEST, *PPCMETHOD_REQUEST;
typedef NTSTATUS (NTAPI *PCPFNMETHOD_HANDLER)(PPCMETHOD_REQUEST MethodRequest);
typedef struct PCMETHOD_ITEM {
  const GUID* Set;
  ULONG Id;
  ULONG Flags;
#define PCMETHOD_ITEM_FLAG_NONE KSMETHOD_TYPE_NONE
#define PCMETHOD_ITEM_FLAG_READ KSMETHOD_TYPE_READ
#define PCMETHOD_ITEM_FLAG_WRITE KSMETHOD_TYPE_WRITE
#define PCMETHOD_ITEM_FLAG_MODIFY KSMETHOD_TYPE_MODIFY
#define PCMETHOD_ITEM_FLAG_SOURCE KSMETHOD_TYPE_SOURCE
  PCPFNMETHOD_HANDLER Handler;
} PCMETHOD_ITEM, *PPCMETHOD_ITEM;
#define PCMETHOD_VERB_NONE 0
#define PCMETHOD_VERB_SEND 1
#define PCMETHOD_VERB_SETSUPPORT 2
#define PCMETHOD_VERB_BASICSUPPORT 4

typedef struct PCAUTOMATION_TABLE {
  ULONG PropertyItemSize;
  ULONG PropertyCount;
  const PCPROPERTY_ITEM* Properties;
  ULONG MethodItemSize;
  ULONG MethodCount;
  const PCMETHOD_ITEM* Methods;
  ULONG EventItemSize;
  ULONG EventCount;
  const PCEVENT_ITEM* Events;
  ULONG Reserved;
} PCAUTOMATION_TABLE, *PPCAUTOMATION_TABLE;
C_ASSERT(sizeof(PCAUTOMATION_TABLE) == 56);

#define DEFINE_PCAUTOMATION_TABLE_PROP(AutomationTable, PropertyTable)                              \
  const PCAUTOMATION_TABLE AutomationTable = {                                                      \
      sizeof((PropertyTable)[0]), SIZEOF_ARRAY(PropertyTable), (const PCPROPERTY_ITEM*)(PropertyTable), \
      0, 0, NULL, 0, 0, NULL, 0}
#define DEFINE_PCAUTOMATION_TABLE_PROP_EVENT(AutomationTable, PropertyTable, EventTable)            \
  const PCAUTOMATION_TABLE AutomationTable = {                                                      \
      sizeof((PropertyTable)[0]), SIZEOF_ARRAY(PropertyTable), (const PCPROPERTY_ITEM*)(PropertyTable), \
      0, 0, NULL,                                                                                   \
      sizeof((EventTable)[0]), SIZEOF_ARRAY(EventTable), (const PCEVENT_ITEM*)(EventTable), 0}
#define DEFINE_PCAUTOMATION_TABLE_EVENT(AutomationTable, EventTable)                                \
  const PCAUTOMATION_TABLE AutomationTable = {                                                      \
      0, 0, NULL, 0, 0, NULL, sizeof((EventTable)[0]), SIZEOF_ARRAY(EventTable), (const PCEVENT_ITEM*)(EventTable), 0}

typedef struct PCPIN_DESCRIPTOR {
  ULONG MaxGlobalInstanceCount;
  ULONG MaxFilterInstanceCount;
  ULONG MinFilterInstanceCount;
  const PCAUTOMATION_TABLE* AutomationTable;
  KSPIN_DESCRIPTOR KsPinDescriptor;
} PCPIN_DESCRIPTOR, *PPCPIN_DESCRIPTOR;
C_ASSERT(sizeof(PCPIN_DESCRIPTOR) == 112);

typedef struct PCNODE_DESCRIPTOR {
  ULONG Flags;
  const PCAUTOMATION_TABLE* AutomationTable;
  const GUID* Type;
  const GUID* Name;
} PCNODE_DESCRIPTOR, *PPCNODE_DESCRIPTOR;

typedef KSTOPOLOGY_CONNECTION PCCONNECTION_DESCRIPTOR, *PPCCONNECTION_DESCRIPTOR;
#define PCFILTER_NODE KSFILTER_NODE

typedef struct PCFILTER_DESCRIPTOR {
  ULONG Version;
  const PCAUTOMATION_TABLE* AutomationTable;
  ULONG PinSize;
  ULONG PinCount;
  const PCPIN_DESCRIPTOR* Pins;
  ULONG NodeSize;
  ULONG NodeCount;
  const PCNODE_DESCRIPTOR* Nodes;
  ULONG ConnectionCount;
  const PCCONNECTION_DESCRIPTOR* Connections;
  ULONG CategoryCount;
  const GUID* Categories;
} PCFILTER_DESCRIPTOR, *PPCFILTER_DESCRIPTOR;
C_ASSERT(sizeof(PCFILTER_DESCRIPTOR) == 80);

// Stream resources (IPortClsStreamResourceManager).
typedef enum _PcStreamResourceType {
  ePcStreamResourceInterrupt = 0,
  ePcStreamResourceThread,
  ePcStreamResourceSet
} PcStreamResourceType,
    *PPcStreamResourceType;
typedef struct _PCSTREAMRESOURCE_DESCRIPTOR {
  ULONG Size;
  ULONG Flags;
  PDEVICE_OBJECT Pdo;
  PcStreamResourceType Type;
  union {
    struct {
      ULONG Version;
      PVOID Generic;
    } Interrupt;
    PETHREAD Thread;
    PVOID ResourceSet;
  } Resource;
} PCSTREAMRESOURCE_DESCRIPTOR, *PPCSTREAMRESOURCE_DESCRIPTOR;
C_ASSERT(sizeof(PCSTREAMRESOURCE_DESCRIPTOR) == 40);
FORCEINLINE VOID PCSTREAMRESOURCE_DESCRIPTOR_INIT(PPCSTREAMRESOURCE_DESCRIPTOR Descriptor) {
  RtlZeroMemory(Descriptor, sizeof(*Descriptor));
  Descriptor->Size = sizeof(*Descriptor);
}
struct PCSTREAMRESOURCE__ { int unused; };
typedef struct PCSTREAMRESOURCE__* PCSTREAMRESOURCE;
typedef PCSTREAMRESOURCE* PPCSTREAMRESOURCE;

typedef struct _PCNOTIFICATION_BUFFER { UCHAR NotificationBuffer[1]; } PCNOTIFICATION_BUFFER, *PPCNOTIFICATION_BUFFER;

typedef enum {
  eMINIPORT_IHV_DEFINED = 0, eMINIPORT_BUFFER_COMPLETE, eMINIPORT_PIN_STATE, eMINIPORT_GET_STREAM_POSITION,
  eMINIPORT_SET_WAVERT_BUFFER_WRITE_POSITION, eMINIPORT_GET_PRESENTATION_POSITION, eMINIPORT_PROGRAM_DMA,
  eMINIPORT_GLITCH_REPORT, eMINIPORT_LAST_BUFFER_RENDERED, eMINIPORT_PROCESSING_MODE, eMINIPORT_FX_CLSID,
  eMINIPORT_MaxValue
} EPcMiniportEngineEvent;
typedef enum { eMixFormat, eDeviceFormat, eSupportedDeviceFormats } eEngineFormatType;
typedef enum { eVolumeAttribute, eMuteAttribute, ePeakMeterAttribute } eChannelTargetType;

enum { GeneralRegistryKey, DeviceRegistryKey, DriverRegistryKey, HwProfileRegistryKey, DeviceInterfaceRegistryKey };
enum {
  kVersionInvalid = -1,
  kVersionWin98,
  kVersionWin98SE,
  kVersionWin2K,
  kVersionWin98SE_QFE2,
  kVersionWin2K_SP2,
  kVersionWinME,
  kVersionWin98SE_QFE3,
  kVersionWinME_QFE1,
  kVersionWinXP,
  kVersionWinXPSP1,
  kVersionWinServer2003,
  kVersionWin2K_UAAQFE,
  kVersionWinXP_UAAQFE,
  kVersionWinServer2003_UAAQFE
};
