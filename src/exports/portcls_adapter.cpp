// portcls.sys: the adapter driver's functions: initialisation, devices, IRPs, power, time.

#include "exports/api.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "portcls/adapter.h"
#include "portcls/portcls.h"

#include <portcls.h>

using namespace portside;
using namespace portside::exports;
using portcls::Adapter;
using portcls::Misuse;
using portcls::PortCls;

namespace {

// The adapter of a device object, or null after a misuse was told.
Adapter* adapter_of(const char* function, PDEVICE_OBJECT device) {
  PortCls& port_cls = current<PortCls>();
  Adapter* adapter = port_cls.find_adapter(device);
  if (!adapter)
    port_cls.report_misuse(Misuse::kForeignObject, function, "the device object is not one of PcAddAdapterDevice's");
  return adapter;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI PcInitializeAdapterDriver(PDRIVER_OBJECT driver, PUNICODE_STRING, PDRIVER_ADD_DEVICE add_device) {
  ApiScope scope("PcInitializeAdapterDriver", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcInitializeAdapterDriver")) return STATUS_INSUFFICIENT_RESOURCES;
  if (!driver || !add_device) return STATUS_INVALID_PARAMETER;
  // The list of PcInitializeAdapterDriver, Remarks.
  for (UCHAR major :
       {IRP_MJ_CLOSE, IRP_MJ_CREATE, IRP_MJ_DEVICE_CONTROL, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_PNP, IRP_MJ_POWER,
        IRP_MJ_QUERY_SECURITY, IRP_MJ_READ, IRP_MJ_SET_SECURITY, IRP_MJ_SYSTEM_CONTROL, IRP_MJ_WRITE})
    driver->MajorFunction[major] = PcDispatchIrp;
  driver->DriverExtension->AddDevice = add_device;
  if (driver->DriverUnload && driver->DriverUnload != KsNullDriverUnload)
    current<PortCls>().note_replaced_unload(driver);
  driver->DriverUnload = KsNullDriverUnload;
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcAddAdapterDevice(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical_device, PCPFNSTARTDEVICE start_device,
                                  ULONG maximum_objects, ULONG extension_bytes) {
  ApiScope scope("PcAddAdapterDevice", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcAddAdapterDevice")) return STATUS_INSUFFICIENT_RESOURCES;
  PortCls& port_cls = current<PortCls>();
  // DriverEntry has returned, and may have set it again.
  port_cls.judge_replaced_unload(driver, driver && driver->DriverUnload == KsNullDriverUnload);
  auto adapter = Adapter::create(port_cls, {.driver = driver,
                                            .physical_device = physical_device,
                                            .start_device = start_device,
                                            .maximum_objects = maximum_objects,
                                            .extension_bytes = extension_bytes,
                                            .dispatch = PcDispatchIrp});
  if (!adapter) return adapter.error().nt();
  port_cls.add_adapter(std::move(*adapter));
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcDispatchIrp(PDEVICE_OBJECT device, PIRP irp) {
  ApiScope scope("PcDispatchIrp", kPassiveLevel, kPassiveLevel);
  if (const auto refused = current<io::Io>().flow().refuse_over(irp, "PcDispatchIrp")) return *refused;
  Adapter* adapter = adapter_of("PcDispatchIrp", device);
  return adapter ? adapter->dispatch(irp) : io::complete_with(irp, STATUS_INVALID_DEVICE_REQUEST);
}

NTSTATUS NTAPI PcForwardIrpSynchronous(PDEVICE_OBJECT device, PIRP irp) {
  ApiScope scope("PcForwardIrpSynchronous", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = adapter_of("PcForwardIrpSynchronous", device);
  return adapter ? adapter->forward_and_wait(irp) : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcCompleteIrp(PDEVICE_OBJECT device, PIRP irp, NTSTATUS status) {
  ApiScope scope("PcCompleteIrp", kPassiveLevel, kDispatchLevel);
  if (!irp) return STATUS_INVALID_PARAMETER;
  return io::complete_with(irp, status, irp->IoStatus.Information);
}

NTSTATUS NTAPI PcGetPhysicalDeviceObject(PDEVICE_OBJECT device, PDEVICE_OBJECT* physical_device) {
  ApiScope scope("PcGetPhysicalDeviceObject");
  Adapter* adapter = adapter_of("PcGetPhysicalDeviceObject", device);
  if (!adapter || !physical_device) return STATUS_INVALID_PARAMETER;
  *physical_device = adapter->physical_device();
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI PcGetDeviceProperty(PVOID device, DEVICE_REGISTRY_PROPERTY property, ULONG bytes, PVOID buffer,
                                   PULONG result_bytes) {
  ApiScope scope("PcGetDeviceProperty", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = adapter_of("PcGetDeviceProperty", static_cast<PDEVICE_OBJECT>(device));
  return adapter ? adapter->device_property(property, bytes, buffer, result_bytes) : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcRegisterAdapterPowerManagement(PUNKNOWN unknown, PVOID device) {
  ApiScope scope("PcRegisterAdapterPowerManagement", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcRegisterAdapterPowerManagement")) return STATUS_INSUFFICIENT_RESOURCES;
  Adapter* adapter = adapter_of("PcRegisterAdapterPowerManagement", static_cast<PDEVICE_OBJECT>(device));
  return adapter ? adapter->power().register_management(unknown, "PcRegisterAdapterPowerManagement").nt()
                 : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcUnregisterAdapterPowerManagement(PDEVICE_OBJECT device) {
  ApiScope scope("PcUnregisterAdapterPowerManagement", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = adapter_of("PcUnregisterAdapterPowerManagement", device);
  return adapter ? adapter->power().unregister_management("PcUnregisterAdapterPowerManagement").nt()
                 : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcRegisterAdapterPnpManagement(PUNKNOWN unknown, PDEVICE_OBJECT device) {
  ApiScope scope("PcRegisterAdapterPnpManagement", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcRegisterAdapterPnpManagement")) return STATUS_INSUFFICIENT_RESOURCES;
  Adapter* adapter = adapter_of("PcRegisterAdapterPnpManagement", device);
  return adapter ? adapter->rebalance().register_management(unknown, "PcRegisterAdapterPnpManagement").nt()
                 : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcUnregisterAdapterPnpManagement(PDEVICE_OBJECT device) {
  ApiScope scope("PcUnregisterAdapterPnpManagement", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = adapter_of("PcUnregisterAdapterPnpManagement", device);
  return adapter ? adapter->rebalance().unregister_management("PcUnregisterAdapterPnpManagement").nt()
                 : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcRequestNewPowerState(PDEVICE_OBJECT device, DEVICE_POWER_STATE state) {
  ApiScope scope("PcRequestNewPowerState", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcRequestNewPowerState")) return STATUS_INSUFFICIENT_RESOURCES;
  Adapter* adapter = adapter_of("PcRequestNewPowerState", device);
  if (!adapter || state < PowerDeviceD0 || state > PowerDeviceD3) return STATUS_INVALID_PARAMETER;
  POWER_STATE wanted;
  wanted.DeviceState = state;
  const NTSTATUS status =
      current<io::Io>().power().request(device, IRP_MN_SET_POWER, wanted, nullptr, nullptr, nullptr);
  return status == STATUS_PENDING ? STATUS_SUCCESS : status;
}

NTSTATUS NTAPI PcRegisterIoTimeout(PDEVICE_OBJECT device, PIO_TIMER_ROUTINE routine, PVOID context) {
  ApiScope scope("PcRegisterIoTimeout", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kTimer, "PcRegisterIoTimeout")) return STATUS_INSUFFICIENT_RESOURCES;
  Adapter* adapter = adapter_of("PcRegisterIoTimeout", device);
  return adapter ? adapter->io_timeouts().add(routine, context).nt() : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcUnregisterIoTimeout(PDEVICE_OBJECT device, PIO_TIMER_ROUTINE routine, PVOID context) {
  ApiScope scope("PcUnregisterIoTimeout", kPassiveLevel, kPassiveLevel);
  Adapter* adapter = adapter_of("PcUnregisterIoTimeout", device);
  return adapter ? adapter->io_timeouts().remove(routine, context).nt() : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI PcCompletePendingPropertyRequest(PPCPROPERTY_REQUEST request, NTSTATUS status) {
  ApiScope scope("PcCompletePendingPropertyRequest", kPassiveLevel, kDispatchLevel);
  return current<PortCls>().complete_property(request, status).nt();
}

ULONGLONG NTAPI PcGetTimeInterval(ULONGLONG since) {
  ApiScope scope("PcGetTimeInterval");
  return static_cast<ULONGLONG>(current<kernel::Kernel>().clock().system_time_precise()) - since;
}

}  // extern "C"

namespace portside::exports {

namespace {
const Export kPortClsAdapterRows[] = {
    EXPORT(PortCls, PcInitializeAdapterDriver),
    EXPORT(PortCls, PcAddAdapterDevice),
    EXPORT(PortCls, PcDispatchIrp),
    EXPORT(PortCls, PcForwardIrpSynchronous),
    EXPORT(PortCls, PcCompleteIrp),
    EXPORT(PortCls, PcGetPhysicalDeviceObject),
    EXPORT(PortCls, PcGetDeviceProperty),
    EXPORT(PortCls, PcRegisterAdapterPowerManagement),
    EXPORT(PortCls, PcUnregisterAdapterPowerManagement),
    EXPORT(PortCls, PcRegisterAdapterPnpManagement),
    EXPORT(PortCls, PcUnregisterAdapterPnpManagement),
    EXPORT(PortCls, PcRequestNewPowerState),
    EXPORT(PortCls, PcRegisterIoTimeout),
    EXPORT(PortCls, PcUnregisterIoTimeout),
    EXPORT(PortCls, PcCompletePendingPropertyRequest),
    EXPORT(PortCls, PcGetTimeInterval),
};
}  // namespace
const ExportSet kPortClsAdapterExports{kPortClsAdapterRows};

}  // namespace portside::exports
