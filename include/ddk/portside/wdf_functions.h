// The framework's functions that audio drivers call: each goes through the table that the framework fills at binding.
// The indices are those of KMDF 1.15 (444 functions), as compiled drivers show them.
#pragma once
#include <portside/wdf_types.h>

typedef enum _WDFFUNCENUM {
  WdfCollectionCreateTableIndex = 13,
  WdfCollectionGetCountTableIndex = 14,
  WdfCollectionAddTableIndex = 15,
  WdfCollectionRemoveTableIndex = 16,
  WdfCollectionRemoveItemTableIndex = 17,
  WdfCollectionGetItemTableIndex = 18,
  WdfCollectionGetFirstItemTableIndex = 19,
  WdfCollectionGetLastItemTableIndex = 20,
  WdfWdmDeviceGetWdfDeviceHandleTableIndex = 30,
  WdfDeviceWdmGetDeviceObjectTableIndex = 31,
  WdfDeviceWdmGetAttachedDeviceTableIndex = 32,
  WdfDeviceWdmGetPhysicalDeviceTableIndex = 33,
  WdfDeviceGetDriverTableIndex = 39,
  WdfDriverCreateTableIndex = 116,
  WdfDriverGetRegistryPathTableIndex = 117,
  WdfDriverWdmGetDriverObjectTableIndex = 118,
  WdfDriverOpenParametersRegistryKeyTableIndex = 119,
  WdfIoTargetCreateTableIndex = 167,
  WdfIoTargetOpenTableIndex = 168,
  WdfIoTargetCloseTableIndex = 170,
  WdfIoTargetStartTableIndex = 171,
  WdfIoTargetStopTableIndex = 172,
  WdfIoTargetWdmGetTargetDeviceObjectTableIndex = 178,
  WdfIoTargetWdmGetTargetPhysicalDeviceTableIndex = 179,
  WdfIoTargetSendIoctlSynchronouslyTableIndex = 186,
  WdfIoTargetFormatRequestForIoctlTableIndex = 187,
  WdfMemoryCreateTableIndex = 192,
  WdfMemoryCreatePreallocatedTableIndex = 193,
  WdfMemoryGetBufferTableIndex = 194,
  WdfMemoryAssignBufferTableIndex = 195,
  WdfDeviceMiniportCreateTableIndex = 200,
  WdfDriverMiniportUnloadTableIndex = 201,
  WdfObjectGetTypedContextWorkerTableIndex = 202,
  WdfObjectAllocateContextTableIndex = 203,
  WdfObjectContextGetObjectTableIndex = 204,
  WdfObjectReferenceActualTableIndex = 205,
  WdfObjectDereferenceActualTableIndex = 206,
  WdfObjectCreateTableIndex = 207,
  WdfObjectDeleteTableIndex = 208,
  WdfRegistryCloseTableIndex = 231,
  WdfRegistryQueryULongTableIndex = 240,
  WdfRegistryAssignStringTableIndex = 245,
  WdfRegistryAssignULongTableIndex = 246,
  WdfRequestCreateTableIndex = 247,
  WdfRequestReuseTableIndex = 249,
  WdfRequestSendTableIndex = 253,
  WdfRequestGetStatusTableIndex = 254,
  WdfRequestCancelSentRequestTableIndex = 258,
  WdfRequestSetCompletionRoutineTableIndex = 260,
  WdfRequestGetCompletionParamsTableIndex = 261,
  WdfRequestAllocateTimerTableIndex = 262,
  WdfRequestCompleteTableIndex = 263,
  WdfRequestGetInformationTableIndex = 276,
  WdfStringCreateTableIndex = 308,
  WdfStringGetUnicodeStringTableIndex = 309,
  WdfObjectAcquireLockTableIndex = 310,
  WdfObjectReleaseLockTableIndex = 311,
  WdfWaitLockCreateTableIndex = 312,
  WdfWaitLockAcquireTableIndex = 313,
  WdfWaitLockReleaseTableIndex = 314,
  WdfSpinLockCreateTableIndex = 315,
  WdfSpinLockAcquireTableIndex = 316,
  WdfSpinLockReleaseTableIndex = 317,
  WdfTimerCreateTableIndex = 318,
  WdfTimerStartTableIndex = 319,
  WdfTimerStopTableIndex = 320,
  WdfTimerGetParentObjectTableIndex = 321,
  WdfWorkItemCreateTableIndex = 379,
  WdfWorkItemEnqueueTableIndex = 380,
  WdfWorkItemGetParentObjectTableIndex = 381,
  WdfWorkItemFlushTableIndex = 382,
  WdfIoTargetPurgeTableIndex = 420,
  WdfFunctionTableNumEntries = 444
} WDFFUNCENUM;

typedef NTSTATUS(NTAPI* PFN_WDFCOLLECTIONCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                 PWDF_OBJECT_ATTRIBUTES CollectionAttributes,
                                                 WDFCOLLECTION* Collection);
typedef ULONG (NTAPI *PFN_WDFCOLLECTIONGETCOUNT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection);
typedef NTSTATUS(NTAPI* PFN_WDFCOLLECTIONADD)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection,
                                              WDFOBJECT Object);
