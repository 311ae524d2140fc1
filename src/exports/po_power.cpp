// Power management, over src/io.

#include "exports/io_object.h"
#include "portcls/portcls.h"

#include <ntifs.h>

using namespace portside;
using namespace portside::exports;

namespace {

// Of a device that PortCls powers: the device of an adapter, or the one below it. PortCls' own requests do not come here.
void tell_power_irp(PDEVICE_OBJECT device) {
  auto* port_cls = MachineContext::current()->find<portcls::PortCls>();
  if (port_cls && port_cls->is_of_adapter(device))
    port_cls->report_misuse(portcls::Misuse::kPowerIrpRequested, "PoRequestPowerIrp",
                            "a request for IRP_MN_SET_POWER of an audio device");
}

}  // namespace

extern "C" {

NTSTATUS NTAPI PoRequestPowerIrp(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction, POWER_STATE PowerState,
                                 PREQUEST_POWER_COMPLETE CompletionFunction, PVOID Context, PIRP* Irp) {
  ApiScope scope("PoRequestPowerIrp", kPassiveLevel, kDispatchLevel);
  if (MinorFunction == IRP_MN_SET_POWER) tell_power_irp(DeviceObject);
  if (made_to_fail(FailureKind::kObject, "PoRequestPowerIrp")) return STATUS_INSUFFICIENT_RESOURCES;
  return io_layer().power().request(DeviceObject, MinorFunction, PowerState, CompletionFunction, Context, Irp);
}

NTSTATUS NTAPI PoCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
  ApiScope scope("PoCallDriver", kPassiveLevel, kDispatchLevel);
  return io_layer().flow().call_driver(DeviceObject, Irp);
}

// Since Windows Vista it does nothing; drivers still call it.
VOID NTAPI PoStartNextPowerIrp(PIRP) { ApiScope scope("PoStartNextPowerIrp", kPassiveLevel, kDispatchLevel); }

POWER_STATE NTAPI PoSetPowerState(PDEVICE_OBJECT DeviceObject, POWER_STATE_TYPE Type, POWER_STATE State) {
  ApiScope scope("PoSetPowerState", kPassiveLevel, kDispatchLevel);
  return io_layer().power().set_state(DeviceObject, Type, State);
}

PULONG NTAPI PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT DeviceObject, ULONG ConservationIdleTime,
                                              ULONG PerformanceIdleTime, DEVICE_POWER_STATE State) {
  ApiScope scope("PoRegisterDeviceForIdleDetection", kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kObject, "PoRegisterDeviceForIdleDetection")) return nullptr;
  return io_layer().power().idle().register_device(DeviceObject, ConservationIdleTime, PerformanceIdleTime, State);
}

VOID NTAPI PoSetDeviceBusyEx(PULONG IdlePointer) {
  ApiScope scope("PoSetDeviceBusyEx");
  if (IdlePointer) io_layer().power().idle().set_busy(IdlePointer);
}

VOID NTAPI PoStartDeviceBusy(PULONG IdlePointer) {
  ApiScope scope("PoStartDeviceBusy");
  if (IdlePointer) io_layer().power().idle().start_busy(IdlePointer);
}

VOID NTAPI PoEndDeviceBusy(PULONG IdlePointer) {
  ApiScope scope("PoEndDeviceBusy");
  if (IdlePointer) io_layer().power().idle().end_busy(IdlePointer);
}

