// A function driver of the framework as its authors write one. All of it compiles; the first function that the framework here does
// not have stops the machine with its name.
#include <ntddk.h>

#include <wdf.h>

struct Context {
  WDFQUEUE queue;
  WDFINTERRUPT interrupt;
  WDFDMAENABLER dma;
};
WDF_DECLARE_CONTEXT_TYPE_WITH_NAME(Context, ContextOf)

namespace {

EVT_WDF_DRIVER_DEVICE_ADD OnDeviceAdd;
EVT_WDF_DEVICE_PREPARE_HARDWARE OnPrepareHardware;
EVT_WDF_DEVICE_D0_ENTRY OnD0Entry;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL OnDeviceControl;
EVT_WDF_INTERRUPT_ISR OnInterrupt;
EVT_WDF_INTERRUPT_DPC OnDpc;

NTSTATUS OnPrepareHardware(WDFDEVICE device, WDFCMRESLIST, WDFCMRESLIST translated) {
  for (ULONG i = 0; i < WdfCmResourceListGetCount(translated); ++i)
    if (WdfCmResourceListGetDescriptor(translated, i)->Type == CmResourceTypeMemory) return STATUS_SUCCESS;
  return ContextOf(device)->dma ? STATUS_SUCCESS : STATUS_DEVICE_CONFIGURATION_ERROR;
}
NTSTATUS OnD0Entry(WDFDEVICE, WDF_POWER_DEVICE_STATE previous) {
  return previous == WdfPowerDeviceD3Final ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
void OnDeviceControl(WDFQUEUE queue, WDFREQUEST request, size_t, size_t, ULONG) {
  PVOID buffer;
  size_t length;
  NTSTATUS status = WdfRequestRetrieveOutputBuffer(request, 4, &buffer, &length);
  if (NT_SUCCESS(status) && WdfIoQueueGetDevice(queue)) WdfRequestCompleteWithInformation(request, status, length);
  else WdfRequestComplete(request, status);
}
BOOLEAN OnInterrupt(WDFINTERRUPT interrupt, ULONG) { return WdfInterruptQueueDpcForIsr(interrupt); }
void OnDpc(WDFINTERRUPT interrupt, WDFOBJECT) {
  WdfInterruptAcquireLock(interrupt);
  WdfInterruptReleaseLock(interrupt);
  WdfInterruptQueueWorkItemForIsr(interrupt);
}

NTSTATUS OnDeviceAdd(WDFDRIVER, PWDFDEVICE_INIT init) {
  WDF_PNPPOWER_EVENT_CALLBACKS power;
  WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&power);
  power.EvtDevicePrepareHardware = OnPrepareHardware;
  power.EvtDeviceD0Entry = OnD0Entry;
  WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
  WdfDeviceInitSetIoType(init, WdfDeviceIoDirect);
  WDF_OBJECT_ATTRIBUTES attributes;
  WDF_OBJECT_ATTRIBUTES_INIT_CONTEXT_TYPE(&attributes, Context);
  WDFDEVICE device;
  NTSTATUS status = WdfDeviceCreate(&init, &attributes, &device);
  if (!NT_SUCCESS(status)) return status;
  WDF_IO_QUEUE_CONFIG queue;
  WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(&queue, WdfIoQueueDispatchParallel);
  queue.EvtIoDeviceControl = OnDeviceControl;
  status = WdfIoQueueCreate(device, &queue, WDF_NO_OBJECT_ATTRIBUTES, &ContextOf(device)->queue);
  if (!NT_SUCCESS(status)) return status;
  WDF_INTERRUPT_CONFIG interrupt;
  WDF_INTERRUPT_CONFIG_INIT(&interrupt, OnInterrupt, OnDpc);
  status = WdfInterruptCreate(device, &interrupt, WDF_NO_OBJECT_ATTRIBUTES, &ContextOf(device)->interrupt);
  if (!NT_SUCCESS(status)) return status;
  WDF_DMA_ENABLER_CONFIG dma;
  WDF_DMA_ENABLER_CONFIG_INIT(&dma, WdfDmaProfileScatterGather64, 4096);
  status = WdfDmaEnablerCreate(device, &dma, WDF_NO_OBJECT_ATTRIBUTES, &ContextOf(device)->dma);
  WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle;
  WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&idle, IdleCannotWakeFromS0);
  return NT_SUCCESS(status) ? WdfDeviceAssignS0IdleSettings(device, &idle) : status;
}

}  // namespace

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  WDF_DRIVER_CONFIG config;
  WDF_DRIVER_CONFIG_INIT(&config, OnDeviceAdd);
  config.DriverInitFlags = WdfDriverInitNoDispatchOverride;  // miniport mode, or WdfDriverCreate fails here
  WDFDRIVER handle;
  NTSTATUS status = WdfDriverCreate(driver, path, WDF_NO_OBJECT_ATTRIBUTES, &config, &handle);
  if (!NT_SUCCESS(status)) return status;
  return WdfControlDeviceInitAllocate(handle, path) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}