typedef VOID(NTAPI* PFN_WDFCOLLECTIONREMOVE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection,
                                             WDFOBJECT Item);
typedef VOID(NTAPI* PFN_WDFCOLLECTIONREMOVEITEM)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection,
                                                 ULONG Index);
typedef WDFOBJECT(NTAPI* PFN_WDFCOLLECTIONGETITEM)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection,
                                                   ULONG Index);
typedef WDFOBJECT (NTAPI *PFN_WDFCOLLECTIONGETFIRSTITEM)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection);
typedef WDFOBJECT (NTAPI *PFN_WDFCOLLECTIONGETLASTITEM)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCOLLECTION Collection);
typedef WDFDEVICE(NTAPI* PFN_WDFWDMDEVICEGETWDFDEVICEHANDLE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                             PDEVICE_OBJECT DeviceObject);
typedef PDEVICE_OBJECT (NTAPI *PFN_WDFDEVICEWDMGETDEVICEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef PDEVICE_OBJECT (NTAPI *PFN_WDFDEVICEWDMGETATTACHEDDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef PDEVICE_OBJECT (NTAPI *PFN_WDFDEVICEWDMGETPHYSICALDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef WDFDRIVER (NTAPI *PFN_WDFDEVICEGETDRIVER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef NTSTATUS(NTAPI* PFN_WDFDRIVERCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PDRIVER_OBJECT DriverObject,
                                             PCUNICODE_STRING RegistryPath, PWDF_OBJECT_ATTRIBUTES DriverAttributes,
                                             PWDF_DRIVER_CONFIG DriverConfig, WDFDRIVER* Driver);
typedef PWSTR (NTAPI *PFN_WDFDRIVERGETREGISTRYPATH)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver);
typedef PDRIVER_OBJECT (NTAPI *PFN_WDFDRIVERWDMGETDRIVEROBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver);
typedef NTSTATUS(NTAPI* PFN_WDFDRIVEROPENPARAMETERSREGISTRYKEY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                                                ACCESS_MASK DesiredAccess,
                                                                PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                               PWDF_OBJECT_ATTRIBUTES IoTargetAttributes, WDFIOTARGET* IoTarget);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETOPEN)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                             PWDF_IO_TARGET_OPEN_PARAMS OpenParams);
typedef VOID (NTAPI *PFN_WDFIOTARGETCLOSE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget);
typedef NTSTATUS (NTAPI *PFN_WDFIOTARGETSTART)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget);
typedef VOID(NTAPI* PFN_WDFIOTARGETSTOP)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                         WDF_IO_TARGET_SENT_IO_ACTION Action);
typedef PDEVICE_OBJECT(NTAPI* PFN_WDFIOTARGETWDMGETTARGETDEVICEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                       WDFIOTARGET IoTarget);
typedef PDEVICE_OBJECT(NTAPI* PFN_WDFIOTARGETWDMGETTARGETPHYSICALDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                         WDFIOTARGET IoTarget);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETSENDIOCTLSYNCHRONOUSLY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                                               WDFREQUEST Request, ULONG IoctlCode,
                                                               PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                                               PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                                               PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                               PULONG_PTR BytesReturned);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETFORMATREQUESTFORIOCTL)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, WDFMEMORY InputBuffer,
    PWDFMEMORY_OFFSET InputBufferOffset, WDFMEMORY OutputBuffer, PWDFMEMORY_OFFSET OutputBufferOffset);
typedef NTSTATUS(NTAPI* PFN_WDFMEMORYCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES Attributes,
                                             POOL_TYPE PoolType, ULONG PoolTag, SIZE_T BufferSize, WDFMEMORY* Memory,
                                             PVOID* Buffer);
typedef NTSTATUS(NTAPI* PFN_WDFMEMORYCREATEPREALLOCATED)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                         PWDF_OBJECT_ATTRIBUTES Attributes, PVOID Buffer,
                                                         SIZE_T BufferSize, WDFMEMORY* Memory);
typedef PVOID (NTAPI *PFN_WDFMEMORYGETBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY Memory, SIZE_T* BufferSize);
typedef NTSTATUS(NTAPI* PFN_WDFMEMORYASSIGNBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY Memory, PVOID Buffer,
                                                   SIZE_T BufferSize);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEMINIPORTCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                                     PWDF_OBJECT_ATTRIBUTES Attributes, PDEVICE_OBJECT DeviceObject,
                                                     PDEVICE_OBJECT AttachedDeviceObject, PDEVICE_OBJECT Pdo,
                                                     WDFDEVICE* Device);
typedef VOID (NTAPI *PFN_WDFDRIVERMINIPORTUNLOAD)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver);
typedef PVOID(NTAPI* PFN_WDFOBJECTGETTYPEDCONTEXTWORKER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle,
                                                         PCWDF_OBJECT_CONTEXT_TYPE_INFO TypeInfo);
typedef NTSTATUS(NTAPI* PFN_WDFOBJECTALLOCATECONTEXT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle,
                                                      PWDF_OBJECT_ATTRIBUTES ContextAttributes, PVOID* Context);
