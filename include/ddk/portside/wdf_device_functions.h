// Functions of devices and file objects.
// Not in this framework: a call stops the machine with the function's name. Indices as in wdf_functions.h.
#pragma once
#include <portside/wdf_device.h>

enum {
  WdfDeviceGetDeviceStateTableIndex = 28,
  WdfDeviceSetDeviceStateTableIndex = 29,
  WdfDeviceWdmDispatchPreprocessedIrpTableIndex = 34,
  WdfDeviceAddDependentUsageDeviceObjectTableIndex = 35,
  WdfDeviceAddRemovalRelationsPhysicalDeviceTableIndex = 36,
  WdfDeviceRetrieveDeviceNameTableIndex = 40,
  WdfDeviceAssignMofResourceNameTableIndex = 41,
  WdfDeviceGetIoTargetTableIndex = 42,
  WdfDeviceAssignS0IdleSettingsTableIndex = 46,
  WdfDeviceAssignSxWakeSettingsTableIndex = 47,
  WdfDeviceOpenRegistryKeyTableIndex = 48,
  WdfDeviceSetSpecialFileSupportTableIndex = 49,
  WdfDeviceSetCharacteristicsTableIndex = 50,
  WdfDeviceGetCharacteristicsTableIndex = 51,
  WdfDeviceGetAlignmentRequirementTableIndex = 52,
  WdfDeviceSetAlignmentRequirementTableIndex = 53,
  WdfDeviceCreateTableIndex = 75,
  WdfDeviceSetStaticStopRemoveTableIndex = 76,
  WdfDeviceCreateDeviceInterfaceTableIndex = 77,
  WdfDeviceSetDeviceInterfaceStateTableIndex = 78,
  WdfDeviceRetrieveDeviceInterfaceStringTableIndex = 79,
  WdfDeviceCreateSymbolicLinkTableIndex = 80,
  WdfDeviceQueryPropertyTableIndex = 81,
  WdfDeviceAllocAndQueryPropertyTableIndex = 82,
  WdfDeviceSetPnpCapabilitiesTableIndex = 83,
  WdfDeviceSetPowerCapabilitiesTableIndex = 84,
  WdfDeviceSetBusInformationForChildrenTableIndex = 85,
  WdfDeviceIndicateWakeStatusTableIndex = 86,
  WdfDeviceSetFailedTableIndex = 87,
  WdfDeviceStopIdleNoTrackTableIndex = 88,
  WdfDeviceResumeIdleNoTrackTableIndex = 89,
  WdfDeviceGetFileObjectTableIndex = 90,
  WdfDeviceEnqueueRequestTableIndex = 91,
  WdfDeviceGetDefaultQueueTableIndex = 92,
  WdfDeviceConfigureRequestDispatchingTableIndex = 93,
  WdfFileObjectGetFileNameTableIndex = 137,
  WdfFileObjectGetFlagsTableIndex = 138,
  WdfFileObjectGetDeviceTableIndex = 139,
  WdfFileObjectWdmGetFileObjectTableIndex = 140,
  WdfDeviceGetSystemPowerActionTableIndex = 388
};

typedef VOID(NTAPI* PFN_WDFDEVICEGETDEVICESTATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                 PWDF_DEVICE_STATE DeviceState);
typedef VOID(NTAPI* PFN_WDFDEVICESETDEVICESTATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                 PWDF_DEVICE_STATE DeviceState);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEWDMDISPATCHPREPROCESSEDIRP)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                                 PIRP Irp);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEADDDEPENDENTUSAGEDEVICEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                                    PDEVICE_OBJECT DependentDevice);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEADDREMOVALRELATIONSPHYSICALDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                        WDFDEVICE Device,
                                                                        PDEVICE_OBJECT PhysicalDevice);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICERETRIEVEDEVICENAME)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                         WDFSTRING String);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEASSIGNMOFRESOURCENAME)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                            PCUNICODE_STRING MofResourceName);
