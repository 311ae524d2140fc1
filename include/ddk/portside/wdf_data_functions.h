// Functions of the driver, I/O targets, memory and the registry.
// Not in this framework: a call stops the machine with the function's name. Indices as in wdf_functions.h.
#pragma once
#include <portside/wdf_request.h>

enum {
  WdfWdmDriverGetWdfDriverHandleTableIndex = 120,
  WdfDriverRetrieveVersionStringTableIndex = 122,
  WdfDriverIsVersionAvailableTableIndex = 123,
  WdfIoTargetCloseForQueryRemoveTableIndex = 169,
  WdfIoTargetGetStateTableIndex = 173,
  WdfIoTargetGetDeviceTableIndex = 174,
  WdfIoTargetQueryTargetPropertyTableIndex = 175,
  WdfIoTargetAllocAndQueryTargetPropertyTableIndex = 176,
  WdfIoTargetQueryForInterfaceTableIndex = 177,
  WdfIoTargetWdmGetTargetFileObjectTableIndex = 180,
  WdfIoTargetWdmGetTargetFileHandleTableIndex = 181,
  WdfIoTargetSendReadSynchronouslyTableIndex = 182,
  WdfIoTargetFormatRequestForReadTableIndex = 183,
  WdfIoTargetSendWriteSynchronouslyTableIndex = 184,
  WdfIoTargetFormatRequestForWriteTableIndex = 185,
  WdfIoTargetSendInternalIoctlSynchronouslyTableIndex = 188,
  WdfIoTargetFormatRequestForInternalIoctlTableIndex = 189,
  WdfIoTargetSendInternalIoctlOthersSynchronouslyTableIndex = 190,
  WdfIoTargetFormatRequestForInternalIoctlOthersTableIndex = 191,
  WdfMemoryCopyToBufferTableIndex = 196,
  WdfMemoryCopyFromBufferTableIndex = 197,
  WdfLookasideListCreateTableIndex = 198,
  WdfMemoryCreateFromLookasideTableIndex = 199,
  WdfObjectQueryTableIndex = 209,
  WdfRegistryOpenKeyTableIndex = 229,
  WdfRegistryCreateKeyTableIndex = 230,
  WdfRegistryWdmGetHandleTableIndex = 232,
  WdfRegistryRemoveKeyTableIndex = 233,
  WdfRegistryRemoveValueTableIndex = 234,
  WdfRegistryQueryValueTableIndex = 235,
  WdfRegistryQueryMemoryTableIndex = 236,
  WdfRegistryQueryMultiStringTableIndex = 237,
  WdfRegistryQueryUnicodeStringTableIndex = 238,
  WdfRegistryQueryStringTableIndex = 239,
  WdfRegistryAssignValueTableIndex = 241,
  WdfRegistryAssignMemoryTableIndex = 242,
  WdfRegistryAssignMultiStringTableIndex = 243,
  WdfRegistryAssignUnicodeStringTableIndex = 244,
  WdfVerifierDbgBreakPointTableIndex = 367,
  WdfVerifierKeBugCheckTableIndex = 368
};

typedef WDFDRIVER(NTAPI* PFN_WDFWDMDRIVERGETWDFDRIVERHANDLE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                             PDRIVER_OBJECT DriverObject);
typedef NTSTATUS(NTAPI* PFN_WDFDRIVERRETRIEVEVERSIONSTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                                            WDFSTRING String);
typedef BOOLEAN(NTAPI* PFN_WDFDRIVERISVERSIONAVAILABLE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                                        PWDF_DRIVER_VERSION_AVAILABLE_PARAMS VersionAvailableParams);
typedef VOID(NTAPI* PFN_WDFIOTARGETCLOSEFORQUERYREMOVE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget);
typedef WDF_IO_TARGET_STATE(NTAPI* PFN_WDFIOTARGETGETSTATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget);
typedef WDFDEVICE(NTAPI* PFN_WDFIOTARGETGETDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETQUERYTARGETPROPERTY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                                            DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                                            PVOID PropertyBuffer, PULONG ResultLength);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETALLOCANDQUERYTARGETPROPERTY)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, DEVICE_REGISTRY_PROPERTY DeviceProperty,
    POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes, WDFMEMORY* PropertyMemory);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETQUERYFORINTERFACE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                                          LPCGUID InterfaceType, PINTERFACE Interface, USHORT Size,
                                                          USHORT Version, PVOID InterfaceSpecificData);
