// Functions of device initialisation.
// Not in this framework: a call stops the machine with the function's name. Indices as in wdf_functions.h.
#pragma once
#include <portside/wdf_device.h>

enum {
  WdfControlDeviceInitAllocateTableIndex = 25,
  WdfControlDeviceInitSetShutdownNotificationTableIndex = 26,
  WdfControlFinishInitializingTableIndex = 27,
  WdfDeviceInitFreeTableIndex = 54,
  WdfDeviceInitSetPnpPowerEventCallbacksTableIndex = 55,
  WdfDeviceInitSetPowerPolicyEventCallbacksTableIndex = 56,
  WdfDeviceInitSetPowerPolicyOwnershipTableIndex = 57,
  WdfDeviceInitSetIoTypeTableIndex = 61,
  WdfDeviceInitSetExclusiveTableIndex = 62,
  WdfDeviceInitSetPowerNotPageableTableIndex = 63,
  WdfDeviceInitSetPowerPageableTableIndex = 64,
  WdfDeviceInitSetPowerInrushTableIndex = 65,
  WdfDeviceInitSetDeviceTypeTableIndex = 66,
  WdfDeviceInitAssignNameTableIndex = 67,
  WdfDeviceInitAssignSDDLStringTableIndex = 68,
  WdfDeviceInitSetDeviceClassTableIndex = 69,
  WdfDeviceInitSetCharacteristicsTableIndex = 70,
  WdfDeviceInitSetFileObjectConfigTableIndex = 71,
  WdfDeviceInitSetRequestAttributesTableIndex = 72,
  WdfDeviceInitAssignWdmIrpPreprocessCallbackTableIndex = 73,
  WdfDeviceInitSetIoInCallerContextCallbackTableIndex = 74
};

typedef PWDFDEVICE_INIT(NTAPI* PFN_WDFCONTROLDEVICEINITALLOCATE)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver,
                                                                 PCUNICODE_STRING SDDLString);
typedef VOID(NTAPI* PFN_WDFCONTROLDEVICEINITSETSHUTDOWNNOTIFICATION)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                     PWDFDEVICE_INIT DeviceInit,
                                                                     PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION Notification,
                                                                     UCHAR Flags);
typedef VOID(NTAPI* PFN_WDFCONTROLFINISHINITIALIZING)(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device);
typedef VOID(NTAPI* PFN_WDFDEVICEINITFREE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETPNPPOWEREVENTCALLBACKS)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                PWDFDEVICE_INIT DeviceInit,
                                                                PWDF_PNPPOWER_EVENT_CALLBACKS PnpPowerEventCallbacks);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETPOWERPOLICYEVENTCALLBACKS)(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
    PWDF_POWER_POLICY_EVENT_CALLBACKS PowerPolicyEventCallbacks);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETPOWERPOLICYOWNERSHIP)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                              PWDFDEVICE_INIT DeviceInit, BOOLEAN IsPowerPolicyOwner);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETIOTYPE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                WDF_DEVICE_IO_TYPE IoType);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETEXCLUSIVE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                   BOOLEAN IsExclusive);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETPOWERNOTPAGEABLE)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                          PWDFDEVICE_INIT DeviceInit);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETPOWERPAGEABLE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETPOWERINRUSH)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETDEVICETYPE)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                    DEVICE_TYPE DeviceType);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEINITASSIGNNAME)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                     PCUNICODE_STRING DeviceName);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEINITASSIGNSDDLSTRING)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                           PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING SDDLString);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETDEVICECLASS)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                     const GUID* DeviceClassGuid);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETCHARACTERISTICS)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                         ULONG DeviceCharacteristics, BOOLEAN OrInValues);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETFILEOBJECTCONFIG)(PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
                                                          PWDF_FILEOBJECT_CONFIG FileObjectConfig,
                                                          PWDF_OBJECT_ATTRIBUTES FileObjectAttributes);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETREQUESTATTRIBUTES)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                           PWDFDEVICE_INIT DeviceInit,
                                                           PWDF_OBJECT_ATTRIBUTES RequestAttributes);
typedef NTSTATUS(NTAPI* PFN_WDFDEVICEINITASSIGNWDMIRPPREPROCESSCALLBACK)(
    PWDF_DRIVER_GLOBALS DriverGlobals, PWDFDEVICE_INIT DeviceInit,
    PFN_WDFDEVICE_WDM_IRP_PREPROCESS EvtDeviceWdmIrpPreprocess, UCHAR MajorFunction, PUCHAR MinorFunctions,
    ULONG NumMinorFunctions);