typedef WDFOBJECT (NTAPI *PFN_WDFOBJECTCONTEXTGETOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, PVOID ContextPointer);
typedef VOID(NTAPI* PFN_WDFOBJECTREFERENCEACTUAL)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle, PVOID Tag,
                                                  LONG Line, PCCH File);
typedef VOID(NTAPI* PFN_WDFOBJECTDEREFERENCEACTUAL)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle, PVOID Tag,
                                                    LONG Line, PCCH File);
typedef NTSTATUS(NTAPI* PFN_WDFOBJECTCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES Attributes,
                                             WDFOBJECT* Object);
typedef VOID (NTAPI *PFN_WDFOBJECTDELETE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object);
typedef VOID (NTAPI *PFN_WDFREGISTRYCLOSE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYQUERYULONG)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                   PCUNICODE_STRING ValueName, PULONG Value);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYASSIGNSTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                     PCUNICODE_STRING ValueName, WDFSTRING String);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYASSIGNULONG)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                    PCUNICODE_STRING ValueName, ULONG Value);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                              PWDF_OBJECT_ATTRIBUTES RequestAttributes, WDFIOTARGET IoTarget,
                                              WDFREQUEST* Request);
typedef NTSTATUS(NTAPI* PFN_WDFREQUESTREUSE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                             PWDF_REQUEST_REUSE_PARAMS ReuseParams);
typedef BOOLEAN(NTAPI* PFN_WDFREQUESTSEND)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request, WDFIOTARGET Target,
                                           PWDF_REQUEST_SEND_OPTIONS Options);
typedef NTSTATUS (NTAPI *PFN_WDFREQUESTGETSTATUS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef BOOLEAN (NTAPI *PFN_WDFREQUESTCANCELSENTREQUEST)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef VOID(NTAPI* PFN_WDFREQUESTSETCOMPLETIONROUTINE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                        PFN_WDF_REQUEST_COMPLETION_ROUTINE CompletionRoutine,
                                                        WDFCONTEXT CompletionContext);
typedef VOID(NTAPI* PFN_WDFREQUESTGETCOMPLETIONPARAMS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request,
                                                       PWDF_REQUEST_COMPLETION_PARAMS Params);
typedef NTSTATUS (NTAPI *PFN_WDFREQUESTALLOCATETIMER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef VOID (NTAPI *PFN_WDFREQUESTCOMPLETE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request, NTSTATUS Status);
typedef ULONG_PTR (NTAPI *PFN_WDFREQUESTGETINFORMATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFREQUEST Request);
typedef NTSTATUS(NTAPI* PFN_WDFSTRINGCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PCUNICODE_STRING UnicodeString,
                                             PWDF_OBJECT_ATTRIBUTES StringAttributes, WDFSTRING* String);
typedef VOID(NTAPI* PFN_WDFSTRINGGETUNICODESTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFSTRING String,
                                                   PUNICODE_STRING UnicodeString);
typedef VOID (NTAPI *PFN_WDFOBJECTACQUIRELOCK)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object);
typedef VOID (NTAPI *PFN_WDFOBJECTRELEASELOCK)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object);
typedef NTSTATUS(NTAPI* PFN_WDFWAITLOCKCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_OBJECT_ATTRIBUTES LockAttributes,
                                               WDFWAITLOCK* Lock);
typedef NTSTATUS(NTAPI* PFN_WDFWAITLOCKACQUIRE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWAITLOCK Lock, PLONGLONG Timeout);
typedef VOID (NTAPI *PFN_WDFWAITLOCKRELEASE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWAITLOCK Lock);
typedef NTSTATUS(NTAPI* PFN_WDFSPINLOCKCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                               PWDF_OBJECT_ATTRIBUTES SpinLockAttributes, WDFSPINLOCK* SpinLock);
typedef VOID (NTAPI *PFN_WDFSPINLOCKACQUIRE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFSPINLOCK SpinLock);
typedef VOID (NTAPI *PFN_WDFSPINLOCKRELEASE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFSPINLOCK SpinLock);
typedef NTSTATUS(NTAPI* PFN_WDFTIMERCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_TIMER_CONFIG Config,
                                            PWDF_OBJECT_ATTRIBUTES Attributes, WDFTIMER* Timer);
typedef BOOLEAN (NTAPI *PFN_WDFTIMERSTART)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFTIMER Timer, LONGLONG DueTime);
typedef BOOLEAN (NTAPI *PFN_WDFTIMERSTOP)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFTIMER Timer, BOOLEAN Wait);
typedef WDFOBJECT (NTAPI *PFN_WDFTIMERGETPARENTOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFTIMER Timer);
typedef NTSTATUS(NTAPI* PFN_WDFWORKITEMCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDF_WORKITEM_CONFIG Config,
                                               PWDF_OBJECT_ATTRIBUTES Attributes, WDFWORKITEM* WorkItem);
typedef VOID (NTAPI *PFN_WDFWORKITEMENQUEUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWORKITEM WorkItem);
typedef WDFOBJECT (NTAPI *PFN_WDFWORKITEMGETPARENTOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWORKITEM WorkItem);
typedef VOID (NTAPI *PFN_WDFWORKITEMFLUSH)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFWORKITEM WorkItem);
typedef VOID(NTAPI* PFN_WDFIOTARGETPURGE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                          WDF_IO_TARGET_PURGE_IO_ACTION Action);