typedef WDFIOTARGET(NTAPI* PFN_WDFDEVICEGETIOTARGET)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEASSIGNS0IDLESETTINGS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                           PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS Settings);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEASSIGNSXWAKESETTINGS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                           PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS Settings);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEOPENREGISTRYKEY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                      ULONG DeviceInstanceKeyType, ACCESS_MASK DesiredAccess,
                                                      PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key);
typedef VOID(NTAPI* PFN_WDFDEVICESETSPECIALFILESUPPORT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                        WDF_SPECIAL_FILE_TYPE FileType, BOOLEAN FileTypeIsSupported);
typedef VOID(NTAPI* PFN_WDFDEVICESETCHARACTERISTICS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                     ULONG DeviceCharacteristics);
typedef ULONG(NTAPI* PFN_WDFDEVICEGETCHARACTERISTICS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef ULONG(NTAPI* PFN_WDFDEVICEGETALIGNMENTREQUIREMENT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef VOID(NTAPI* PFN_WDFDEVICESETALIGNMENTREQUIREMENT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                          ULONG AlignmentRequirement);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICECREATE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT* DeviceInit,
                                             PWDF_OBJECT_ATTRIBUTES DeviceAttributes, WDFDEVICE* Device);
typedef VOID(NTAPI* PFN_WDFDEVICESETSTATICSTOPREMOVE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                      BOOLEAN Stoppable);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICECREATEDEVICEINTERFACE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                            const GUID* InterfaceClassGUID,
                                                            PCUNICODE_STRING ReferenceString);
typedef VOID(NTAPI* PFN_WDFDEVICESETDEVICEINTERFACESTATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                          const GUID* InterfaceClassGUID,
                                                          PCUNICODE_STRING ReferenceString, BOOLEAN IsInterfaceEnabled);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICERETRIEVEDEVICEINTERFACESTRING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                                    const GUID* InterfaceClassGUID,
                                                                    PCUNICODE_STRING ReferenceString, WDFSTRING String);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICECREATESYMBOLICLINK)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                         PCUNICODE_STRING SymbolicLinkName);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEQUERYPROPERTY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                    DEVICE_REGISTRY_PROPERTY DeviceProperty, ULONG BufferLength,
                                                    PVOID PropertyBuffer, PULONG ResultLength);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEALLOCANDQUERYPROPERTY)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                            DEVICE_REGISTRY_PROPERTY DeviceProperty, POOL_TYPE PoolType,
                                                            PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                            WDFMEMORY* PropertyMemory);
typedef VOID(NTAPI* PFN_WDFDEVICESETPNPCAPABILITIES)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                     PWDF_DEVICE_PNP_CAPABILITIES PnpCapabilities);
typedef VOID(NTAPI* PFN_WDFDEVICESETPOWERCAPABILITIES)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                       PWDF_DEVICE_POWER_CAPABILITIES PowerCapabilities);
typedef VOID(NTAPI* PFN_WDFDEVICESETBUSINFORMATIONFORCHILDREN)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                               PPNP_BUS_INFORMATION BusInformation);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEINDICATEWAKESTATUS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                         NTSTATUS WaitWakeStatus);
typedef VOID(NTAPI* PFN_WDFDEVICESETFAILED)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                            WDF_DEVICE_FAILED_ACTION FailedAction);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICESTOPIDLENOTRACK)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                      BOOLEAN WaitForD0);
typedef VOID(NTAPI* PFN_WDFDEVICERESUMEIDLENOTRACK)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef WDFFILEOBJECT(NTAPI* PFN_WDFDEVICEGETFILEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                         PFILE_OBJECT FileObject);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEENQUEUEREQUEST)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                     WDFREQUEST Request);
typedef WDFQUEUE(NTAPI* PFN_WDFDEVICEGETDEFAULTQUEUE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICECONFIGUREREQUESTDISPATCHING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                                                  WDFQUEUE Queue, WDF_REQUEST_TYPE RequestType);
typedef PUNICODE_STRING(NTAPI* PFN_WDFFILEOBJECTGETFILENAME)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                             WDFFILEOBJECT FileObject);
typedef ULONG(NTAPI* PFN_WDFFILEOBJECTGETFLAGS)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject);
typedef WDFDEVICE(NTAPI* PFN_WDFFILEOBJECTGETDEVICE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFFILEOBJECT FileObject);
typedef PFILE_OBJECT(NTAPI* PFN_WDFFILEOBJECTWDMGETFILEOBJECT)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                               WDFFILEOBJECT FileObject);
typedef POWER_ACTION(NTAPI* PFN_WDFDEVICEGETSYSTEMPOWERACTION)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
extern WDFFUNC* WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