typedef VOID(NTAPI* PFN_WDFDEVICEINITSETIOINCALLERCONTEXTCALLBACK)(PWDF_DRIVER_GLOBALS DriverGlobals,
                                                                   PWDFDEVICE_INIT DeviceInit,
                                                                   PFN_WDF_IO_IN_CALLER_CONTEXT EvtIoInCallerContext);

#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
extern WDFFUNC* WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;

FORCEINLINE PWDFDEVICE_INIT WdfControlDeviceInitAllocate(WDFDRIVER Driver, PCUNICODE_STRING SDDLString) {
  return ((PFN_WDFCONTROLDEVICEINITALLOCATE)WdfFunctions[WdfControlDeviceInitAllocateTableIndex])(WdfDriverGlobals,
                                                                                                  Driver, SDDLString);
}
FORCEINLINE VOID WdfControlDeviceInitSetShutdownNotification(PWDFDEVICE_INIT DeviceInit,
                                                             PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION Notification,
                                                             UCHAR Flags) {
  ((PFN_WDFCONTROLDEVICEINITSETSHUTDOWNNOTIFICATION)
       WdfFunctions[WdfControlDeviceInitSetShutdownNotificationTableIndex])(WdfDriverGlobals, DeviceInit, Notification,
                                                                            Flags);
}
FORCEINLINE VOID WdfControlFinishInitializing(WDFDEVICE Device) {
  ((PFN_WDFCONTROLFINISHINITIALIZING)WdfFunctions[WdfControlFinishInitializingTableIndex])(WdfDriverGlobals, Device);
}
FORCEINLINE VOID WdfDeviceInitFree(PWDFDEVICE_INIT DeviceInit) {
  ((PFN_WDFDEVICEINITFREE)WdfFunctions[WdfDeviceInitFreeTableIndex])(WdfDriverGlobals, DeviceInit);
}
FORCEINLINE VOID WdfDeviceInitSetPnpPowerEventCallbacks(PWDFDEVICE_INIT DeviceInit,
                                                        PWDF_PNPPOWER_EVENT_CALLBACKS PnpPowerEventCallbacks) {
  ((PFN_WDFDEVICEINITSETPNPPOWEREVENTCALLBACKS)WdfFunctions[WdfDeviceInitSetPnpPowerEventCallbacksTableIndex])(
      WdfDriverGlobals, DeviceInit, PnpPowerEventCallbacks);
}
FORCEINLINE VOID WdfDeviceInitSetPowerPolicyEventCallbacks(
    PWDFDEVICE_INIT DeviceInit, PWDF_POWER_POLICY_EVENT_CALLBACKS PowerPolicyEventCallbacks) {
  ((PFN_WDFDEVICEINITSETPOWERPOLICYEVENTCALLBACKS)WdfFunctions[WdfDeviceInitSetPowerPolicyEventCallbacksTableIndex])(
      WdfDriverGlobals, DeviceInit, PowerPolicyEventCallbacks);
}
FORCEINLINE VOID WdfDeviceInitSetPowerPolicyOwnership(PWDFDEVICE_INIT DeviceInit, BOOLEAN IsPowerPolicyOwner) {
  ((PFN_WDFDEVICEINITSETPOWERPOLICYOWNERSHIP)WdfFunctions[WdfDeviceInitSetPowerPolicyOwnershipTableIndex])(
      WdfDriverGlobals, DeviceInit, IsPowerPolicyOwner);
}
FORCEINLINE VOID WdfDeviceInitSetIoType(PWDFDEVICE_INIT DeviceInit, WDF_DEVICE_IO_TYPE IoType) {
  ((PFN_WDFDEVICEINITSETIOTYPE)WdfFunctions[WdfDeviceInitSetIoTypeTableIndex])(WdfDriverGlobals, DeviceInit, IoType);
}
FORCEINLINE VOID WdfDeviceInitSetExclusive(PWDFDEVICE_INIT DeviceInit, BOOLEAN IsExclusive) {
  ((PFN_WDFDEVICEINITSETEXCLUSIVE)WdfFunctions[WdfDeviceInitSetExclusiveTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                     IsExclusive);
}
FORCEINLINE VOID WdfDeviceInitSetPowerNotPageable(PWDFDEVICE_INIT DeviceInit) {
  ((PFN_WDFDEVICEINITSETPOWERNOTPAGEABLE)WdfFunctions[WdfDeviceInitSetPowerNotPageableTableIndex])(WdfDriverGlobals,
                                                                                                   DeviceInit);
}
FORCEINLINE VOID WdfDeviceInitSetPowerPageable(PWDFDEVICE_INIT DeviceInit) {
  ((PFN_WDFDEVICEINITSETPOWERPAGEABLE)WdfFunctions[WdfDeviceInitSetPowerPageableTableIndex])(WdfDriverGlobals,
                                                                                             DeviceInit);
}
FORCEINLINE VOID WdfDeviceInitSetPowerInrush(PWDFDEVICE_INIT DeviceInit) {
  ((PFN_WDFDEVICEINITSETPOWERINRUSH)WdfFunctions[WdfDeviceInitSetPowerInrushTableIndex])(WdfDriverGlobals, DeviceInit);
}
FORCEINLINE VOID WdfDeviceInitSetDeviceType(PWDFDEVICE_INIT DeviceInit, DEVICE_TYPE DeviceType) {
  ((PFN_WDFDEVICEINITSETDEVICETYPE)WdfFunctions[WdfDeviceInitSetDeviceTypeTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                       DeviceType);
}
FORCEINLINE NTSTATUS WdfDeviceInitAssignName(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING DeviceName) {
  return ((PFN_WDFDEVICEINITASSIGNNAME)WdfFunctions[WdfDeviceInitAssignNameTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                        DeviceName);
}
FORCEINLINE NTSTATUS WdfDeviceInitAssignSDDLString(PWDFDEVICE_INIT DeviceInit, PCUNICODE_STRING SDDLString) {
  return ((PFN_WDFDEVICEINITASSIGNSDDLSTRING)WdfFunctions[WdfDeviceInitAssignSDDLStringTableIndex])(
      WdfDriverGlobals, DeviceInit, SDDLString);
}
FORCEINLINE VOID WdfDeviceInitSetDeviceClass(PWDFDEVICE_INIT DeviceInit, const GUID* DeviceClassGuid) {
  ((PFN_WDFDEVICEINITSETDEVICECLASS)WdfFunctions[WdfDeviceInitSetDeviceClassTableIndex])(WdfDriverGlobals, DeviceInit,
                                                                                         DeviceClassGuid);
}
FORCEINLINE VOID WdfDeviceInitSetCharacteristics(PWDFDEVICE_INIT DeviceInit, ULONG DeviceCharacteristics,
                                                 BOOLEAN OrInValues) {
  ((PFN_WDFDEVICEINITSETCHARACTERISTICS)WdfFunctions[WdfDeviceInitSetCharacteristicsTableIndex])(
      WdfDriverGlobals, DeviceInit, DeviceCharacteristics, OrInValues);
}
FORCEINLINE VOID WdfDeviceInitSetFileObjectConfig(PWDFDEVICE_INIT DeviceInit, PWDF_FILEOBJECT_CONFIG FileObjectConfig,
                                                  PWDF_OBJECT_ATTRIBUTES FileObjectAttributes) {
  ((PFN_WDFDEVICEINITSETFILEOBJECTCONFIG)WdfFunctions[WdfDeviceInitSetFileObjectConfigTableIndex])(
      WdfDriverGlobals, DeviceInit, FileObjectConfig, FileObjectAttributes);
}
FORCEINLINE VOID WdfDeviceInitSetRequestAttributes(PWDFDEVICE_INIT DeviceInit,
                                                   PWDF_OBJECT_ATTRIBUTES RequestAttributes) {
  ((PFN_WDFDEVICEINITSETREQUESTATTRIBUTES)WdfFunctions[WdfDeviceInitSetRequestAttributesTableIndex])(
      WdfDriverGlobals, DeviceInit, RequestAttributes);
}
FORCEINLINE NTSTATUS WdfDeviceInitAssignWdmIrpPreprocessCallback(
    PWDFDEVICE_INIT DeviceInit, PFN_WDFDEVICE_WDM_IRP_PREPROCESS EvtDeviceWdmIrpPreprocess, UCHAR MajorFunction,
    PUCHAR MinorFunctions, ULONG NumMinorFunctions) {
  return ((PFN_WDFDEVICEINITASSIGNWDMIRPPREPROCESSCALLBACK)
              WdfFunctions[WdfDeviceInitAssignWdmIrpPreprocessCallbackTableIndex])(
      WdfDriverGlobals, DeviceInit, EvtDeviceWdmIrpPreprocess, MajorFunction, MinorFunctions, NumMinorFunctions);
}
FORCEINLINE VOID WdfDeviceInitSetIoInCallerContextCallback(PWDFDEVICE_INIT DeviceInit,
                                                           PFN_WDF_IO_IN_CALLER_CONTEXT EvtIoInCallerContext) {
  ((PFN_WDFDEVICEINITSETIOINCALLERCONTEXTCALLBACK)WdfFunctions[WdfDeviceInitSetIoInCallerContextCallbackTableIndex])(
      WdfDriverGlobals, DeviceInit, EvtIoInCallerContext);
}
EXTERN_C_END
#endif