typedef PFILE_OBJECT(NTAPI* PFN_WDFIOTARGETWDMGETTARGETFILEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                   WDFIOTARGET IoTarget);
typedef HANDLE(NTAPI* PFN_WDFIOTARGETWDMGETTARGETFILEHANDLE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETSENDREADSYNCHRONOUSLY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                                              WDFREQUEST Request, PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                                              PLONGLONG DeviceOffset,
                                                              PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                              PULONG_PTR BytesRead);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETFORMATREQUESTFORREAD)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                                             WDFREQUEST Request, WDFMEMORY OutputBuffer,
                                                             PWDFMEMORY_OFFSET OutputBufferOffset,
                                                             PLONGLONG DeviceOffset);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETSENDWRITESYNCHRONOUSLY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                                               WDFREQUEST Request, PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                                               PLONGLONG DeviceOffset,
                                                               PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                               PULONG_PTR BytesWritten);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETFORMATREQUESTFORWRITE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget,
                                                              WDFREQUEST Request, WDFMEMORY InputBuffer,
                                                              PWDFMEMORY_OFFSET InputBufferOffset,
                                                              PLONGLONG DeviceOffset);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETSENDINTERNALIOCTLSYNCHRONOUSLY)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
    PWDF_MEMORY_DESCRIPTOR InputBuffer, PWDF_MEMORY_DESCRIPTOR OutputBuffer, PWDF_REQUEST_SEND_OPTIONS RequestOptions,
    PULONG_PTR BytesReturned);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETFORMATREQUESTFORINTERNALIOCTL)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, WDFMEMORY InputBuffer,
    PWDFMEMORY_OFFSET InputBufferOffset, WDFMEMORY OutputBuffer, PWDFMEMORY_OFFSET OutputBufferOffset);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETSENDINTERNALIOCTLOTHERSSYNCHRONOUSLY)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
    PWDF_MEMORY_DESCRIPTOR OtherArg1, PWDF_MEMORY_DESCRIPTOR OtherArg2, PWDF_MEMORY_DESCRIPTOR OtherArg4,
    PWDF_REQUEST_SEND_OPTIONS RequestOptions, PULONG_PTR BytesReturned);
typedef NTSTATUS(NTAPI* PFN_WDFIOTARGETFORMATREQUESTFORINTERNALIOCTLOTHERS)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, WDFMEMORY OtherArg1,
    PWDFMEMORY_OFFSET OtherArg1Offset, WDFMEMORY OtherArg2, PWDFMEMORY_OFFSET OtherArg2Offset, WDFMEMORY OtherArg4,
    PWDFMEMORY_OFFSET OtherArg4Offset);
typedef NTSTATUS(NTAPI* PFN_WDFMEMORYCOPYTOBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY SourceMemory,
                                                   SIZE_T SourceOffset, PVOID Buffer, SIZE_T NumBytesToCopyTo);
typedef NTSTATUS(NTAPI* PFN_WDFMEMORYCOPYFROMBUFFER)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFMEMORY DestinationMemory,
                                                     SIZE_T DestinationOffset, PVOID Buffer, SIZE_T NumBytesToCopyFrom);
typedef NTSTATUS(NTAPI* PFN_WDFLOOKASIDELISTCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                    PWDF_OBJECT_ATTRIBUTES LookasideAttributes, SIZE_T BufferSize,
                                                    POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES MemoryAttributes,
                                                    ULONG PoolTag, WDFLOOKASIDE* Lookaside);
typedef NTSTATUS(NTAPI* PFN_WDFMEMORYCREATEFROMLOOKASIDE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFLOOKASIDE Lookaside,
                                                          WDFMEMORY* Memory);
typedef NTSTATUS(NTAPI* PFN_WDFOBJECTQUERY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Object, const GUID* Guid,
                                            ULONG QueryBufferLength, PVOID QueryBuffer);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYOPENKEY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY ParentKey,
                                                PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                                                PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYCREATEKEY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY ParentKey,
                                                  PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                                                  ULONG CreateOptions, PULONG CreateDisposition,
                                                  PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key);
