// The framework beside PortCls. See framework.h; "Creating Framework-Based Miniport Drivers" (wdf).
#include "framework.h"

#include <wdf.h>

#include "com_object.h"

// What the framework keeps for each device; it is freed with the framework's device object.
struct DeviceContext {
  ULONG starts;
  WDFSPINLOCK lock;
};
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(DeviceContext, device_context)

// Not pageable, nor to be put into a function that is: the lock is held at DISPATCH_LEVEL, where no page is brought in.
static DECLSPEC_NOINLINE void count_start(DeviceContext& context) {
  WdfSpinLockAcquire(context.lock);
  ++context.starts;
  WdfSpinLockRelease(context.lock);
}

#pragma code_seg("PAGE")

namespace {

PDRIVER_UNLOAD portcls_unload;

void unload(PDRIVER_OBJECT driver) {
  PAGED_CODE();
  // PortCls' own first, whose routine this one has taken the place of.
  if (portcls_unload) portcls_unload(driver);
  // WdfDriverMiniportUnload: a driver with WdfDriverInitNoDispatchOverride calls it, since the framework has no unload
  // routine of its own there.
  WdfDriverMiniportUnload(WdfGetDriver());
}

}  // namespace

NTSTATUS framework::add_device(PDEVICE_OBJECT functional_device) {
  PAGED_CODE();
  PDEVICE_OBJECT physical_device;
  NTSTATUS status = PcGetPhysicalDeviceObject(functional_device, &physical_device);
  if (!NT_SUCCESS(status)) return status;
  WDF_OBJECT_ATTRIBUTES attributes;
  WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, DeviceContext);
  WDFDEVICE device;
  status = WdfDeviceMiniportCreate(WdfGetDriver(), &attributes, functional_device, nullptr, physical_device, &device);
  if (!NT_SUCCESS(status)) return status;
  DeviceContext* context = device_context(device);
  // A child of the device: it goes when the device does.
  WDF_OBJECT_ATTRIBUTES_INIT(&attributes);
  attributes.ParentObject = device;
  status = WdfSpinLockCreate(&attributes, &context->lock);
  if (!NT_SUCCESS(status)) return status;
  count_start(*context);
  return STATUS_SUCCESS;
}

#pragma code_seg("INIT")

NTSTATUS framework::start(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path) {
  WDF_DRIVER_CONFIG config;
  WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
  // "the framework will not override the driver's dispatch routines": PortCls is to have them.
  config.DriverInitFlags |= WdfDriverInitNoDispatchOverride;
  config.DriverPoolTag = kPoolTag;
  return WdfDriverCreate(driver, registry_path, WDF_NO_OBJECT_ATTRIBUTES, &config, WDF_NO_HANDLE);
}

void framework::stop() { WdfDriverMiniportUnload(WdfGetDriver()); }

void framework::hook_unload(PDRIVER_OBJECT driver) {
  portcls_unload = driver->DriverUnload;
  driver->DriverUnload = &unload;
}

#pragma code_seg()