// Host code implements these functions, and binds them to drivers; only driver code calls through the table.
#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
extern WDFFUNC* WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

FORCEINLINE NTSTATUS WdfCollectionCreate(PWDF_OBJECT_ATTRIBUTES CollectionAttributes, WDFCOLLECTION* Collection) {
  return ((PFN_WDFCOLLECTIONCREATE)WdfFunctions[WdfCollectionCreateTableIndex])(WdfDriverGlobals, CollectionAttributes,
                                                                                Collection);
}
FORCEINLINE ULONG WdfCollectionGetCount(WDFCOLLECTION Collection) {
  return ((PFN_WDFCOLLECTIONGETCOUNT)WdfFunctions[WdfCollectionGetCountTableIndex])(WdfDriverGlobals, Collection);
}
FORCEINLINE NTSTATUS WdfCollectionAdd(WDFCOLLECTION Collection, WDFOBJECT Object) {
  return ((PFN_WDFCOLLECTIONADD)WdfFunctions[WdfCollectionAddTableIndex])(WdfDriverGlobals, Collection, Object);
}
FORCEINLINE VOID WdfCollectionRemove(WDFCOLLECTION Collection, WDFOBJECT Item) {
  ((PFN_WDFCOLLECTIONREMOVE)WdfFunctions[WdfCollectionRemoveTableIndex])(WdfDriverGlobals, Collection, Item);
}
FORCEINLINE VOID WdfCollectionRemoveItem(WDFCOLLECTION Collection, ULONG Index) {
  ((PFN_WDFCOLLECTIONREMOVEITEM)WdfFunctions[WdfCollectionRemoveItemTableIndex])(WdfDriverGlobals, Collection, Index);
}
FORCEINLINE WDFOBJECT WdfCollectionGetItem(WDFCOLLECTION Collection, ULONG Index) {
  return ((PFN_WDFCOLLECTIONGETITEM)WdfFunctions[WdfCollectionGetItemTableIndex])(WdfDriverGlobals, Collection, Index);
}
FORCEINLINE WDFOBJECT WdfCollectionGetFirstItem(WDFCOLLECTION Collection) {
  return ((PFN_WDFCOLLECTIONGETFIRSTITEM)WdfFunctions[WdfCollectionGetFirstItemTableIndex])(WdfDriverGlobals,
                                                                                            Collection);
}
FORCEINLINE WDFOBJECT WdfCollectionGetLastItem(WDFCOLLECTION Collection) {
  return ((PFN_WDFCOLLECTIONGETLASTITEM)WdfFunctions[WdfCollectionGetLastItemTableIndex])(WdfDriverGlobals, Collection);
}
FORCEINLINE WDFDEVICE WdfWdmDeviceGetWdfDeviceHandle(PDEVICE_OBJECT DeviceObject) {
  return ((PFN_WDFWDMDEVICEGETWDFDEVICEHANDLE)WdfFunctions[WdfWdmDeviceGetWdfDeviceHandleTableIndex])(WdfDriverGlobals,
                                                                                                      DeviceObject);
}
FORCEINLINE PDEVICE_OBJECT WdfDeviceWdmGetDeviceObject(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEWDMGETDEVICEOBJECT)WdfFunctions[WdfDeviceWdmGetDeviceObjectTableIndex])(WdfDriverGlobals,
                                                                                                Device);
}
FORCEINLINE PDEVICE_OBJECT WdfDeviceWdmGetAttachedDevice(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEWDMGETATTACHEDDEVICE)WdfFunctions[WdfDeviceWdmGetAttachedDeviceTableIndex])(WdfDriverGlobals,
                                                                                                    Device);
}
FORCEINLINE PDEVICE_OBJECT WdfDeviceWdmGetPhysicalDevice(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEWDMGETPHYSICALDEVICE)WdfFunctions[WdfDeviceWdmGetPhysicalDeviceTableIndex])(WdfDriverGlobals,
                                                                                                    Device);
}
FORCEINLINE WDFDRIVER WdfDeviceGetDriver(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEGETDRIVER)WdfFunctions[WdfDeviceGetDriverTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE NTSTATUS WdfDriverCreate(PDRIVER_OBJECT DriverObject, PCUNICODE_STRING RegistryPath,
                                     PWDF_OBJECT_ATTRIBUTES DriverAttributes, PWDF_DRIVER_CONFIG DriverConfig,
                                     WDFDRIVER* Driver) {
  return ((PFN_WDFDRIVERCREATE)WdfFunctions[WdfDriverCreateTableIndex])(WdfDriverGlobals, DriverObject, RegistryPath,
                                                                        DriverAttributes, DriverConfig, Driver);
}
FORCEINLINE PWSTR WdfDriverGetRegistryPath(WDFDRIVER Driver) {
  return ((PFN_WDFDRIVERGETREGISTRYPATH)WdfFunctions[WdfDriverGetRegistryPathTableIndex])(WdfDriverGlobals, Driver);
}
FORCEINLINE PDRIVER_OBJECT WdfDriverWdmGetDriverObject(WDFDRIVER Driver) {
  return ((PFN_WDFDRIVERWDMGETDRIVEROBJECT)WdfFunctions[WdfDriverWdmGetDriverObjectTableIndex])(WdfDriverGlobals,
                                                                                                Driver);
}
FORCEINLINE NTSTATUS WdfDriverOpenParametersRegistryKey(WDFDRIVER Driver, ACCESS_MASK DesiredAccess,
                                                        PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key) {
  return ((PFN_WDFDRIVEROPENPARAMETERSREGISTRYKEY)WdfFunctions[WdfDriverOpenParametersRegistryKeyTableIndex])(
      WdfDriverGlobals, Driver, DesiredAccess, KeyAttributes, Key);
}
FORCEINLINE NTSTATUS WdfIoTargetCreate(WDFDEVICE Device, PWDF_OBJECT_ATTRIBUTES IoTargetAttributes,
                                       WDFIOTARGET* IoTarget) {
  return ((PFN_WDFIOTARGETCREATE)WdfFunctions[WdfIoTargetCreateTableIndex])(WdfDriverGlobals, Device,
                                                                            IoTargetAttributes, IoTarget);
}
FORCEINLINE NTSTATUS WdfIoTargetOpen(WDFIOTARGET IoTarget, PWDF_IO_TARGET_OPEN_PARAMS OpenParams) {
  return ((PFN_WDFIOTARGETOPEN)WdfFunctions[WdfIoTargetOpenTableIndex])(WdfDriverGlobals, IoTarget, OpenParams);
}
FORCEINLINE VOID WdfIoTargetClose(WDFIOTARGET IoTarget) {
  ((PFN_WDFIOTARGETCLOSE)WdfFunctions[WdfIoTargetCloseTableIndex])(WdfDriverGlobals, IoTarget);
}
FORCEINLINE NTSTATUS WdfIoTargetStart(WDFIOTARGET IoTarget) {
  return ((PFN_WDFIOTARGETSTART)WdfFunctions[WdfIoTargetStartTableIndex])(WdfDriverGlobals, IoTarget);
}
FORCEINLINE VOID WdfIoTargetStop(WDFIOTARGET IoTarget, WDF_IO_TARGET_SENT_IO_ACTION Action) {
  ((PFN_WDFIOTARGETSTOP)WdfFunctions[WdfIoTargetStopTableIndex])(WdfDriverGlobals, IoTarget, Action);
}
FORCEINLINE PDEVICE_OBJECT WdfIoTargetWdmGetTargetDeviceObject(WDFIOTARGET IoTarget) {
  return ((PFN_WDFIOTARGETWDMGETTARGETDEVICEOBJECT)WdfFunctions[WdfIoTargetWdmGetTargetDeviceObjectTableIndex])(
      WdfDriverGlobals, IoTarget);
}
FORCEINLINE PDEVICE_OBJECT WdfIoTargetWdmGetTargetPhysicalDevice(WDFIOTARGET IoTarget) {
  return ((PFN_WDFIOTARGETWDMGETTARGETPHYSICALDEVICE)WdfFunctions[WdfIoTargetWdmGetTargetPhysicalDeviceTableIndex])(
      WdfDriverGlobals, IoTarget);
}
FORCEINLINE NTSTATUS WdfIoTargetSendIoctlSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
                                                       PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                                       PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                                       PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                       PULONG_PTR BytesReturned) {
  return ((PFN_WDFIOTARGETSENDIOCTLSYNCHRONOUSLY)WdfFunctions[WdfIoTargetSendIoctlSynchronouslyTableIndex])(
      WdfDriverGlobals, IoTarget, Request, IoctlCode, InputBuffer, OutputBuffer, RequestOptions, BytesReturned);
}
FORCEINLINE NTSTATUS WdfIoTargetFormatRequestForIoctl(WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
                                                      WDFMEMORY InputBuffer, PWDFMEMORY_OFFSET InputBufferOffset,
                                                      WDFMEMORY OutputBuffer, PWDFMEMORY_OFFSET OutputBufferOffset) {
  return ((PFN_WDFIOTARGETFORMATREQUESTFORIOCTL)WdfFunctions[WdfIoTargetFormatRequestForIoctlTableIndex])(
      WdfDriverGlobals, IoTarget, Request, IoctlCode, InputBuffer, InputBufferOffset, OutputBuffer, OutputBufferOffset);
}
FORCEINLINE NTSTATUS WdfMemoryCreate(PWDF_OBJECT_ATTRIBUTES Attributes, POOL_TYPE PoolType, ULONG PoolTag,
                                     SIZE_T BufferSize, WDFMEMORY* Memory, PVOID* Buffer) {
  return ((PFN_WDFMEMORYCREATE)WdfFunctions[WdfMemoryCreateTableIndex])(WdfDriverGlobals, Attributes, PoolType, PoolTag,
                                                                        BufferSize, Memory, Buffer);
}
FORCEINLINE NTSTATUS WdfMemoryCreatePreallocated(PWDF_OBJECT_ATTRIBUTES Attributes, PVOID Buffer, SIZE_T BufferSize,
                                                 WDFMEMORY* Memory) {
  return ((PFN_WDFMEMORYCREATEPREALLOCATED)WdfFunctions[WdfMemoryCreatePreallocatedTableIndex])(
      WdfDriverGlobals, Attributes, Buffer, BufferSize, Memory);
}
FORCEINLINE PVOID WdfMemoryGetBuffer(WDFMEMORY Memory, SIZE_T* BufferSize) {
  return ((PFN_WDFMEMORYGETBUFFER)WdfFunctions[WdfMemoryGetBufferTableIndex])(WdfDriverGlobals, Memory, BufferSize);
}
FORCEINLINE NTSTATUS WdfMemoryAssignBuffer(WDFMEMORY Memory, PVOID Buffer, SIZE_T BufferSize) {
  return ((PFN_WDFMEMORYASSIGNBUFFER)WdfFunctions[WdfMemoryAssignBufferTableIndex])(WdfDriverGlobals, Memory, Buffer,
                                                                                    BufferSize);
}
FORCEINLINE NTSTATUS WdfDeviceMiniportCreate(WDFDRIVER Driver, PWDF_OBJECT_ATTRIBUTES Attributes,
                                             PDEVICE_OBJECT DeviceObject, PDEVICE_OBJECT AttachedDeviceObject,
                                             PDEVICE_OBJECT Pdo, WDFDEVICE* Device) {
  return ((PFN_WDFDEVICEMINIPORTCREATE)WdfFunctions[WdfDeviceMiniportCreateTableIndex])(
      WdfDriverGlobals, Driver, Attributes, DeviceObject, AttachedDeviceObject, Pdo, Device);
}
FORCEINLINE VOID WdfDriverMiniportUnload(WDFDRIVER Driver) {
  ((PFN_WDFDRIVERMINIPORTUNLOAD)WdfFunctions[WdfDriverMiniportUnloadTableIndex])(WdfDriverGlobals, Driver);
}
FORCEINLINE PVOID WdfObjectGetTypedContextWorker(WDFOBJECT Handle, PCWDF_OBJECT_CONTEXT_TYPE_INFO TypeInfo) {
  return ((PFN_WDFOBJECTGETTYPEDCONTEXTWORKER)WdfFunctions[WdfObjectGetTypedContextWorkerTableIndex])(WdfDriverGlobals,
                                                                                                      Handle, TypeInfo);
}
FORCEINLINE NTSTATUS WdfObjectAllocateContext(WDFOBJECT Handle, PWDF_OBJECT_ATTRIBUTES ContextAttributes,
                                              PVOID* Context) {
  return ((PFN_WDFOBJECTALLOCATECONTEXT)WdfFunctions[WdfObjectAllocateContextTableIndex])(WdfDriverGlobals, Handle,
                                                                                          ContextAttributes, Context);
}
FORCEINLINE WDFOBJECT WdfObjectContextGetObject(PVOID ContextPointer) {
  return ((PFN_WDFOBJECTCONTEXTGETOBJECT)WdfFunctions[WdfObjectContextGetObjectTableIndex])(WdfDriverGlobals,
                                                                                            ContextPointer);
}
FORCEINLINE VOID WdfObjectReferenceActual(WDFOBJECT Handle, PVOID Tag, LONG Line, PCCH File) {
  ((PFN_WDFOBJECTREFERENCEACTUAL)WdfFunctions[WdfObjectReferenceActualTableIndex])(WdfDriverGlobals, Handle, Tag, Line,
                                                                                   File);
}
FORCEINLINE VOID WdfObjectDereferenceActual(WDFOBJECT Handle, PVOID Tag, LONG Line, PCCH File) {
  ((PFN_WDFOBJECTDEREFERENCEACTUAL)WdfFunctions[WdfObjectDereferenceActualTableIndex])(WdfDriverGlobals, Handle, Tag,
                                                                                       Line, File);
}
FORCEINLINE NTSTATUS WdfObjectCreate(PWDF_OBJECT_ATTRIBUTES Attributes, WDFOBJECT* Object) {
  return ((PFN_WDFOBJECTCREATE)WdfFunctions[WdfObjectCreateTableIndex])(WdfDriverGlobals, Attributes, Object);
}
FORCEINLINE VOID WdfObjectDelete(WDFOBJECT Object) {
  ((PFN_WDFOBJECTDELETE)WdfFunctions[WdfObjectDeleteTableIndex])(WdfDriverGlobals, Object);
}
FORCEINLINE VOID WdfRegistryClose(WDFKEY Key) {
  ((PFN_WDFREGISTRYCLOSE)WdfFunctions[WdfRegistryCloseTableIndex])(WdfDriverGlobals, Key);
}
FORCEINLINE NTSTATUS WdfRegistryQueryULong(WDFKEY Key, PCUNICODE_STRING ValueName, PULONG Value) {
  return ((PFN_WDFREGISTRYQUERYULONG)WdfFunctions[WdfRegistryQueryULongTableIndex])(WdfDriverGlobals, Key, ValueName,
                                                                                    Value);
}
FORCEINLINE NTSTATUS WdfRegistryAssignString(WDFKEY Key, PCUNICODE_STRING ValueName, WDFSTRING String) {
  return ((PFN_WDFREGISTRYASSIGNSTRING)WdfFunctions[WdfRegistryAssignStringTableIndex])(WdfDriverGlobals, Key,
                                                                                        ValueName, String);
}
FORCEINLINE NTSTATUS WdfRegistryAssignULong(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG Value) {
  return ((PFN_WDFREGISTRYASSIGNULONG)WdfFunctions[WdfRegistryAssignULongTableIndex])(WdfDriverGlobals, Key, ValueName,
                                                                                      Value);
}
FORCEINLINE NTSTATUS WdfRequestCreate(PWDF_OBJECT_ATTRIBUTES RequestAttributes, WDFIOTARGET IoTarget,
                                      WDFREQUEST* Request) {
  return ((PFN_WDFREQUESTCREATE)WdfFunctions[WdfRequestCreateTableIndex])(WdfDriverGlobals, RequestAttributes, IoTarget,
                                                                          Request);
}
FORCEINLINE NTSTATUS WdfRequestReuse(WDFREQUEST Request, PWDF_REQUEST_REUSE_PARAMS ReuseParams) {
  return ((PFN_WDFREQUESTREUSE)WdfFunctions[WdfRequestReuseTableIndex])(WdfDriverGlobals, Request, ReuseParams);
}
FORCEINLINE BOOLEAN WdfRequestSend(WDFREQUEST Request, WDFIOTARGET Target, PWDF_REQUEST_SEND_OPTIONS Options) {
  return ((PFN_WDFREQUESTSEND)WdfFunctions[WdfRequestSendTableIndex])(WdfDriverGlobals, Request, Target, Options);
}
FORCEINLINE NTSTATUS WdfRequestGetStatus(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTGETSTATUS)WdfFunctions[WdfRequestGetStatusTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE BOOLEAN WdfRequestCancelSentRequest(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTCANCELSENTREQUEST)WdfFunctions[WdfRequestCancelSentRequestTableIndex])(WdfDriverGlobals,
                                                                                                Request);
}
FORCEINLINE VOID WdfRequestSetCompletionRoutine(WDFREQUEST Request,
                                                PFN_WDF_REQUEST_COMPLETION_ROUTINE CompletionRoutine,
                                                WDFCONTEXT CompletionContext) {
  ((PFN_WDFREQUESTSETCOMPLETIONROUTINE)WdfFunctions[WdfRequestSetCompletionRoutineTableIndex])(
      WdfDriverGlobals, Request, CompletionRoutine, CompletionContext);
}
FORCEINLINE VOID WdfRequestGetCompletionParams(WDFREQUEST Request, PWDF_REQUEST_COMPLETION_PARAMS Params) {
  ((PFN_WDFREQUESTGETCOMPLETIONPARAMS)WdfFunctions[WdfRequestGetCompletionParamsTableIndex])(WdfDriverGlobals, Request,
                                                                                             Params);
}
FORCEINLINE NTSTATUS WdfRequestAllocateTimer(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTALLOCATETIMER)WdfFunctions[WdfRequestAllocateTimerTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE VOID WdfRequestComplete(WDFREQUEST Request, NTSTATUS Status) {
  ((PFN_WDFREQUESTCOMPLETE)WdfFunctions[WdfRequestCompleteTableIndex])(WdfDriverGlobals, Request, Status);
}
FORCEINLINE ULONG_PTR WdfRequestGetInformation(WDFREQUEST Request) {
  return ((PFN_WDFREQUESTGETINFORMATION)WdfFunctions[WdfRequestGetInformationTableIndex])(WdfDriverGlobals, Request);
}
FORCEINLINE NTSTATUS WdfStringCreate(PCUNICODE_STRING UnicodeString, PWDF_OBJECT_ATTRIBUTES StringAttributes,
                                     WDFSTRING* String) {
  return ((PFN_WDFSTRINGCREATE)WdfFunctions[WdfStringCreateTableIndex])(WdfDriverGlobals, UnicodeString,
                                                                        StringAttributes, String);
}
FORCEINLINE VOID WdfStringGetUnicodeString(WDFSTRING String, PUNICODE_STRING UnicodeString) {
  ((PFN_WDFSTRINGGETUNICODESTRING)WdfFunctions[WdfStringGetUnicodeStringTableIndex])(WdfDriverGlobals, String,
                                                                                     UnicodeString);
}
FORCEINLINE VOID WdfObjectAcquireLock(WDFOBJECT Object) {
  ((PFN_WDFOBJECTACQUIRELOCK)WdfFunctions[WdfObjectAcquireLockTableIndex])(WdfDriverGlobals, Object);
}
FORCEINLINE VOID WdfObjectReleaseLock(WDFOBJECT Object) {
  ((PFN_WDFOBJECTRELEASELOCK)WdfFunctions[WdfObjectReleaseLockTableIndex])(WdfDriverGlobals, Object);
}
FORCEINLINE NTSTATUS WdfWaitLockCreate(PWDF_OBJECT_ATTRIBUTES LockAttributes, WDFWAITLOCK* Lock) {
  return ((PFN_WDFWAITLOCKCREATE)WdfFunctions[WdfWaitLockCreateTableIndex])(WdfDriverGlobals, LockAttributes, Lock);
}
FORCEINLINE NTSTATUS WdfWaitLockAcquire(WDFWAITLOCK Lock, PLONGLONG Timeout) {
  return ((PFN_WDFWAITLOCKACQUIRE)WdfFunctions[WdfWaitLockAcquireTableIndex])(WdfDriverGlobals, Lock, Timeout);
}
FORCEINLINE VOID WdfWaitLockRelease(WDFWAITLOCK Lock) {
  ((PFN_WDFWAITLOCKRELEASE)WdfFunctions[WdfWaitLockReleaseTableIndex])(WdfDriverGlobals, Lock);
}
FORCEINLINE NTSTATUS WdfSpinLockCreate(PWDF_OBJECT_ATTRIBUTES SpinLockAttributes, WDFSPINLOCK* SpinLock) {
  return ((PFN_WDFSPINLOCKCREATE)WdfFunctions[WdfSpinLockCreateTableIndex])(WdfDriverGlobals, SpinLockAttributes,
                                                                            SpinLock);
}
FORCEINLINE VOID WdfSpinLockAcquire(WDFSPINLOCK SpinLock) {
  ((PFN_WDFSPINLOCKACQUIRE)WdfFunctions[WdfSpinLockAcquireTableIndex])(WdfDriverGlobals, SpinLock);
}
FORCEINLINE VOID WdfSpinLockRelease(WDFSPINLOCK SpinLock) {
  ((PFN_WDFSPINLOCKRELEASE)WdfFunctions[WdfSpinLockReleaseTableIndex])(WdfDriverGlobals, SpinLock);
}
FORCEINLINE NTSTATUS WdfTimerCreate(PWDF_TIMER_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes, WDFTIMER* Timer) {
  return ((PFN_WDFTIMERCREATE)WdfFunctions[WdfTimerCreateTableIndex])(WdfDriverGlobals, Config, Attributes, Timer);
}
FORCEINLINE BOOLEAN WdfTimerStart(WDFTIMER Timer, LONGLONG DueTime) {
  return ((PFN_WDFTIMERSTART)WdfFunctions[WdfTimerStartTableIndex])(WdfDriverGlobals, Timer, DueTime);
}
FORCEINLINE BOOLEAN WdfTimerStop(WDFTIMER Timer, BOOLEAN Wait) {
  return ((PFN_WDFTIMERSTOP)WdfFunctions[WdfTimerStopTableIndex])(WdfDriverGlobals, Timer, Wait);
}
FORCEINLINE WDFOBJECT WdfTimerGetParentObject(WDFTIMER Timer) {
  return ((PFN_WDFTIMERGETPARENTOBJECT)WdfFunctions[WdfTimerGetParentObjectTableIndex])(WdfDriverGlobals, Timer);
}
FORCEINLINE NTSTATUS WdfWorkItemCreate(PWDF_WORKITEM_CONFIG Config, PWDF_OBJECT_ATTRIBUTES Attributes,
                                       WDFWORKITEM* WorkItem) {
  return ((PFN_WDFWORKITEMCREATE)WdfFunctions[WdfWorkItemCreateTableIndex])(WdfDriverGlobals, Config, Attributes,
                                                                            WorkItem);
}
FORCEINLINE VOID WdfWorkItemEnqueue(WDFWORKITEM WorkItem) {
  ((PFN_WDFWORKITEMENQUEUE)WdfFunctions[WdfWorkItemEnqueueTableIndex])(WdfDriverGlobals, WorkItem);
}
FORCEINLINE WDFOBJECT WdfWorkItemGetParentObject(WDFWORKITEM WorkItem) {
  return ((PFN_WDFWORKITEMGETPARENTOBJECT)WdfFunctions[WdfWorkItemGetParentObjectTableIndex])(WdfDriverGlobals,
                                                                                              WorkItem);
}
FORCEINLINE VOID WdfWorkItemFlush(WDFWORKITEM WorkItem) {
  ((PFN_WDFWORKITEMFLUSH)WdfFunctions[WdfWorkItemFlushTableIndex])(WdfDriverGlobals, WorkItem);
}
FORCEINLINE VOID WdfIoTargetPurge(WDFIOTARGET IoTarget, WDF_IO_TARGET_PURGE_IO_ACTION Action) {
  ((PFN_WDFIOTARGETPURGE)WdfFunctions[WdfIoTargetPurgeTableIndex])(WdfDriverGlobals, IoTarget, Action);
}
FORCEINLINE WDFDRIVER WdfGetDriver(VOID) { return WdfDriverGlobals->Driver; }
#define WdfObjectReference(Handle) WdfObjectReferenceActual(Handle, NULL, __LINE__, __FILE__)
#define WdfObjectDereference(Handle) WdfObjectDereferenceActual(Handle, NULL, __LINE__, __FILE__)
#define WdfObjectGetTypedContext(handle, type) ((type*)WdfObjectGetTypedContextWorker((WDFOBJECT)(handle), WDF_GET_CONTEXT_TYPE_INFO(type)->UniqueType))
EXTERN_C_END
#endif

// What sources use besides, and this framework does not have.
#include <portside/wdf_bus_functions.h>
#include <portside/wdf_data_functions.h>
#include <portside/wdf_device_functions.h>
#include <portside/wdf_device_init_functions.h>
#include <portside/wdf_hardware_functions.h>
#include <portside/wdf_newer_functions.h>
#include <portside/wdf_request_functions.h>
#include <portside/wdf_resource_functions.h>
