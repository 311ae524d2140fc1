// Functions of the devices of function and bus drivers.
// Not in this framework: a call stops the machine with the function's name. Indices as in wdf_functions.h.
#pragma once
#include <portside/wdf_bus.h>

enum {
  WdfChildListCreateTableIndex = 0,
  WdfChildListGetDeviceTableIndex = 1,
  WdfChildListRetrievePdoTableIndex = 2,
  WdfChildListBeginScanTableIndex = 4,
  WdfChildListEndScanTableIndex = 5,
  WdfChildListBeginIterationTableIndex = 6,
  WdfChildListRetrieveNextDeviceTableIndex = 7,
  WdfChildListEndIterationTableIndex = 8,
  WdfChildListAddOrUpdateChildDescriptionAsPresentTableIndex = 9,
  WdfChildListUpdateChildDescriptionAsMissingTableIndex = 10,
  WdfChildListUpdateAllChildDescriptionsAsPresentTableIndex = 11,
  WdfChildListRequestChildEjectTableIndex = 12,
  WdfFdoInitWdmGetPhysicalDeviceTableIndex = 124,
  WdfFdoInitOpenRegistryKeyTableIndex = 125,
  WdfFdoInitQueryPropertyTableIndex = 126,
  WdfFdoInitAllocAndQueryPropertyTableIndex = 127,
  WdfFdoInitSetEventCallbacksTableIndex = 128,
  WdfFdoInitSetFilterTableIndex = 129,
  WdfFdoInitSetDefaultChildListConfigTableIndex = 130,
  WdfFdoQueryForInterfaceTableIndex = 131,
  WdfFdoGetDefaultChildListTableIndex = 132,
  WdfFdoAddStaticChildTableIndex = 133,
  WdfFdoLockStaticChildListForIterationTableIndex = 134,
  WdfFdoRetrieveNextStaticChildTableIndex = 135,
  WdfFdoUnlockStaticChildListFromIterationTableIndex = 136,
  WdfPdoInitAllocateTableIndex = 210,
  WdfPdoInitSetEventCallbacksTableIndex = 211,
  WdfPdoInitAssignDeviceIDTableIndex = 212,
  WdfPdoInitAssignInstanceIDTableIndex = 213,
  WdfPdoInitAddHardwareIDTableIndex = 214,
  WdfPdoInitAddCompatibleIDTableIndex = 215,
  WdfPdoInitAddDeviceTextTableIndex = 216,
  WdfPdoInitSetDefaultLocaleTableIndex = 217,
  WdfPdoInitAssignRawDeviceTableIndex = 218,
  WdfPdoMarkMissingTableIndex = 219,
  WdfPdoRequestEjectTableIndex = 220,
  WdfPdoGetParentTableIndex = 221,
  WdfPdoRetrieveIdentificationDescriptionTableIndex = 222,
  WdfPdoRetrieveAddressDescriptionTableIndex = 223,
  WdfPdoUpdateAddressDescriptionTableIndex = 224,
  WdfDeviceAddQueryInterfaceTableIndex = 228,
  WdfPdoInitAssignContainerIDTableIndex = 391,
  WdfPdoInitAllowForwardingRequestToParentTableIndex = 392
};

typedef NTSTATUS(NTAPI* PFN_WDFCHILDLISTCREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                PWDF_CHILD_LIST_CONFIG Config,
                                                PWDF_OBJECT_ATTRIBUTES ChildListAttributes, WDFCHILDLIST* ChildList);
typedef WDFDEVICE(NTAPI* PFN_WDFCHILDLISTGETDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList);
typedef WDFDEVICE(NTAPI* PFN_WDFCHILDLISTRETRIEVEPDO)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                                                      PWDF_CHILD_RETRIEVE_INFO RetrieveInfo);
typedef VOID(NTAPI* PFN_WDFCHILDLISTBEGINSCAN)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList);
typedef VOID(NTAPI* PFN_WDFCHILDLISTENDSCAN)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList);
typedef VOID(NTAPI* PFN_WDFCHILDLISTBEGINITERATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                                                    PWDF_CHILD_LIST_ITERATOR Iterator);
typedef NTSTATUS(NTAPI* PFN_WDFCHILDLISTRETRIEVENEXTDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                                                            PWDF_CHILD_LIST_ITERATOR Iterator, WDFDEVICE* Device,
                                                            PWDF_CHILD_RETRIEVE_INFO Info);
