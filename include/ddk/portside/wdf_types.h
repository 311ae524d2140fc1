// KMDF: handles, configuration structures, and what binds a driver to the framework (DDI reference: wdf*; layouts of
// version 1.15, held against compiled drivers).
#pragma once
#include <ntddk.h>

#ifndef KMDF_VERSION_MAJOR
#define KMDF_VERSION_MAJOR 1
#endif
#ifndef KMDF_VERSION_MINOR
#define KMDF_VERSION_MINOR 15
#endif

typedef HANDLE WDFOBJECT, *PWDFOBJECT;
typedef PVOID WDFCONTEXT;
#define PORTSIDE_WDF_HANDLE(name) \
  struct name##__ { int unused; }; \
  typedef struct name##__* name
PORTSIDE_WDF_HANDLE(WDFDRIVER);
PORTSIDE_WDF_HANDLE(WDFDEVICE);
PORTSIDE_WDF_HANDLE(WDFWMIPROVIDER);
PORTSIDE_WDF_HANDLE(WDFWMIINSTANCE);
PORTSIDE_WDF_HANDLE(WDFQUEUE);
PORTSIDE_WDF_HANDLE(WDFREQUEST);
PORTSIDE_WDF_HANDLE(WDFFILEOBJECT);
PORTSIDE_WDF_HANDLE(WDFDPC);
PORTSIDE_WDF_HANDLE(WDFTIMER);
PORTSIDE_WDF_HANDLE(WDFWORKITEM);
PORTSIDE_WDF_HANDLE(WDFINTERRUPT);
PORTSIDE_WDF_HANDLE(WDFWAITLOCK);
PORTSIDE_WDF_HANDLE(WDFSPINLOCK);
PORTSIDE_WDF_HANDLE(WDFMEMORY);
PORTSIDE_WDF_HANDLE(WDFLOOKASIDE);
PORTSIDE_WDF_HANDLE(WDFIOTARGET);
PORTSIDE_WDF_HANDLE(WDFKEY);
PORTSIDE_WDF_HANDLE(WDFSTRING);
PORTSIDE_WDF_HANDLE(WDFCOLLECTION);
PORTSIDE_WDF_HANDLE(WDFCHILDLIST);
PORTSIDE_WDF_HANDLE(WDFDMAENABLER);
PORTSIDE_WDF_HANDLE(WDFDMATRANSACTION);
PORTSIDE_WDF_HANDLE(WDFCOMMONBUFFER);
typedef struct WDFDEVICE_INIT *PWDFDEVICE_INIT;

