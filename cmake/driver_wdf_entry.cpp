// Where a driver that uses the framework (KMDF) begins: bind to it, then DriverEntry, and unbind when the driver goes.
// Microsoft's kit links its own (WdfDriverEntry.lib); what this one does is what compiled drivers show.
#include <wdf.h>

extern "C" {

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);
__declspec(dllimport) NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                                                    PWDF_BIND_INFO BindInfo, PWDF_COMPONENT_GLOBALS ComponentGlobals);
__declspec(dllimport) NTSTATUS NTAPI WdfVersionUnbind(PUNICODE_STRING RegistryPath, PWDF_BIND_INFO BindInfo,
                                                      WDF_COMPONENT_GLOBALS ComponentGlobals);

WDFFUNC* WdfFunctions;
PWDF_DRIVER_GLOBALS WdfDriverGlobals;

static WCHAR library[] = L"KmdfLibrary";
// The framework writes the table's address through FuncTable: it points at WdfFunctions.
static WDF_BIND_INFO bind_info = {
    sizeof(WDF_BIND_INFO),   library, {KMDF_VERSION_MAJOR, KMDF_VERSION_MINOR, 0}, WdfFunctionTableNumEntries,
    (WDFFUNC*)&WdfFunctions, nullptr};
static WCHAR path_buffer[MAX_PATH];
static UNICODE_STRING path = {0, sizeof(path_buffer), path_buffer};
static PDRIVER_UNLOAD displaced_unload;

static VOID NTAPI unload(PDRIVER_OBJECT driver) {
  if (displaced_unload) displaced_unload(driver);
  WdfVersionUnbind(&path, &bind_info, (WDF_COMPONENT_GLOBALS)WdfDriverGlobals);
}

// A miniport keeps DriverUnload to its class driver; its WdfDriverMiniportUnload is the moment to unbind.
static VOID NTAPI miniport_unload(PWDF_DRIVER_GLOBALS, WDFDRIVER) {
  WdfVersionUnbind(&path, &bind_info, (WDF_COMPONENT_GLOBALS)WdfDriverGlobals);
}

NTSTATUS NTAPI FxDriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  RtlCopyUnicodeString(&path, registry_path);
  NTSTATUS status = WdfVersionBind(driver, &path, &bind_info, (PWDF_COMPONENT_GLOBALS)&WdfDriverGlobals);
  if (!NT_SUCCESS(status)) return status;
  status = DriverEntry(driver, registry_path);
  if (!NT_SUCCESS(status)) {
    WdfVersionUnbind(&path, &bind_info, (WDF_COMPONENT_GLOBALS)WdfDriverGlobals);
    return status;
  }
  if (WdfDriverGlobals->DisplaceDriverUnload) {
    displaced_unload = driver->DriverUnload;
    driver->DriverUnload = unload;
  } else if (WdfDriverGlobals->DriverFlags & WdfDriverInitNoDispatchOverride) {
    WdfFunctions[WdfDriverMiniportUnloadTableIndex] = (WDFFUNC)miniport_unload;
  }
  return status;
}

}  // extern "C"