typedef VOID(NTAPI* PFN_WDFCHILDLISTENDITERATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
                                                  PWDF_CHILD_LIST_ITERATOR Iterator);
typedef NTSTATUS(NTAPI* PFN_WDFCHILDLISTADDORUPDATECHILDDESCRIPTIONASPRESENT)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription);
typedef NTSTATUS(NTAPI* PFN_WDFCHILDLISTUPDATECHILDDESCRIPTIONASMISSING)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription);
typedef VOID(NTAPI* PFN_WDFCHILDLISTUPDATEALLCHILDDESCRIPTIONSASPRESENT)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                         WDFCHILDLIST ChildList);
typedef BOOLEAN(NTAPI* PFN_WDFCHILDLISTREQUESTCHILDEJECT)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFCHILDLIST ChildList,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription);
typedef PDEVICE_OBJECT(NTAPI* PFN_WDFFDOINITWDMGETPHYSICALDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                  PWDFDEVICE_INIT DeviceInit);
typedef NTSTATUS(NTAPI* PFN_WDFFDOINITOPENREGISTRYKEY)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                       ULONG DeviceInstanceKeyType, ACCESS_MASK DesiredAccess,
                                                       PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key);
typedef NTSTATUS(NTAPI* PFN_WDFFDOINITQUERYPROPERTY)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                     DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                                     PVOID PropertyBuffer, PULONG ResultLength);
typedef NTSTATUS(NTAPI* PFN_WDFFDOINITALLOCANDQUERYPROPERTY)(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit, DEVICE_REGISTRY_PROPERTY DeviceProperty,
    POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes, WDFMEMORY* PropertyMemory);
typedef VOID(NTAPI* PFN_WDFFDOINITSETEVENTCALLBACKS)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                     PWDF_FDO_EVENT_CALLBACKS FdoEventCallbacks);
typedef VOID(NTAPI* PFN_WDFFDOINITSETFILTER)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit);
typedef VOID(NTAPI* PFN_WDFFDOINITSETDEFAULTCHILDLISTCONFIG)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                             PWDFDEVICE_INIT DeviceInit, PWDF_CHILD_LIST_CONFIG Config,
                                                             PWDF_OBJECT_ATTRIBUTES DefaultChildListAttributes);
typedef NTSTATUS(NTAPI* PFN_WDFFDOQUERYFORINTERFACE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo,
                                                     LPCGUID InterfaceType, PINTERFACE Interface, USHORT Size,
                                                     USHORT Version, PVOID InterfaceSpecificData);
typedef WDFCHILDLIST(NTAPI* PFN_WDFFDOGETDEFAULTCHILDLIST)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo);
typedef NTSTATUS(NTAPI* PFN_WDFFDOADDSTATICCHILD)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo, WDFDEVICE Child);
typedef VOID(NTAPI* PFN_WDFFDOLOCKSTATICCHILDLISTFORITERATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo);
typedef WDFDEVICE(NTAPI* PFN_WDFFDORETRIEVENEXTSTATICCHILD)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo,
                                                            WDFDEVICE PreviousChild, ULONG Flags);
typedef VOID(NTAPI* PFN_WDFFDOUNLOCKSTATICCHILDLISTFROMITERATION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Fdo);
typedef PWDFDEVICE_INIT(NTAPI* PFN_WDFPDOINITALLOCATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE ParentDevice);
typedef VOID(NTAPI* PFN_WDFPDOINITSETEVENTCALLBACKS)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                     PWDF_PDO_EVENT_CALLBACKS DispatchTable);
typedef NTSTATUS(NTAPI* PFN_WDFPDOINITASSIGNDEVICEID)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                      PCUNICODE_STRING DeviceID);
typedef NTSTATUS(NTAPI* PFN_WDFPDOINITASSIGNINSTANCEID)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                        PCUNICODE_STRING InstanceID);
typedef NTSTATUS(NTAPI* PFN_WDFPDOINITADDHARDWAREID)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                     PCUNICODE_STRING HardwareID);
typedef NTSTATUS(NTAPI* PFN_WDFPDOINITADDCOMPATIBLEID)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                       PCUNICODE_STRING CompatibleID);
typedef NTSTATUS(NTAPI* PFN_WDFPDOINITADDDEVICETEXT)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                     PCUNICODE_STRING DeviceDescription,
                                                     PCUNICODE_STRING DeviceLocation, LCID LocaleId);