FORCEINLINE VOID WdfDeviceGetDeviceState(WDFDEVICE Device, PWDF_DEVICE_STATE DeviceState) {
  ((PFN_WDFDEVICEGETDEVICESTATE)WdfFunctions[WdfDeviceGetDeviceStateTableIndex])(WdfDriverGlobals, Device, DeviceState);
}
FORCEINLINE VOID WdfDeviceSetDeviceState(WDFDEVICE Device, PWDF_DEVICE_STATE DeviceState) {
  ((PFN_WDFDEVICESETDEVICESTATE)WdfFunctions[WdfDeviceSetDeviceStateTableIndex])(WdfDriverGlobals, Device, DeviceState);
}
FORCEINLINE NTSTATUS WdfDeviceWdmDispatchPreprocessedIrp(WDFDEVICE Device, PIRP Irp) {
  return ((PFN_WDFDEVICEWDMDISPATCHPREPROCESSEDIRP)WdfFunctions[WdfDeviceWdmDispatchPreprocessedIrpTableIndex])(
      WdfDriverGlobals, Device, Irp);
}
FORCEINLINE NTSTATUS WdfDeviceAddDependentUsageDeviceObject(WDFDEVICE Device, PDEVICE_OBJECT DependentDevice) {
  return ((PFN_WDFDEVICEADDDEPENDENTUSAGEDEVICEOBJECT)WdfFunctions[WdfDeviceAddDependentUsageDeviceObjectTableIndex])(
      WdfDriverGlobals, Device, DependentDevice);
}
FORCEINLINE NTSTATUS WdfDeviceAddRemovalRelationsPhysicalDevice(WDFDEVICE Device, PDEVICE_OBJECT PhysicalDevice) {
  return ((PFN_WDFDEVICEADDREMOVALRELATIONSPHYSICALDEVICE)
              WdfFunctions[WdfDeviceAddRemovalRelationsPhysicalDeviceTableIndex])(WdfDriverGlobals, Device,
                                                                                  PhysicalDevice);
}
FORCEINLINE NTSTATUS WdfDeviceRetrieveDeviceName(WDFDEVICE Device, WDFSTRING String) {
  return ((PFN_WDFDEVICERETRIEVEDEVICENAME)WdfFunctions[WdfDeviceRetrieveDeviceNameTableIndex])(WdfDriverGlobals,
                                                                                                Device, String);
}
FORCEINLINE NTSTATUS WdfDeviceAssignMofResourceName(WDFDEVICE Device, PCUNICODE_STRING MofResourceName) {
  return ((PFN_WDFDEVICEASSIGNMOFRESOURCENAME)WdfFunctions[WdfDeviceAssignMofResourceNameTableIndex])(
      WdfDriverGlobals, Device, MofResourceName);
}
FORCEINLINE WDFIOTARGET WdfDeviceGetIoTarget(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEGETIOTARGET)WdfFunctions[WdfDeviceGetIoTargetTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE NTSTATUS WdfDeviceAssignS0IdleSettings(WDFDEVICE Device, PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS Settings) {
  return ((PFN_WDFDEVICEASSIGNS0IDLESETTINGS)WdfFunctions[WdfDeviceAssignS0IdleSettingsTableIndex])(WdfDriverGlobals,
                                                                                                    Device, Settings);
}
FORCEINLINE NTSTATUS WdfDeviceAssignSxWakeSettings(WDFDEVICE Device, PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS Settings) {
  return ((PFN_WDFDEVICEASSIGNSXWAKESETTINGS)WdfFunctions[WdfDeviceAssignSxWakeSettingsTableIndex])(WdfDriverGlobals,
                                                                                                    Device, Settings);
}
FORCEINLINE NTSTATUS WdfDeviceOpenRegistryKey(WDFDEVICE Device, ULONG DeviceInstanceKeyType, ACCESS_MASK DesiredAccess,
                                              PWDF_OBJECT_ATTRIBUTES KeyAttributes, WDFKEY* Key) {
  return ((PFN_WDFDEVICEOPENREGISTRYKEY)WdfFunctions[WdfDeviceOpenRegistryKeyTableIndex])(
      WdfDriverGlobals, Device, DeviceInstanceKeyType, DesiredAccess, KeyAttributes, Key);
}
FORCEINLINE VOID WdfDeviceSetSpecialFileSupport(WDFDEVICE Device, WDF_SPECIAL_FILE_TYPE FileType,
                                                BOOLEAN FileTypeIsSupported) {
  ((PFN_WDFDEVICESETSPECIALFILESUPPORT)WdfFunctions[WdfDeviceSetSpecialFileSupportTableIndex])(
      WdfDriverGlobals, Device, FileType, FileTypeIsSupported);
}
FORCEINLINE VOID WdfDeviceSetCharacteristics(WDFDEVICE Device, ULONG DeviceCharacteristics) {
  ((PFN_WDFDEVICESETCHARACTERISTICS)WdfFunctions[WdfDeviceSetCharacteristicsTableIndex])(WdfDriverGlobals, Device,
                                                                                         DeviceCharacteristics);
}
FORCEINLINE ULONG WdfDeviceGetCharacteristics(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEGETCHARACTERISTICS)WdfFunctions[WdfDeviceGetCharacteristicsTableIndex])(WdfDriverGlobals,
                                                                                                Device);
}
FORCEINLINE ULONG WdfDeviceGetAlignmentRequirement(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEGETALIGNMENTREQUIREMENT)WdfFunctions[WdfDeviceGetAlignmentRequirementTableIndex])(
      WdfDriverGlobals, Device);
}
FORCEINLINE VOID WdfDeviceSetAlignmentRequirement(WDFDEVICE Device, ULONG AlignmentRequirement) {
  ((PFN_WDFDEVICESETALIGNMENTREQUIREMENT)WdfFunctions[WdfDeviceSetAlignmentRequirementTableIndex])(
      WdfDriverGlobals, Device, AlignmentRequirement);
}
FORCEINLINE NTSTATUS WdfDeviceCreate(PWDFDEVICE_INIT* DeviceInit, PWDF_OBJECT_ATTRIBUTES DeviceAttributes,
                                     WDFDEVICE* Device) {
  return ((PFN_WDFDEVICECREATE)WdfFunctions[WdfDeviceCreateTableIndex])(WdfDriverGlobals, DeviceInit, DeviceAttributes,
                                                                        Device);
}
FORCEINLINE VOID WdfDeviceSetStaticStopRemove(WDFDEVICE Device, BOOLEAN Stoppable) {
  ((PFN_WDFDEVICESETSTATICSTOPREMOVE)WdfFunctions[WdfDeviceSetStaticStopRemoveTableIndex])(WdfDriverGlobals, Device,
                                                                                           Stoppable);
}
FORCEINLINE NTSTATUS WdfDeviceCreateDeviceInterface(WDFDEVICE Device, const GUID* InterfaceClassGUID,
                                                    PCUNICODE_STRING ReferenceString) {
  return ((PFN_WDFDEVICECREATEDEVICEINTERFACE)WdfFunctions[WdfDeviceCreateDeviceInterfaceTableIndex])(
      WdfDriverGlobals, Device, InterfaceClassGUID, ReferenceString);
}
FORCEINLINE VOID WdfDeviceSetDeviceInterfaceState(WDFDEVICE Device, const GUID* InterfaceClassGUID,
                                                  PCUNICODE_STRING ReferenceString, BOOLEAN IsInterfaceEnabled) {
  ((PFN_WDFDEVICESETDEVICEINTERFACESTATE)WdfFunctions[WdfDeviceSetDeviceInterfaceStateTableIndex])(
      WdfDriverGlobals, Device, InterfaceClassGUID, ReferenceString, IsInterfaceEnabled);
}
FORCEINLINE NTSTATUS WdfDeviceRetrieveDeviceInterfaceString(WDFDEVICE Device, const GUID* InterfaceClassGUID,
                                                            PCUNICODE_STRING ReferenceString, WDFSTRING String) {
  return ((PFN_WDFDEVICERETRIEVEDEVICEINTERFACESTRING)WdfFunctions[WdfDeviceRetrieveDeviceInterfaceStringTableIndex])(
      WdfDriverGlobals, Device, InterfaceClassGUID, ReferenceString, String);
}
FORCEINLINE NTSTATUS WdfDeviceCreateSymbolicLink(WDFDEVICE Device, PCUNICODE_STRING SymbolicLinkName) {
  return ((PFN_WDFDEVICECREATESYMBOLICLINK)WdfFunctions[WdfDeviceCreateSymbolicLinkTableIndex])(
      WdfDriverGlobals, Device, SymbolicLinkName);
}
FORCEINLINE NTSTATUS WdfDeviceQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                            ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength) {
  return ((PFN_WDFDEVICEQUERYPROPERTY)WdfFunctions[WdfDeviceQueryPropertyTableIndex])(
      WdfDriverGlobals, Device, DeviceProperty, BufferLength, PropertyBuffer, ResultLength);
}
FORCEINLINE NTSTATUS WdfDeviceAllocAndQueryProperty(WDFDEVICE Device, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                                                    POOL_TYPE PoolType, PWDF_OBJECT_ATTRIBUTES PropertyMemoryAttributes,
                                                    WDFMEMORY* PropertyMemory) {
  return ((PFN_WDFDEVICEALLOCANDQUERYPROPERTY)WdfFunctions[WdfDeviceAllocAndQueryPropertyTableIndex])(
      WdfDriverGlobals, Device, DeviceProperty, PoolType, PropertyMemoryAttributes, PropertyMemory);
}
FORCEINLINE VOID WdfDeviceSetPnpCapabilities(WDFDEVICE Device, PWDF_DEVICE_PNP_CAPABILITIES PnpCapabilities) {
  ((PFN_WDFDEVICESETPNPCAPABILITIES)WdfFunctions[WdfDeviceSetPnpCapabilitiesTableIndex])(WdfDriverGlobals, Device,
                                                                                         PnpCapabilities);
}
FORCEINLINE VOID WdfDeviceSetPowerCapabilities(WDFDEVICE Device, PWDF_DEVICE_POWER_CAPABILITIES PowerCapabilities) {
  ((PFN_WDFDEVICESETPOWERCAPABILITIES)WdfFunctions[WdfDeviceSetPowerCapabilitiesTableIndex])(WdfDriverGlobals, Device,
                                                                                             PowerCapabilities);
}
FORCEINLINE VOID WdfDeviceSetBusInformationForChildren(WDFDEVICE Device, PPNP_BUS_INFORMATION BusInformation) {
  ((PFN_WDFDEVICESETBUSINFORMATIONFORCHILDREN)WdfFunctions[WdfDeviceSetBusInformationForChildrenTableIndex])(
      WdfDriverGlobals, Device, BusInformation);
}
FORCEINLINE NTSTATUS WdfDeviceIndicateWakeStatus(WDFDEVICE Device, NTSTATUS WaitWakeStatus) {
  return ((PFN_WDFDEVICEINDICATEWAKESTATUS)WdfFunctions[WdfDeviceIndicateWakeStatusTableIndex])(WdfDriverGlobals,
                                                                                                Device, WaitWakeStatus);
}
FORCEINLINE VOID WdfDeviceSetFailed(WDFDEVICE Device, WDF_DEVICE_FAILED_ACTION FailedAction) {
  ((PFN_WDFDEVICESETFAILED)WdfFunctions[WdfDeviceSetFailedTableIndex])(WdfDriverGlobals, Device, FailedAction);
}
FORCEINLINE NTSTATUS WdfDeviceStopIdleNoTrack(WDFDEVICE Device, BOOLEAN WaitForD0) {
  return ((PFN_WDFDEVICESTOPIDLENOTRACK)WdfFunctions[WdfDeviceStopIdleNoTrackTableIndex])(WdfDriverGlobals, Device,
                                                                                          WaitForD0);
}
FORCEINLINE VOID WdfDeviceResumeIdleNoTrack(WDFDEVICE Device) {
  ((PFN_WDFDEVICERESUMEIDLENOTRACK)WdfFunctions[WdfDeviceResumeIdleNoTrackTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE WDFFILEOBJECT WdfDeviceGetFileObject(WDFDEVICE Device, PFILE_OBJECT FileObject) {
  return ((PFN_WDFDEVICEGETFILEOBJECT)WdfFunctions[WdfDeviceGetFileObjectTableIndex])(WdfDriverGlobals, Device,
                                                                                      FileObject);
}
FORCEINLINE NTSTATUS WdfDeviceEnqueueRequest(WDFDEVICE Device, WDFREQUEST Request) {
  return ((PFN_WDFDEVICEENQUEUEREQUEST)WdfFunctions[WdfDeviceEnqueueRequestTableIndex])(WdfDriverGlobals, Device,
                                                                                        Request);
}
FORCEINLINE WDFQUEUE WdfDeviceGetDefaultQueue(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEGETDEFAULTQUEUE)WdfFunctions[WdfDeviceGetDefaultQueueTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE NTSTATUS WdfDeviceConfigureRequestDispatching(WDFDEVICE Device, WDFQUEUE Queue,
                                                          WDF_REQUEST_TYPE RequestType) {
  return ((PFN_WDFDEVICECONFIGUREREQUESTDISPATCHING)WdfFunctions[WdfDeviceConfigureRequestDispatchingTableIndex])(
      WdfDriverGlobals, Device, Queue, RequestType);
}
FORCEINLINE PUNICODE_STRING WdfFileObjectGetFileName(WDFFILEOBJECT FileObject) {
  return ((PFN_WDFFILEOBJECTGETFILENAME)WdfFunctions[WdfFileObjectGetFileNameTableIndex])(WdfDriverGlobals, FileObject);
}
FORCEINLINE ULONG WdfFileObjectGetFlags(WDFFILEOBJECT FileObject) {
  return ((PFN_WDFFILEOBJECTGETFLAGS)WdfFunctions[WdfFileObjectGetFlagsTableIndex])(WdfDriverGlobals, FileObject);
}
FORCEINLINE WDFDEVICE WdfFileObjectGetDevice(WDFFILEOBJECT FileObject) {
  return ((PFN_WDFFILEOBJECTGETDEVICE)WdfFunctions[WdfFileObjectGetDeviceTableIndex])(WdfDriverGlobals, FileObject);
}
FORCEINLINE PFILE_OBJECT WdfFileObjectWdmGetFileObject(WDFFILEOBJECT FileObject) {
  return ((PFN_WDFFILEOBJECTWDMGETFILEOBJECT)WdfFunctions[WdfFileObjectWdmGetFileObjectTableIndex])(WdfDriverGlobals,
                                                                                                    FileObject);
}
FORCEINLINE POWER_ACTION WdfDeviceGetSystemPowerAction(WDFDEVICE Device) {
  return ((PFN_WDFDEVICEGETSYSTEMPOWERACTION)WdfFunctions[WdfDeviceGetSystemPowerActionTableIndex])(WdfDriverGlobals,
                                                                                                    Device);
}
#define WdfDeviceStopIdle(Device, WaitForD0) WdfDeviceStopIdleNoTrack(Device, WaitForD0)
#define WdfDeviceResumeIdle(Device) WdfDeviceResumeIdleNoTrack(Device)
EXTERN_C_END
#endif