typedef HANDLE(NTAPI* PFN_WDFREGISTRYWDMGETHANDLE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYREMOVEKEY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYREMOVEVALUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                    PCUNICODE_STRING ValueName);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYQUERYVALUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                   PCUNICODE_STRING ValueName, ULONG ValueLength, PVOID Value,
                                                   PULONG ValueLengthQueried, PULONG ValueType);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYQUERYMEMORY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                    PCUNICODE_STRING ValueName, POOL_TYPE PoolType,
                                                    PWDF_OBJECT_ATTRIBUTES MemoryAttributes, WDFMEMORY* Memory,
                                                    PULONG ValueType);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYQUERYMULTISTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                         PCUNICODE_STRING ValueName,
                                                         PWDF_OBJECT_ATTRIBUTES StringsAttributes,
                                                         WDFCOLLECTION Collection);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYQUERYUNICODESTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                           PCUNICODE_STRING ValueName, PUSHORT ValueByteLength,
                                                           PUNICODE_STRING Value);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYQUERYSTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                    PCUNICODE_STRING ValueName, WDFSTRING String);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYASSIGNVALUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                    PCUNICODE_STRING ValueName, ULONG ValueType, ULONG ValueLength,
                                                    PVOID Value);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYASSIGNMEMORY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                     PCUNICODE_STRING ValueName, ULONG ValueType, WDFMEMORY Memory,
                                                     PWDFMEMORY_OFFSET MemoryOffsets);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYASSIGNMULTISTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                          PCUNICODE_STRING ValueName, WDFCOLLECTION StringsCollection);
typedef NTSTATUS(NTAPI* PFN_WDFREGISTRYASSIGNUNICODESTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFKEY Key,
                                                            PCUNICODE_STRING ValueName, PCUNICODE_STRING Value);
typedef VOID(NTAPI* PFN_WDFVERIFIERDBGBREAKPOINT)(PWDF_DRIVER_GLOBALS DriverGlobals);
typedef VOID(NTAPI* PFN_WDFVERIFIERKEBUGCHECK)(PWDF_DRIVER_GLOBALS DriverGlobals, ULONG BugCheckCode,
                                               ULONG_PTR BugCheckParameter1, ULONG_PTR BugCheckParameter2,
                                               ULONG_PTR BugCheckParameter3, ULONG_PTR BugCheckParameter4);

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
extern WDFFUNC* WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