typedef enum _WDF_TRI_STATE { WdfFalse = FALSE, WdfTrue = TRUE, WdfUseDefault = 2 } WDF_TRI_STATE, *PWDF_TRI_STATE;
typedef enum _WDF_EXECUTION_LEVEL {
  WdfExecutionLevelInvalid = 0,
  WdfExecutionLevelInheritFromParent,
  WdfExecutionLevelPassive,
  WdfExecutionLevelDispatch
} WDF_EXECUTION_LEVEL;
typedef enum _WDF_SYNCHRONIZATION_SCOPE {
  WdfSynchronizationScopeInvalid = 0,
  WdfSynchronizationScopeInheritFromParent,
  WdfSynchronizationScopeDevice,
  WdfSynchronizationScopeQueue,
  WdfSynchronizationScopeNone
} WDF_SYNCHRONIZATION_SCOPE;
typedef enum _WDF_DRIVER_INIT_FLAGS {
  WdfDriverInitNonPnpDriver = 1,
  WdfDriverInitNoDispatchOverride = 2,
  WdfVerifyOn = 4,
  WdfVerifierOn = 8
} WDF_DRIVER_INIT_FLAGS;
typedef enum _WDF_IO_TARGET_OPEN_TYPE {
  WdfIoTargetOpenUndefined = 0,
  WdfIoTargetOpenUseExistingDevice,
  WdfIoTargetOpenByName,
  WdfIoTargetOpenReopen,
  WdfIoTargetOpenLocalTargetByFile
} WDF_IO_TARGET_OPEN_TYPE;
typedef enum _WDF_IO_TARGET_SENT_IO_ACTION {
  WdfIoTargetSentIoUndefined = 0,
  WdfIoTargetCancelSentIo,
  WdfIoTargetWaitForSentIoToComplete,
  WdfIoTargetLeaveSentIoPending
} WDF_IO_TARGET_SENT_IO_ACTION;
typedef enum _WDF_IO_TARGET_PURGE_IO_ACTION {
  WdfIoTargetPurgeIoUndefined = 0,
  WdfIoTargetPurgeIoAndWait,
  WdfIoTargetPurgeIo
} WDF_IO_TARGET_PURGE_IO_ACTION;
typedef enum _WDF_MEMORY_DESCRIPTOR_TYPE {
  WdfMemoryDescriptorTypeInvalid = 0,
  WdfMemoryDescriptorTypeBuffer,
  WdfMemoryDescriptorTypeMdl,
  WdfMemoryDescriptorTypeHandle
} WDF_MEMORY_DESCRIPTOR_TYPE;
typedef enum _WDF_REQUEST_REUSE_FLAGS {
  WDF_REQUEST_REUSE_NO_FLAGS = 0,
  WDF_REQUEST_REUSE_SET_NEW_IRP = 1
} WDF_REQUEST_REUSE_FLAGS;
typedef enum _WDF_REQUEST_SEND_OPTIONS_FLAGS {
  WDF_REQUEST_SEND_OPTION_TIMEOUT = 1,
  WDF_REQUEST_SEND_OPTION_SYNCHRONOUS = 2,
  WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE = 4,
  WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET = 8,
  WDF_REQUEST_SEND_OPTION_IMPERSONATE_CLIENT = 0x10000,
  WDF_REQUEST_SEND_OPTION_IMPERSONATION_IGNORE_FAILURE = 0x20000
} WDF_REQUEST_SEND_OPTIONS_FLAGS;
typedef enum _WDF_REQUEST_TYPE {
  WdfRequestTypeCreate = 0x0,
  WdfRequestTypeCreateNamedPipe,
  WdfRequestTypeClose,
  WdfRequestTypeRead,
  WdfRequestTypeWrite,
  WdfRequestTypeQueryInformation,
  WdfRequestTypeSetInformation,
  WdfRequestTypeQueryEA,
  WdfRequestTypeSetEA,
  WdfRequestTypeFlushBuffers,
  WdfRequestTypeQueryVolumeInformation,
  WdfRequestTypeSetVolumeInformation,
  WdfRequestTypeDirectoryControl,
  WdfRequestTypeFileSystemControl,
  WdfRequestTypeDeviceControl = 0xe,
  WdfRequestTypeDeviceControlInternal = 0xf,
  WdfRequestTypeShutdown,
  WdfRequestTypeLockControl,
  WdfRequestTypeCleanup,
  WdfRequestTypePower = 0x16,
  WdfRequestTypeSystemControl,
  WdfRequestTypePnp = 0x1b,
  WdfRequestTypeOther = 0x1c,
  WdfRequestTypeUsb = 0x40,
  WdfRequestTypeNoFormat = 0xff,
  WdfRequestTypeMax = 0x100
} WDF_REQUEST_TYPE;