NTSTATUS NTAPI PoRegisterPowerSettingCallback(PDEVICE_OBJECT, LPCGUID SettingGuid, PPOWER_SETTING_CALLBACK Callback,
                                              PVOID, PVOID* Handle) {
  ApiScope scope("PoRegisterPowerSettingCallback", kPassiveLevel, kPassiveLevel);
  if (!SettingGuid || !Callback) return STATUS_INVALID_PARAMETER;
  // No setting ever changes; the handle is a pool block, so that one that is never given back shows as a leak.
  void* block = give_pool("PoRegisterPowerSettingCallback", sizeof(GUID), 'SwoP');
  if (!block) return STATUS_INSUFFICIENT_RESOURCES;
  std::memcpy(block, SettingGuid, sizeof(GUID));
  if (Handle) *Handle = block;
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PoUnregisterPowerSettingCallback(PVOID Handle) {
  ApiScope scope("PoUnregisterPowerSettingCallback", kPassiveLevel, kPassiveLevel);
  return services().pool().free(Handle, 'SwoP', "PoUnregisterPowerSettingCallback") ? STATUS_SUCCESS
                                                                                    : STATUS_INVALID_PARAMETER;
}

PVOID NTAPI PoRegisterSystemState(PVOID StateHandle, ULONG) {
  ApiScope scope("PoRegisterSystemState", kPassiveLevel, kApcLevel);
  return StateHandle ? StateHandle : give_pool("PoRegisterSystemState", 16, 'SwoP');
}

VOID NTAPI PoUnregisterSystemState(PVOID StateHandle) {
  ApiScope scope("PoUnregisterSystemState", kPassiveLevel, kApcLevel);
  (void)services().pool().free(StateHandle, 'SwoP', "PoUnregisterSystemState");
}

VOID NTAPI PoSetSystemState(ULONG) { ApiScope scope("PoSetSystemState", kPassiveLevel, kDispatchLevel); }

NTSTATUS NTAPI PoCreatePowerRequest(PVOID* PowerRequest, PDEVICE_OBJECT DeviceObject, PCOUNTED_REASON_CONTEXT) {
  ApiScope scope("PoCreatePowerRequest", kPassiveLevel, kApcLevel);
  if (!PowerRequest) return STATUS_INVALID_PARAMETER;
  *PowerRequest = nullptr;
  if (!DeviceObject) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kObject, "PoCreatePowerRequest")) return STATUS_INSUFFICIENT_RESOURCES;
  *PowerRequest = io_layer().power_requests().create(DeviceObject);
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PoSetPowerRequest(PVOID PowerRequest, POWER_REQUEST_TYPE Type) {
  ApiScope scope("PoSetPowerRequest", kPassiveLevel, kDispatchLevel);
  return io_layer().power_requests().set(PowerRequest, Type);
}

NTSTATUS NTAPI PoClearPowerRequest(PVOID PowerRequest, POWER_REQUEST_TYPE Type) {
  ApiScope scope("PoClearPowerRequest", kPassiveLevel, kDispatchLevel);
  return io_layer().power_requests().clear(PowerRequest, Type);
}

VOID NTAPI PoDeletePowerRequest(PVOID PowerRequest) {
  ApiScope scope("PoDeletePowerRequest", kPassiveLevel, kApcLevel);
  io_layer().power_requests().destroy(PowerRequest);
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr const char* kAwake = "the machine never sleeps by itself";
const Export kPoPowerRows[] = {
    EXPORT(NtosKrnl, PoRequestPowerIrp),
    EXPORT(NtosKrnl, PoCallDriver),
    EXPORT(NtosKrnl, PoStartNextPowerIrp),
    EXPORT(NtosKrnl, PoSetPowerState),
    EXPORT(NtosKrnl, PoRegisterDeviceForIdleDetection),
    EXPORT(NtosKrnl, PoSetDeviceBusyEx),
    EXPORT(NtosKrnl, PoStartDeviceBusy),
    EXPORT(NtosKrnl, PoEndDeviceBusy),
    EXPORT_PARTIAL(NtosKrnl, PoRegisterPowerSettingCallback, "noted; no power setting changes"),
    EXPORT(NtosKrnl, PoUnregisterPowerSettingCallback),
    EXPORT_PARTIAL(NtosKrnl, PoRegisterSystemState, kAwake),
    EXPORT_PARTIAL(NtosKrnl, PoUnregisterSystemState, kAwake),
    EXPORT_PARTIAL(NtosKrnl, PoSetSystemState, kAwake),
    EXPORT_PARTIAL(NtosKrnl, PoCreatePowerRequest, "its reasons are not shown"),
    EXPORT_PARTIAL(NtosKrnl, PoSetPowerRequest, kAwake),
    EXPORT(NtosKrnl, PoClearPowerRequest),
    EXPORT(NtosKrnl, PoDeletePowerRequest),
};
}  // namespace
const ExportSet kPoPowerExports{kPoPowerRows};
}  // namespace portside::exports