typedef VOID(NTAPI* PFN_WDFPDOINITSETDEFAULTLOCALE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                    LCID LocaleId);
typedef NTSTATUS(NTAPI* PFN_WDFPDOINITASSIGNRAWDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                       const GUID* DeviceClassGuid);
typedef NTSTATUS(NTAPI* PFN_WDFPDOMARKMISSING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef VOID(NTAPI* PFN_WDFPDOREQUESTEJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef WDFDEVICE(NTAPI* PFN_WDFPDOGETPARENT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef NTSTATUS(NTAPI* PFN_WDFPDORETRIEVEIDENTIFICATIONDESCRIPTION)(
    PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
    PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription);
typedef NTSTATUS(NTAPI* PFN_WDFPDORETRIEVEADDRESSDESCRIPTION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                              PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription);
typedef NTSTATUS(NTAPI* PFN_WDFPDOUPDATEADDRESSDESCRIPTION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                            PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEADDQUERYINTERFACE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                        PWDF_QUERY_INTERFACE_CONFIG InterfaceConfig);
typedef NTSTATUS(NTAPI* PFN_WDFPDOINITASSIGNCONTAINERID)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                         PCUNICODE_STRING ContainerID);
typedef VOID(NTAPI* PFN_WDFPDOINITALLOWFORWARDINGREQUESTTOPARENT)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                  PWDFDEVICE_INIT DeviceInit);

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
extern WDFFUNC* WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

FORCEINLINE NTSTATUS WdfChildListCreate(WDFDEVICE Device, PWDF_CHILD_LIST_CONFIG Config,
                                        PWDF_OBJECT_ATTRIBUTES ChildListAttributes, WDFCHILDLIST* ChildList) {
  return ((PFN_WDFCHILDLISTCREATE)WdfFunctions[WdfChildListCreateTableIndex])(WdfDriverGlobals, Device, Config,
                                                                              ChildListAttributes, ChildList);
}
FORCEINLINE WDFDEVICE WdfChildListGetDevice(WDFCHILDLIST ChildList) {
  return ((PFN_WDFCHILDLISTGETDEVICE)WdfFunctions[WdfChildListGetDeviceTableIndex])(WdfDriverGlobals, ChildList);
}
FORCEINLINE WDFDEVICE WdfChildListRetrievePdo(WDFCHILDLIST ChildList, PWDF_CHILD_RETRIEVE_INFO RetrieveInfo) {
  return ((PFN_WDFCHILDLISTRETRIEVEPDO)WdfFunctions[WdfChildListRetrievePdoTableIndex])(WdfDriverGlobals, ChildList,
                                                                                        RetrieveInfo);
}
FORCEINLINE VOID WdfChildListBeginScan(WDFCHILDLIST ChildList) {
  ((PFN_WDFCHILDLISTBEGINSCAN)WdfFunctions[WdfChildListBeginScanTableIndex])(WdfDriverGlobals, ChildList);
}
FORCEINLINE VOID WdfChildListEndScan(WDFCHILDLIST ChildList) {
  ((PFN_WDFCHILDLISTENDSCAN)WdfFunctions[WdfChildListEndScanTableIndex])(WdfDriverGlobals, ChildList);
}
FORCEINLINE VOID WdfChildListBeginIteration(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator) {
  ((PFN_WDFCHILDLISTBEGINITERATION)WdfFunctions[WdfChildListBeginIterationTableIndex])(WdfDriverGlobals, ChildList,
                                                                                       Iterator);
}
FORCEINLINE NTSTATUS WdfChildListRetrieveNextDevice(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator,
                                                    WDFDEVICE* Device, PWDF_CHILD_RETRIEVE_INFO Info) {
  return ((PFN_WDFCHILDLISTRETRIEVENEXTDEVICE)WdfFunctions[WdfChildListRetrieveNextDeviceTableIndex])(
      WdfDriverGlobals, ChildList, Iterator, Device, Info);
}
FORCEINLINE VOID WdfChildListEndIteration(WDFCHILDLIST ChildList, PWDF_CHILD_LIST_ITERATOR Iterator) {
  ((PFN_WDFCHILDLISTENDITERATION)WdfFunctions[WdfChildListEndIterationTableIndex])(WdfDriverGlobals, ChildList,
                                                                                   Iterator);
}
FORCEINLINE NTSTATUS WdfChildListAddOrUpdateChildDescriptionAsPresent(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription,
    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription) {
  return ((PFN_WDFCHILDLISTADDORUPDATECHILDDESCRIPTIONASPRESENT)
              WdfFunctions[WdfChildListAddOrUpdateChildDescriptionAsPresentTableIndex])(
      WdfDriverGlobals, ChildList, IdentificationDescription, AddressDescription);
}
FORCEINLINE NTSTATUS WdfChildListUpdateChildDescriptionAsMissing(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription) {
  return ((PFN_WDFCHILDLISTUPDATECHILDDESCRIPTIONASMISSING)
              WdfFunctions[WdfChildListUpdateChildDescriptionAsMissingTableIndex])(WdfDriverGlobals, ChildList,
                                                                                   IdentificationDescription);
}
FORCEINLINE VOID WdfChildListUpdateAllChildDescriptionsAsPresent(WDFCHILDLIST ChildList) {
  ((PFN_WDFCHILDLISTUPDATEALLCHILDDESCRIPTIONSASPRESENT)
       WdfFunctions[WdfChildListUpdateAllChildDescriptionsAsPresentTableIndex])(WdfDriverGlobals, ChildList);
}
FORCEINLINE BOOLEAN WdfChildListRequestChildEject(
    WDFCHILDLIST ChildList, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription) {
  return ((PFN_WDFCHILDLISTREQUESTCHILDEJECT)WdfFunctions[WdfChildListRequestChildEjectTableIndex])(
      WdfDriverGlobals, ChildList, IdentificationDescription);
}
FORCEINLINE PDEVICE_OBJECT WdfFdoInitWdmGetPhysicalDevice(PWDFDEVICE_INIT DeviceInit) {
  return ((PFN_WDFFDOINITWDMGETPHYSICALDEVICE)WdfFunctions[WdfFdoInitWdmGetPhysicalDeviceTableIndex])(WdfDriverGlobals,
                                                                                                      DeviceInit);
}
FORCEINLINE NTSTATUS WdfFdoInitOpenRegistryKey(PWDFDEVICE_INIT DeviceInit, ULONG DeviceInstanceKeyType,
                                               ACCESS_MASK DesiredAccess, PWDF_OBJECT_ATTRIBUTES KeyAttributes,
                                               WDFKEY* Key) {
  return ((PFN_WDFFDOINITOPENREGISTRYKEY)WdfFunctions[WdfFdoInitOpenRegistryKeyTableIndex])(
      WdfDriverGlobals, DeviceInit, DeviceInstanceKeyType, DesiredAccess, KeyAttributes, Key);
}
FORCEINLINE NTSTATUS WdfFdoInitQueryProperty(PWDFDEVICE_INIT DeviceInit, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                             ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength) {
  return ((PFN_WDFFDOINITQUERYPROPERTY)WdfFunctions[WdfFdoInitQueryPropertyTableIndex])(
      WdfDriverGlobals, DeviceInit, DeviceProperty, BufferLength, PropertyBuffer, ResultLength);
}
FORCEINLINE NTSTATUS WdfFdoInitAllocAndQueryProperty(PWDFDEVICE_INIT DeviceInit,
                                                     DEVICE_REGISTRY_PROPERTY DeviceProperty, POOL_TYPE PoolType,
                                                     PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                     WDFMEMORY* PropertyMemory) {
  return ((PFN_WDFFDOINITALLOCANDQUERYPROPERTY)WdfFunctions[WdfFdoInitAllocAndQueryPropertyTableIndex])(
      WdfDriverGlobals, DeviceInit, DeviceProperty, PoolType, PropertyMemoryAttributes, PropertyMemory);
}
FORCEINLINE VOID WdfFdoInitSetEventCallbacks(PWDFDEVICE_INIT DeviceInit, PWDF_FDO_EVENT_CALLBACKS FdoEventCallbacks) {
  ((PFN_WDFFDOINITSETEVENTCALLBACKS)WdfFunctions[WdfFdoInitSetEventCallbacksTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                         FdoEventCallbacks);
}
FORCEINLINE VOID WdfFdoInitSetFilter(PWDFDEVICE_INIT DeviceInit) {
  ((PFN_WDFFDOINITSETFILTER)WdfFunctions[WdfFdoInitSetFilterTableIndex])(WdfDriverGlobals, DeviceInit);
}
FORCEINLINE VOID WdfFdoInitSetDefaultChildListConfig(PWDFDEVICE_INIT DeviceInit, PWDF_CHILD_LIST_CONFIG Config,
                                                     PWDF_OBJECT_ATTRIBUTES DefaultChildListAttributes) {
  ((PFN_WDFFDOINITSETDEFAULTCHILDLISTCONFIG)WdfFunctions[WdfFdoInitSetDefaultChildListConfigTableIndex])(
      WdfDriverGlobals, DeviceInit, Config, DefaultChildListAttributes);
}
FORCEINLINE NTSTATUS WdfFdoQueryForInterface(WDFDEVICE Fdo, LPCGUID InterfaceType, PINTERFACE Interface, USHORT Size,
                                             USHORT Version, PVOID InterfaceSpecificData) {
  return ((PFN_WDFFDOQUERYFORINTERFACE)WdfFunctions[WdfFdoQueryForInterfaceTableIndex])(
      WdfDriverGlobals, Fdo, InterfaceType, Interface, Size, Version, InterfaceSpecificData);
}
FORCEINLINE WDFCHILDLIST WdfFdoGetDefaultChildList(WDFDEVICE Fdo) {
  return ((PFN_WDFFDOGETDEFAULTCHILDLIST)WdfFunctions[WdfFdoGetDefaultChildListTableIndex])(WdfDriverGlobals, Fdo);
}
FORCEINLINE NTSTATUS WdfFdoAddStaticChild(WDFDEVICE Fdo, WDFDEVICE Child) {
  return ((PFN_WDFFDOADDSTATICCHILD)WdfFunctions[WdfFdoAddStaticChildTableIndex])(WdfDriverGlobals, Fdo, Child);
}
FORCEINLINE VOID WdfFdoLockStaticChildListForIteration(WDFDEVICE Fdo) {
  ((PFN_WDFFDOLOCKSTATICCHILDLISTFORITERATION)WdfFunctions[WdfFdoLockStaticChildListForIterationTableIndex])(
      WdfDriverGlobals, Fdo);
}
FORCEINLINE WDFDEVICE WdfFdoRetrieveNextStaticChild(WDFDEVICE Fdo, WDFDEVICE PreviousChild, ULONG Flags) {
  return ((PFN_WDFFDORETRIEVENEXTSTATICCHILD)WdfFunctions[WdfFdoRetrieveNextStaticChildTableIndex])(
      WdfDriverGlobals, Fdo, PreviousChild, Flags);
}
FORCEINLINE VOID WdfFdoUnlockStaticChildListFromIteration(WDFDEVICE Fdo) {
  ((PFN_WDFFDOUNLOCKSTATICCHILDLISTFROMITERATION)WdfFunctions[WdfFdoUnlockStaticChildListFromIterationTableIndex])(
      WdfDriverGlobals, Fdo);
}
FORCEINLINE PWDFDEVICE_INIT WdfPdoInitAllocate(WDFDEVICE ParentDevice) {
  return ((PFN_WDFPDOINITALLOCATE)WdfFunctions[WdfPdoInitAllocateTableIndex])(WdfDriverGlobals, ParentDevice);
}
FORCEINLINE VOID WdfPdoInitSetEventCallbacks(PWDFDEVICE_INIT DeviceInit, PWDF_PDO_EVENT_CALLBACKS DispatchTable) {
  ((PFN_WDFPDOINITSETEVENTCALLBACKS)WdfFunctions[WdfPdoInitSetEventCallbacksTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                         DispatchTable);
}
FORCEINLINE NTSTATUS WdfPdoInitAssignDeviceID(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING DeviceID) {
  return ((PFN_WDFPDOINITASSIGNDEVICEID)WdfFunctions[WdfPdoInitAssignDeviceIDTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                          DeviceID);
}
FORCEINLINE NTSTATUS WdfPdoInitAssignInstanceID(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING InstanceID) {
  return ((PFN_WDFPDOINITASSIGNINSTANCEID)WdfFunctions[WdfPdoInitAssignInstanceIDTableIndex])(WdfDriverGlobals,
                                                                                              DeviceInit, InstanceID);
}
FORCEINLINE NTSTATUS WdfPdoInitAddHardwareID(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING HardwareID) {
  return ((PFN_WDFPDOINITADDHARDWAREID)WdfFunctions[WdfPdoInitAddHardwareIDTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                        HardwareID);
}
FORCEINLINE NTSTATUS WdfPdoInitAddCompatibleID(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING CompatibleID) {
  return ((PFN_WDFPDOINITADDCOMPATIBLEID)WdfFunctions[WdfPdoInitAddCompatibleIDTableIndex])(WdfDriverGlobals,
                                                                                            DeviceInit, CompatibleID);
}
FORCEINLINE NTSTATUS WdfPdoInitAddDeviceText(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING DeviceDescription,
                                             PCUNICODE_STRING DeviceLocation, LCID LocaleId) {
  return ((PFN_WDFPDOINITADDDEVICETEXT)WdfFunctions[WdfPdoInitAddDeviceTextTableIndex])(
      WdfDriverGlobals, DeviceInit, DeviceDescription, DeviceLocation, LocaleId);
}
FORCEINLINE VOID WdfPdoInitSetDefaultLocale(PWDFDEVICE_INIT DeviceInit, LCID LocaleId) {
  ((PFN_WDFPDOINITSETDEFAULTLOCALE)WdfFunctions[WdfPdoInitSetDefaultLocaleTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                       LocaleId);
}
FORCEINLINE NTSTATUS WdfPdoInitAssignRawDevice(PWDFDEVICE_INIT DeviceInit, const GUID* DeviceClassGuid) {
  return ((PFN_WDFPDOINITASSIGNRAWDEVICE)WdfFunctions[WdfPdoInitAssignRawDeviceTableIndex])(
      WdfDriverGlobals, DeviceInit, DeviceClassGuid);
}
FORCEINLINE NTSTATUS WdfPdoMarkMissing(WDFDEVICE Device) {
  return ((PFN_WDFPDOMARKMISSING)WdfFunctions[WdfPdoMarkMissingTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE VOID WdfPdoRequestEject(WDFDEVICE Device) {
  ((PFN_WDFPDOREQUESTEJECT)WdfFunctions[WdfPdoRequestEjectTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE WDFDEVICE WdfPdoGetParent(WDFDEVICE Device) {
  return ((PFN_WDFPDOGETPARENT)WdfFunctions[WdfPdoGetParentTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE NTSTATUS WdfPdoRetrieveIdentificationDescription(
    WDFDEVICE Device, PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER IdentificationDescription) {
  return ((PFN_WDFPDORETRIEVEIDENTIFICATIONDESCRIPTION)WdfFunctions[WdfPdoRetrieveIdentificationDescriptionTableIndex])(
      WdfDriverGlobals, Device, IdentificationDescription);
}
FORCEINLINE NTSTATUS WdfPdoRetrieveAddressDescription(WDFDEVICE Device,
                                                      PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription) {
  return ((PFN_WDFPDORETRIEVEADDRESSDESCRIPTION)WdfFunctions[WdfPdoRetrieveAddressDescriptionTableIndex])(
      WdfDriverGlobals, Device, AddressDescription);
}
FORCEINLINE NTSTATUS WdfPdoUpdateAddressDescription(WDFDEVICE Device,
                                                    PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER AddressDescription) {
  return ((PFN_WDFPDOUPDATEADDRESSDESCRIPTION)WdfFunctions[WdfPdoUpdateAddressDescriptionTableIndex])(
      WdfDriverGlobals, Device, AddressDescription);
}
FORCEINLINE NTSTATUS WdfDeviceAddQueryInterface(WDFDEVICE Device, PWDF_QUERY_INTERFACE_CONFIG InterfaceConfig) {
  return ((PFN_WDFDEVICEADDQUERYINTERFACE)WdfFunctions[WdfDeviceAddQueryInterfaceTableIndex])(WdfDriverGlobals, Device,
                                                                                              InterfaceConfig);
}
FORCEINLINE NTSTATUS WdfPdoInitAssignContainerID(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING ContainerID) {
  return ((PFN_WDFPDOINITASSIGNCONTAINERID)WdfFunctions[WdfPdoInitAssignContainerIDTableIndex])(
      WdfDriverGlobals, DeviceInit, ContainerID);
}
FORCEINLINE VOID WdfPdoInitAllowForwardingRequestToParent(PWDFDEVICE_INIT DeviceInit) {
  ((PFN_WDFPDOINITALLOWFORWARDINGREQUESTTOPARENT)WdfFunctions[WdfPdoInitAllowForwardingRequestToParentTableIndex])(
      WdfDriverGlobals, DeviceInit);
}
EXTERN_C_END
#endif