typedef VOID NTAPI EVT_WDF_OBJECT_CONTEXT_CLEANUP(WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_CLEANUP* PFN_WDF_OBJECT_CONTEXT_CLEANUP;
typedef VOID NTAPI EVT_WDF_OBJECT_CONTEXT_DESTROY(WDFOBJECT Object);
typedef EVT_WDF_OBJECT_CONTEXT_DESTROY* PFN_WDF_OBJECT_CONTEXT_DESTROY;
typedef NTSTATUS NTAPI EVT_WDF_DRIVER_DEVICE_ADD(WDFDRIVER Driver, PWDFDEVICE_INIT DeviceInit);
typedef EVT_WDF_DRIVER_DEVICE_ADD* PFN_WDF_DRIVER_DEVICE_ADD;
typedef VOID NTAPI EVT_WDF_DRIVER_UNLOAD(WDFDRIVER Driver);
typedef EVT_WDF_DRIVER_UNLOAD* PFN_WDF_DRIVER_UNLOAD;
typedef VOID NTAPI EVT_WDF_WORKITEM(WDFWORKITEM WorkItem);
typedef EVT_WDF_WORKITEM* PFN_WDF_WORKITEM;
typedef VOID NTAPI EVT_WDF_TIMER(WDFTIMER Timer);
typedef EVT_WDF_TIMER* PFN_WDF_TIMER;
typedef NTSTATUS NTAPI EVT_WDF_IO_TARGET_QUERY_REMOVE(WDFIOTARGET IoTarget);
typedef EVT_WDF_IO_TARGET_QUERY_REMOVE* PFN_WDF_IO_TARGET_QUERY_REMOVE;
typedef VOID NTAPI EVT_WDF_IO_TARGET_REMOVE_CANCELED(WDFIOTARGET IoTarget);
typedef EVT_WDF_IO_TARGET_REMOVE_CANCELED* PFN_WDF_IO_TARGET_REMOVE_CANCELED;
typedef VOID NTAPI EVT_WDF_IO_TARGET_REMOVE_COMPLETE(WDFIOTARGET IoTarget);
typedef EVT_WDF_IO_TARGET_REMOVE_COMPLETE* PFN_WDF_IO_TARGET_REMOVE_COMPLETE;

typedef struct _WDF_OBJECT_CONTEXT_TYPE_INFO* PWDF_OBJECT_CONTEXT_TYPE_INFO;
typedef const struct _WDF_OBJECT_CONTEXT_TYPE_INFO* PCWDF_OBJECT_CONTEXT_TYPE_INFO;
typedef PCWDF_OBJECT_CONTEXT_TYPE_INFO (NTAPI *PFN_GET_UNIQUE_CONTEXT_TYPE)(VOID);
typedef struct _WDF_OBJECT_CONTEXT_TYPE_INFO {
  ULONG Size;
  PCHAR ContextName;
  SIZE_T ContextSize;
  PCWDF_OBJECT_CONTEXT_TYPE_INFO UniqueType;
  PFN_GET_UNIQUE_CONTEXT_TYPE EvtDriverGetUniqueContextType;
} WDF_OBJECT_CONTEXT_TYPE_INFO;

typedef struct _WDF_OBJECT_ATTRIBUTES {
  ULONG Size;
  PFN_WDF_OBJECT_CONTEXT_CLEANUP EvtCleanupCallback;
  PFN_WDF_OBJECT_CONTEXT_DESTROY EvtDestroyCallback;
  WDF_EXECUTION_LEVEL ExecutionLevel;
  WDF_SYNCHRONIZATION_SCOPE SynchronizationScope;
  WDFOBJECT ParentObject;
  SIZE_T ContextSizeOverride;
  PCWDF_OBJECT_CONTEXT_TYPE_INFO ContextTypeInfo;
} WDF_OBJECT_ATTRIBUTES, *PWDF_OBJECT_ATTRIBUTES;
C_ASSERT(sizeof(WDF_OBJECT_ATTRIBUTES) == 56);

typedef struct _WDF_DRIVER_CONFIG {
  ULONG Size;
  PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd;
  PFN_WDF_DRIVER_UNLOAD EvtDriverUnload;
  ULONG DriverInitFlags;
  ULONG DriverPoolTag;
} WDF_DRIVER_CONFIG, *PWDF_DRIVER_CONFIG;
C_ASSERT(sizeof(WDF_DRIVER_CONFIG) == 32);

#define WDF_DRIVER_GLOBALS_NAME_LEN 32
typedef struct _WDF_DRIVER_GLOBALS {
  WDFDRIVER Driver;
  ULONG DriverFlags;
  ULONG DriverTag;
  CHAR DriverName[WDF_DRIVER_GLOBALS_NAME_LEN];
  BOOLEAN DisplaceDriverUnload;
} WDF_DRIVER_GLOBALS, *PWDF_DRIVER_GLOBALS;
C_ASSERT(sizeof(WDF_DRIVER_GLOBALS) == 56);

typedef VOID (NTAPI *WDFFUNC)(VOID);
typedef struct _WDF_VERSION {
  ULONG Major;
  ULONG Minor;
  ULONG Build;
} WDF_VERSION, *PWDF_VERSION;
typedef struct _LIBRARY_MODULE* PLIBRARY_MODULE;
typedef struct _WDF_BIND_INFO {
  ULONG Size;
  PWCHAR Component;
  WDF_VERSION Version;
  ULONG FuncCount;
  WDFFUNC* FuncTable;
  PLIBRARY_MODULE Module;
} WDF_BIND_INFO, *PWDF_BIND_INFO;
C_ASSERT(sizeof(WDF_BIND_INFO) == 48);
typedef PVOID WDF_COMPONENT_GLOBALS, *PWDF_COMPONENT_GLOBALS;

typedef struct _WDFMEMORY_OFFSET {
  SIZE_T BufferOffset;
  SIZE_T BufferLength;
} WDFMEMORY_OFFSET, *PWDFMEMORY_OFFSET;
typedef struct _WDF_MEMORY_DESCRIPTOR {
  WDF_MEMORY_DESCRIPTOR_TYPE Type;
  union {
    struct { PVOID Buffer; ULONG Length; } BufferType;
    struct { PMDL Mdl; ULONG BufferLength; } MdlType;
    struct { WDFMEMORY Memory; PWDFMEMORY_OFFSET Offsets; } HandleType;
  } u;
} WDF_MEMORY_DESCRIPTOR, *PWDF_MEMORY_DESCRIPTOR;
C_ASSERT(sizeof(WDF_MEMORY_DESCRIPTOR) == 24);

typedef struct _WDF_IO_TARGET_OPEN_PARAMS {
  ULONG Size;
  WDF_IO_TARGET_OPEN_TYPE Type;
  PFN_WDF_IO_TARGET_QUERY_REMOVE EvtIoTargetQueryRemove;
  PFN_WDF_IO_TARGET_REMOVE_CANCELED EvtIoTargetRemoveCanceled;
  PFN_WDF_IO_TARGET_REMOVE_COMPLETE EvtIoTargetRemoveComplete;
  PDEVICE_OBJECT TargetDeviceObject;
  PFILE_OBJECT TargetFileObject;
  UNICODE_STRING TargetDeviceName;
  ACCESS_MASK DesiredAccess;
  ULONG ShareAccess;
  ULONG FileAttributes;
  ULONG CreateDisposition;
  ULONG CreateOptions;
  PVOID EaBuffer;
  ULONG EaBufferLength;
  PLONGLONG AllocationSize;
  ULONG FileInformation;
  UNICODE_STRING FileName;
} WDF_IO_TARGET_OPEN_PARAMS, *PWDF_IO_TARGET_OPEN_PARAMS;
C_ASSERT(sizeof(WDF_IO_TARGET_OPEN_PARAMS) == 136);

typedef struct _WDF_REQUEST_SEND_OPTIONS {
  ULONG Size;
  ULONG Flags;
  LONGLONG Timeout;
} WDF_REQUEST_SEND_OPTIONS, *PWDF_REQUEST_SEND_OPTIONS;
typedef struct _WDF_REQUEST_REUSE_PARAMS {
  ULONG Size;
  ULONG Flags;
  NTSTATUS Status;
  PIRP NewIrp;
} WDF_REQUEST_REUSE_PARAMS, *PWDF_REQUEST_REUSE_PARAMS;
typedef struct _WDF_REQUEST_COMPLETION_PARAMS {
  ULONG Size;
  WDF_REQUEST_TYPE Type;
  IO_STATUS_BLOCK IoStatus;
  union {
    struct { WDFMEMORY Buffer; SIZE_T Length; SIZE_T Offset; } Write;
    struct { WDFMEMORY Buffer; SIZE_T Length; SIZE_T Offset; } Read;
    struct {
      ULONG IoControlCode;
      struct { WDFMEMORY Buffer; SIZE_T Offset; } Input;
      struct { WDFMEMORY Buffer; SIZE_T Offset; SIZE_T Length; } Output;
    } Ioctl;
    struct {
      union { PVOID Ptr; ULONG_PTR Value; } Argument1;
      union { PVOID Ptr; ULONG_PTR Value; } Argument2;
      union { PVOID Ptr; ULONG_PTR Value; } Argument3;
      union { PVOID Ptr; ULONG_PTR Value; } Argument4;
    } Others;
  } Parameters;
} WDF_REQUEST_COMPLETION_PARAMS, *PWDF_REQUEST_COMPLETION_PARAMS;
C_ASSERT(sizeof(WDF_REQUEST_COMPLETION_PARAMS) == 72);
typedef VOID NTAPI EVT_WDF_REQUEST_COMPLETION_ROUTINE(WDFREQUEST Request, WDFIOTARGET Target,
                                                      PWDF_REQUEST_COMPLETION_PARAMS Params, WDFCONTEXT Context);
typedef EVT_WDF_REQUEST_COMPLETION_ROUTINE* PFN_WDF_REQUEST_COMPLETION_ROUTINE;

typedef struct _WDF_WORKITEM_CONFIG {
  ULONG Size;
  PFN_WDF_WORKITEM EvtWorkItemFunc;
  BOOLEAN AutomaticSerialization;
} WDF_WORKITEM_CONFIG, *PWDF_WORKITEM_CONFIG;
typedef struct _WDF_TIMER_CONFIG {
  ULONG Size;
  PFN_WDF_TIMER EvtTimerFunc;
  ULONG Period;
  BOOLEAN AutomaticSerialization;
  ULONG TolerableDelay;
  DECLSPEC_ALIGN(8) BOOLEAN UseHighResolutionTimer;
} WDF_TIMER_CONFIG, *PWDF_TIMER_CONFIG;
C_ASSERT(sizeof(WDF_TIMER_CONFIG) == 40);

#define WDF_NO_OBJECT_ATTRIBUTES (NULL)
#define WDF_NO_EVENT_CALLBACK (NULL)
#define WDF_NO_HANDLE (NULL)
#define WDF_NO_CONTEXT (NULL)
#define WDF_NO_SEND_OPTIONS (NULL)
#define WDF_TIMEOUT_TO_SEC ((LONGLONG)1 * 10 * 1000 * 1000)
#define WDF_TIMEOUT_TO_MS ((LONGLONG)1 * 10 * 1000)
#define WDF_TIMEOUT_TO_US ((LONGLONG)1 * 10)
FORCEINLINE LONGLONG WDF_REL_TIMEOUT_IN_SEC(ULONGLONG Time) { return Time * -1 * WDF_TIMEOUT_TO_SEC; }
FORCEINLINE LONGLONG WDF_REL_TIMEOUT_IN_MS(ULONGLONG Time) { return Time * -1 * WDF_TIMEOUT_TO_MS; }
FORCEINLINE LONGLONG WDF_REL_TIMEOUT_IN_US(ULONGLONG Time) { return Time * -1 * WDF_TIMEOUT_TO_US; }
FORCEINLINE LONGLONG WDF_ABS_TIMEOUT_IN_SEC(ULONGLONG Time) { return Time * WDF_TIMEOUT_TO_SEC; }
FORCEINLINE LONGLONG WDF_ABS_TIMEOUT_IN_MS(ULONGLONG Time) { return Time * WDF_TIMEOUT_TO_MS; }

// Initialisers: zero, then Size and the documented defaults.
#define PORTSIDE_WDF_ZERO(p) (RtlZeroMemory((p), sizeof(*(p))), (p)->Size = sizeof(*(p)))
FORCEINLINE VOID WDF_OBJECT_ATTRIBUTES_INIT(PWDF_OBJECT_ATTRIBUTES Attributes) {
  PORTSIDE_WDF_ZERO(Attributes);
  Attributes->ExecutionLevel = WdfExecutionLevelInheritFromParent;
  Attributes->SynchronizationScope = WdfSynchronizationScopeInheritFromParent;
}
FORCEINLINE VOID WDF_DRIVER_CONFIG_INIT(PWDF_DRIVER_CONFIG Config, PFN_WDF_DRIVER_DEVICE_ADD EvtDriverDeviceAdd) {
  PORTSIDE_WDF_ZERO(Config);
  Config->EvtDriverDeviceAdd = EvtDriverDeviceAdd;
}
FORCEINLINE VOID WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(PWDF_MEMORY_DESCRIPTOR Descriptor, PVOID Buffer,
                                                   ULONG BufferLength) {
  RtlZeroMemory(Descriptor, sizeof(*Descriptor));
  Descriptor->Type = WdfMemoryDescriptorTypeBuffer;
  Descriptor->u.BufferType.Buffer = Buffer;
  Descriptor->u.BufferType.Length = BufferLength;
}
FORCEINLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(PWDF_IO_TARGET_OPEN_PARAMS Params,
                                                             PCUNICODE_STRING TargetDeviceName,
                                                             ACCESS_MASK DesiredAccess) {
  PORTSIDE_WDF_ZERO(Params);
  Params->Type = WdfIoTargetOpenByName;
  Params->TargetDeviceName = *TargetDeviceName;
  Params->DesiredAccess = DesiredAccess;
  Params->CreateOptions = FILE_NON_DIRECTORY_FILE;
}
FORCEINLINE VOID WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(PWDF_IO_TARGET_OPEN_PARAMS Params,
                                                                PDEVICE_OBJECT DeviceObject) {
  PORTSIDE_WDF_ZERO(Params);
  Params->Type = WdfIoTargetOpenUseExistingDevice;
  Params->TargetDeviceObject = DeviceObject;
}
FORCEINLINE VOID WDF_REQUEST_SEND_OPTIONS_INIT(PWDF_REQUEST_SEND_OPTIONS Options, ULONG Flags) {
  PORTSIDE_WDF_ZERO(Options);
  Options->Flags = Flags;
}
FORCEINLINE VOID WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(PWDF_REQUEST_SEND_OPTIONS Options, LONGLONG Timeout) {
  Options->Flags |= WDF_REQUEST_SEND_OPTION_TIMEOUT;
  Options->Timeout = Timeout;
}
FORCEINLINE VOID WDF_REQUEST_REUSE_PARAMS_INIT(PWDF_REQUEST_REUSE_PARAMS Params, ULONG Flags, NTSTATUS Status) {
  PORTSIDE_WDF_ZERO(Params);
  Params->Flags = Flags;
  Params->Status = Status;
}
FORCEINLINE VOID WDF_REQUEST_COMPLETION_PARAMS_INIT(PWDF_REQUEST_COMPLETION_PARAMS Params) {
  PORTSIDE_WDF_ZERO(Params);
  Params->Type = WdfRequestTypeNoFormat;
}
FORCEINLINE VOID WDF_WORKITEM_CONFIG_INIT(PWDF_WORKITEM_CONFIG Config, PFN_WDF_WORKITEM EvtWorkItemFunc) {
  PORTSIDE_WDF_ZERO(Config);
  Config->EvtWorkItemFunc = EvtWorkItemFunc;
  Config->AutomaticSerialization = TRUE;
}
FORCEINLINE VOID WDF_TIMER_CONFIG_INIT(PWDF_TIMER_CONFIG Config, PFN_WDF_TIMER EvtTimerFunc) {
  PORTSIDE_WDF_ZERO(Config);
  Config->EvtTimerFunc = EvtTimerFunc;
  Config->AutomaticSerialization = TRUE;
}

// A context type: a constant that describes it, and a function that finds an object's context by it.
#define WDF_TYPE_NAME_POINTER_TYPE(contexttype) WDF_POINTER_TYPE_##contexttype
#define WDF_TYPE_NAME_TO_TYPE_INFO(contexttype) _WDF_##contexttype##_TYPE_INFO
#define WDF_GET_CONTEXT_TYPE_INFO(contexttype) (&WDF_TYPE_NAME_TO_TYPE_INFO(contexttype))
#define WDF_DECLARE_CONTEXT_TYPE(contexttype) WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(contexttype, WdfObjectGet_##contexttype)
#define WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(contexttype, castingfunction)                                          \
  extern const WDF_OBJECT_CONTEXT_TYPE_INFO DECLSPEC_SELECTANY WDF_TYPE_NAME_TO_TYPE_INFO(contexttype) = {        \
      sizeof(WDF_OBJECT_CONTEXT_TYPE_INFO), (PCHAR)#contexttype, sizeof(contexttype),                             \
      WDF_GET_CONTEXT_TYPE_INFO(contexttype), NULL};                                                              \
  FORCEINLINE contexttype* castingfunction(WDFOBJECT Handle) {                                                    \
    return (contexttype*)WdfObjectGetTypedContextWorker(Handle, WDF_GET_CONTEXT_TYPE_INFO(contexttype)->UniqueType); \
  }
#define WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(attributes, contexttype) \
  (attributes)->ContextTypeInfo = WDF_GET_CONTEXT_TYPE_INFO(contexttype)->UniqueType
#define WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(attributes, contexttype) \
  (WDF_OBJECT_ATTRIBUTES_INIT(attributes), WDF_OBJECT_ATTRIBUTES_SET_CONTEXT_TYPE(attributes, contexttype))