FORCEINLINE WDFDRIVER WdfWdmDriverGetWdfDriverHandle(PDRIVER_OBJECT DriverObject) {
  return ((PFN_WDFWDMDRIVERGETWDFDRIVERHANDLE)WdfFunctions[WdfWdmDriverGetWdfDriverHandleTableIndex])(WdfDriverGlobals,
                                                                                                      DriverObject);
}
FORCEINLINE NTSTATUS WdfDriverRetrieveVersionString(WDFDRIVER Driver, WDFSTRING String) {
  return ((PFN_WDFDRIVERRETRIEVEVERSIONSTRING)WdfFunctions[WdfDriverRetrieveVersionStringTableIndex])(WdfDriverGlobals,
                                                                                                      Driver, String);
}
FORCEINLINE BOOLEAN WdfDriverIsVersionAvailable(WDFDRIVER Driver,
                                                PWDF_DRIVER_VERSION_AVAILABLE_PARAMS VersionAvailableParams) {
  return ((PFN_WDFDRIVERISVERSIONAVAILABLE)WdfFunctions[WdfDriverIsVersionAvailableTableIndex])(
      WdfDriverGlobals, Driver, VersionAvailableParams);
}
FORCEINLINE VOID WdfIoTargetCloseForQueryRemove(WDFIOTARGET IoTarget) {
  ((PFN_WDFIOTARGETCLOSEFORQUERYREMOVE)WdfFunctions[WdfIoTargetCloseForQueryRemoveTableIndex])(WdfDriverGlobals,
                                                                                               IoTarget);
}
FORCEINLINE WDF_IO_TARGET_STATE WdfIoTargetGetState(WDFIOTARGET IoTarget) {
  return ((PFN_WDFIOTARGETGETSTATE)WdfFunctions[WdfIoTargetGetStateTableIndex])(WdfDriverGlobals, IoTarget);
}
FORCEINLINE WDFDEVICE WdfIoTargetGetDevice(WDFIOTARGET IoTarget) {
  return ((PFN_WDFIOTARGETGETDEVICE)WdfFunctions[WdfIoTargetGetDeviceTableIndex])(WdfDriverGlobals, IoTarget);
}
FORCEINLINE NTSTATUS WdfIoTargetQueryTargetProperty(WDFIOTARGET IoTarget, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                                    ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength) {
  return ((PFN_WDFIOTARGETQUERYTARGETPROPERTY)WdfFunctions[WdfIoTargetQueryTargetPropertyTableIndex])(
      WdfDriverGlobals, IoTarget, DeviceProperty, BufferLength, PropertyBuffer, ResultLength);
}
FORCEINLINE NTSTATUS WdfIoTargetAllocAndQueryTargetProperty(WDFIOTARGET IoTarget,
                                                            DEVICE_REGISTRY_PROPERTY DeviceProperty, POOL_TYPE PoolType,
                                                            PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                            WDFMEMORY* PropertyMemory) {
  return ((PFN_WDFIOTARGETALLOCANDQUERYTARGETPROPERTY)WdfFunctions[WdfIoTargetAllocAndQueryTargetPropertyTableIndex])(
      WdfDriverGlobals, IoTarget, DeviceProperty, PoolType, PropertyMemoryAttributes, PropertyMemory);
}
FORCEINLINE NTSTATUS WdfIoTargetQueryForInterface(WDFIOTARGET IoTarget, LPCGUID InterfaceType, PINTERFACE Interface,
                                                  USHORT Size, USHORT Version, PVOID InterfaceSpecificData) {
  return ((PFN_WDFIOTARGETQUERYFORINTERFACE)WdfFunctions[WdfIoTargetQueryForInterfaceTableIndex])(
      WdfDriverGlobals, IoTarget, InterfaceType, Interface, Size, Version, InterfaceSpecificData);
}
FORCEINLINE PFILE_OBJECT WdfIoTargetWdmGetTargetFileObject(WDFIOTARGET IoTarget) {
  return ((PFN_WDFIOTARGETWDMGETTARGETFILEOBJECT)WdfFunctions[WdfIoTargetWdmGetTargetFileObjectTableIndex])(
      WdfDriverGlobals, IoTarget);
}
FORCEINLINE HANDLE WdfIoTargetWdmGetTargetFileHandle(WDFIOTARGET IoTarget) {
  return ((PFN_WDFIOTARGETWDMGETTARGETFILEHANDLE)WdfFunctions[WdfIoTargetWdmGetTargetFileHandleTableIndex])(
      WdfDriverGlobals, IoTarget);
}
FORCEINLINE NTSTATUS WdfIoTargetSendReadSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                      PWDF_MEMORY_DESCRIPTOR OutputBuffer, PLONGLONG DeviceOffset,
                                                      PWDF_REQUEST_SEND_OPTIONS RequestOptions, PULONG_PTR BytesRead) {
  return ((PFN_WDFIOTARGETSENDREADSYNCHRONOUSLY)WdfFunctions[WdfIoTargetSendReadSynchronouslyTableIndex])(
      WdfDriverGlobals, IoTarget, Request, OutputBuffer, DeviceOffset, RequestOptions, BytesRead);
}
FORCEINLINE NTSTATUS WdfIoTargetFormatRequestForRead(WDFIOTARGET IoTarget, WDFREQUEST Request, WDFMEMORY OutputBuffer,
                                                     PWDFMEMORY_OFFSET OutputBufferOffset, PLONGLONG DeviceOffset) {
  return ((PFN_WDFIOTARGETFORMATREQUESTFORREAD)WdfFunctions[WdfIoTargetFormatRequestForReadTableIndex])(
      WdfDriverGlobals, IoTarget, Request, OutputBuffer, OutputBufferOffset, DeviceOffset);
}
FORCEINLINE NTSTATUS WdfIoTargetSendWriteSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                       PWDF_MEMORY_DESCRIPTOR InputBuffer, PLONGLONG DeviceOffset,
                                                       PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                       PULONG_PTR BytesWritten) {
  return ((PFN_WDFIOTARGETSENDWRITESYNCHRONOUSLY)WdfFunctions[WdfIoTargetSendWriteSynchronouslyTableIndex])(
      WdfDriverGlobals, IoTarget, Request, InputBuffer, DeviceOffset, RequestOptions, BytesWritten);
}
FORCEINLINE NTSTATUS WdfIoTargetFormatRequestForWrite(WDFIOTARGET IoTarget, WDFREQUEST Request, WDFMEMORY InputBuffer,
                                                      PWDFMEMORY_OFFSET InputBufferOffset, PLONGLONG DeviceOffset) {
  return ((PFN_WDFIOTARGETFORMATREQUESTFORWRITE)WdfFunctions[WdfIoTargetFormatRequestForWriteTableIndex])(
      WdfDriverGlobals, IoTarget, Request, InputBuffer, InputBufferOffset, DeviceOffset);
}
FORCEINLINE NTSTATUS WdfIoTargetSendInternalIoctlSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                               ULONG IoctlCode, PWDF_MEMORY_DESCRIPTOR InputBuffer,
                                                               PWDF_MEMORY_DESCRIPTOR OutputBuffer,
                                                               PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                               PULONG_PTR BytesReturned) {
  return (
      (PFN_WDFIOTARGETSENDINTERNALIOCTLSYNCHRONOUSLY)WdfFunctions[WdfIoTargetSendInternalIoctlSynchronouslyTableIndex])(
      WdfDriverGlobals, IoTarget, Request, IoctlCode, InputBuffer, OutputBuffer, RequestOptions, BytesReturned);
}
FORCEINLINE NTSTATUS WdfIoTargetFormatRequestForInternalIoctl(WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode,
                                                              WDFMEMORY InputBuffer,
                                                              PWDFMEMORY_OFFSET InputBufferOffset,
                                                              WDFMEMORY OutputBuffer,
                                                              PWDFMEMORY_OFFSET OutputBufferOffset) {
  return (
      (PFN_WDFIOTARGETFORMATREQUESTFORINTERNALIOCTL)WdfFunctions[WdfIoTargetFormatRequestForInternalIoctlTableIndex])(
      WdfDriverGlobals, IoTarget, Request, IoctlCode, InputBuffer, InputBufferOffset, OutputBuffer, OutputBufferOffset);
}
FORCEINLINE NTSTATUS WdfIoTargetSendInternalIoctlOthersSynchronously(WDFIOTARGET IoTarget, WDFREQUEST Request,
                                                                     ULONG IoctlCode, PWDF_MEMORY_DESCRIPTOR OtherArg1,
                                                                     PWDF_MEMORY_DESCRIPTOR OtherArg2,
                                                                     PWDF_MEMORY_DESCRIPTOR OtherArg4,
                                                                     PWDF_REQUEST_SEND_OPTIONS RequestOptions,
                                                                     PULONG_PTR BytesReturned) {
  return ((PFN_WDFIOTARGETSENDINTERNALIOCTLOTHERSSYNCHRONOUSLY)
              WdfFunctions[WdfIoTargetSendInternalIoctlOthersSynchronouslyTableIndex])(
      WdfDriverGlobals, IoTarget, Request, IoctlCode, OtherArg1, OtherArg2, OtherArg4, RequestOptions, BytesReturned);
}
FORCEINLINE NTSTATUS WdfIoTargetFormatRequestForInternalIoctlOthers(
    WDFIOTARGET IoTarget, WDFREQUEST Request, ULONG IoctlCode, WDFMEMORY OtherArg1, PWDFMEMORY_OFFSET OtherArg1Offset,
    WDFMEMORY OtherArg2, PWDFMEMORY_OFFSET OtherArg2Offset, WDFMEMORY OtherArg4, PWDFMEMORY_OFFSET OtherArg4Offset) {
  return ((PFN_WDFIOTARGETFORMATREQUESTFORINTERNALIOCTLOTHERS)
              WdfFunctions[WdfIoTargetFormatRequestForInternalIoctlOthersTableIndex])(
      WdfDriverGlobals, IoTarget, Request, IoctlCode, OtherArg1, OtherArg1Offset, OtherArg2, OtherArg2Offset, OtherArg4,
      OtherArg4Offset);
}
FORCEINLINE NTSTATUS WdfMemoryCopyToBuffer(WDFMEMORY SourceMemory, SIZE_T SourceOffset, PVOID Buffer,
                                           SIZE_T NumBytesToCopyTo) {
  return ((PFN_WDFMEMORYCOPYTOBUFFER)WdfFunctions[WdfMemoryCopyToBufferTableIndex])(
      WdfDriverGlobals, SourceMemory, SourceOffset, Buffer, NumBytesToCopyTo);
}
FORCEINLINE NTSTATUS WdfMemoryCopyFromBuffer(WDFMEMORY DestinationMemory, SIZE_T DestinationOffset, PVOID Buffer,
                                             SIZE_T NumBytesToCopyFrom) {
  return ((PFN_WDFMEMORYCOPYFROMBUFFER)WdfFunctions[WdfMemoryCopyFromBufferTableIndex])(
      WdfDriverGlobals, DestinationMemory, DestinationOffset, Buffer, NumBytesToCopyFrom);
}
FORCEINLINE NTSTATUS WdfLookasideListCreate(PWDF_OBJECT_ATTRIBUTES LookasideAttributes, SIZE_T BufferSize,
                                            POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES MemoryAttributes, ULONG PoolTag,
                                            WDFLOOKASIDE* Lookaside) {
  return ((PFN_WDFLOOKASIDELISTCREATE)WdfFunctions[WdfLookasideListCreateTableIndex])(
      WdfDriverGlobals, LookasideAttributes, BufferSize, PoolType, MemoryAttributes, PoolTag, Lookaside);
}
FORCEINLINE NTSTATUS WdfMemoryCreateFromLookaside(WDFLOOKASIDE Lookaside, WDFMEMORY* Memory) {
  return ((PFN_WDFMEMORYCREATEFROMLOOKASIDE)WdfFunctions[WdfMemoryCreateFromLookasideTableIndex])(WdfDriverGlobals,
                                                                                                  Lookaside, Memory);
}
FORCEINLINE NTSTATUS WdfObjectQuery(WDFOBJECT Object, const GUID* Guid, ULONG QueryBufferLength, PVOID QueryBuffer) {
  return ((PFN_WDFOBJECTQUERY)WdfFunctions[WdfObjectQueryTableIndex])(WdfDriverGlobals, Object, Guid, QueryBufferLength,
                                                                      QueryBuffer);
}
FORCEINLINE NTSTATUS WdfRegistryOpenKey(WDFKEY ParentKey, PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                                        PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key) {
  return ((PFN_WDFREGISTRYOPENKEY)WdfFunctions[WdfRegistryOpenKeyTableIndex])(WdfDriverGlobals, ParentKey, KeyName,
                                                                              DesiredAccess, KeyAttributes, Key);
}
FORCEINLINE NTSTATUS WdfRegistryCreateKey(WDFKEY ParentKey, PCUNICODE_STRING KeyName, ACCESS_MASK DesiredAccess,
                                          ULONG CreateOptions, PULONG CreateDisposition,
                                          PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key) {
  return ((PFN_WDFREGISTRYCREATEKEY)WdfFunctions[WdfRegistryCreateKeyTableIndex])(
      WdfDriverGlobals, ParentKey, KeyName, DesiredAccess, CreateOptions, CreateDisposition, KeyAttributes, Key);
}
FORCEINLINE HANDLE WdfRegistryWdmGetHandle(WDFKEY Key) {
  return ((PFN_WDFREGISTRYWDMGETHANDLE)WdfFunctions[WdfRegistryWdmGetHandleTableIndex])(WdfDriverGlobals, Key);
}
FORCEINLINE NTSTATUS WdfRegistryRemoveKey(WDFKEY Key) {
  return ((PFN_WDFREGISTRYREMOVEKEY)WdfFunctions[WdfRegistryRemoveKeyTableIndex])(WdfDriverGlobals, Key);
}
FORCEINLINE NTSTATUS WdfRegistryRemoveValue(WDFKEY Key, PCUNICODE_STRING ValueName) {
  return ((PFN_WDFREGISTRYREMOVEVALUE)WdfFunctions[WdfRegistryRemoveValueTableIndex])(WdfDriverGlobals, Key, ValueName);
}
FORCEINLINE NTSTATUS WdfRegistryQueryValue(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueLength, PVOID Value,
                                           PULONG ValueLengthQueried, PULONG ValueType) {
  return ((PFN_WDFREGISTRYQUERYVALUE)WdfFunctions[WdfRegistryQueryValueTableIndex])(
      WdfDriverGlobals, Key, ValueName, ValueLength, Value, ValueLengthQueried, ValueType);
}
FORCEINLINE NTSTATUS WdfRegistryQueryMemory(WDFKEY Key, PCUNICODE_STRING ValueName, POOL_TYPE PoolType,
                                            PWDF_OBJECT_ATTRIBUTES MemoryAttributes, WDFMEMORY* Memory,
                                            PULONG ValueType) {
  return ((PFN_WDFREGISTRYQUERYMEMORY)WdfFunctions[WdfRegistryQueryMemoryTableIndex])(
      WdfDriverGlobals, Key, ValueName, PoolType, MemoryAttributes, Memory, ValueType);
}
FORCEINLINE NTSTATUS WdfRegistryQueryMultiString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                                 PWDF_OBJECT_ATTRIBUTES StringsAttributes, WDFCOLLECTION Collection) {
  return ((PFN_WDFREGISTRYQUERYMULTISTRING)WdfFunctions[WdfRegistryQueryMultiStringTableIndex])(
      WdfDriverGlobals, Key, ValueName, StringsAttributes, Collection);
}
FORCEINLINE NTSTATUS WdfRegistryQueryUnicodeString(WDFKEY Key, PCUNICODE_STRING ValueName, PUSHORT ValueByteLength,
                                                   PUNICODE_STRING Value) {
  return ((PFN_WDFREGISTRYQUERYUNICODESTRING)WdfFunctions[WdfRegistryQueryUnicodeStringTableIndex])(
      WdfDriverGlobals, Key, ValueName, ValueByteLength, Value);
}
FORCEINLINE NTSTATUS WdfRegistryQueryString(WDFKEY Key, PCUNICODE_STRING ValueName, WDFSTRING String) {
  return ((PFN_WDFREGISTRYQUERYSTRING)WdfFunctions[WdfRegistryQueryStringTableIndex])(WdfDriverGlobals, Key, ValueName,
                                                                                      String);
}
FORCEINLINE NTSTATUS WdfRegistryAssignValue(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueType, ULONG ValueLength,
                                            PVOID Value) {
  return ((PFN_WDFREGISTRYASSIGNVALUE)WdfFunctions[WdfRegistryAssignValueTableIndex])(WdfDriverGlobals, Key, ValueName,
                                                                                      ValueType, ValueLength, Value);
}
FORCEINLINE NTSTATUS WdfRegistryAssignMemory(WDFKEY Key, PCUNICODE_STRING ValueName, ULONG ValueType, WDFMEMORY Memory,
                                             PWDFMEMORY_OFFSET MemoryOffsets) {
  return ((PFN_WDFREGISTRYASSIGNMEMORY)WdfFunctions[WdfRegistryAssignMemoryTableIndex])(
      WdfDriverGlobals, Key, ValueName, ValueType, Memory, MemoryOffsets);
}
FORCEINLINE NTSTATUS WdfRegistryAssignMultiString(WDFKEY Key, PCUNICODE_STRING ValueName,
                                                  WDFCOLLECTION StringsCollection) {
  return ((PFN_WDFREGISTRYASSIGNMULTISTRING)WdfFunctions[WdfRegistryAssignMultiStringTableIndex])(
      WdfDriverGlobals, Key, ValueName, StringsCollection);
}
FORCEINLINE NTSTATUS WdfRegistryAssignUnicodeString(WDFKEY Key, PCUNICODE_STRING ValueName, PCUNICODE_STRING Value) {
  return ((PFN_WDFREGISTRYASSIGNUNICODESTRING)WdfFunctions[WdfRegistryAssignUnicodeStringTableIndex])(
      WdfDriverGlobals, Key, ValueName, Value);
}
FORCEINLINE VOID WdfVerifierDbgBreakPoint(VOID) {
  ((PFN_WDFVERIFIERDBGBREAKPOINT)WdfFunctions[WdfVerifierDbgBreakPointTableIndex])(WdfDriverGlobals);
}
FORCEINLINE VOID WdfVerifierKeBugCheck(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1, ULONG_PTR BugCheckParameter2,
                                       ULONG_PTR BugCheckParameter3, ULONG_PTR BugCheckParameter4) {
  ((PFN_WDFVERIFIERKEBUGCHECK)WdfFunctions[WdfVerifierKeBugCheckTableIndex])(
      WdfDriverGlobals, BugCheckCode, BugCheckParameter1, BugCheckParameter2, BugCheckParameter3, BugCheckParameter4);
}
EXTERN_C_END
#endif
