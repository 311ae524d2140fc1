// The toy driver's entry, its plug and play, and its control device.

#include "toy.h"

namespace {

Toy* the_toy;
PDEVICE_OBJECT control_device;

// With the only device there is: while the driver has a device object, it is not unloaded.
void RemoveControl() {
  if (!control_device) return;
  UNICODE_STRING link;
  RtlInitUnicodeString(&link, TOY_LINK_NAME);
  IoDeleteSymbolicLink(&link);
  IoDeleteDevice(control_device);
  control_device = nullptr;
}

CM_RESOURCE_LIST* CopyOf(const CM_RESOURCE_LIST* list) {
  if (!list) return nullptr;
  const SIZE_T bytes =
      sizeof(CM_RESOURCE_LIST) + list->List[0].PartialResourceList.Count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
  auto* copy = static_cast<CM_RESOURCE_LIST*>(ExAllocatePool2(POOL_FLAG_PAGED, bytes, 'yoT '));
  if (copy) RtlCopyMemory(copy, list, bytes);
  return copy;
}

NTSTATUS CompletionEvent(PDEVICE_OBJECT, PIRP, PVOID event) {
  KeSetEvent(static_cast<PKEVENT>(event), IO_NO_INCREMENT, FALSE);
  return STATUS_MORE_PROCESSING_REQUIRED;
}

NTSTATUS ForwardAndWait(Toy* toy, PIRP irp) {
  KEVENT done;
  KeInitializeEvent(&done, NotificationEvent, FALSE);
  IoCopyCurrentIrpStackLocationToNext(irp);
  IoSetCompletionRoutine(irp, CompletionEvent, &done, TRUE, TRUE, TRUE);
  if (IoCallDriver(toy->below, irp) == STATUS_PENDING)
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
  return irp->IoStatus.Status;
}

NTSTATUS Start(Toy* toy, PIRP irp) {
  PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
  toy->raw = CopyOf(location->Parameters.StartDevice.AllocatedResources);
  toy->translated = CopyOf(location->Parameters.StartDevice.AllocatedResourcesTranslated);
  NTSTATUS status = ForwardAndWait(toy, irp);
  if (!NT_SUCCESS(status)) return status;
  if (!toy->raw || !toy->translated) return STATUS_DEVICE_CONFIGURATION_ERROR;
  const CM_PARTIAL_RESOURCE_LIST& list = toy->translated->List[0].PartialResourceList;
  for (ULONG i = 0; i < list.Count; ++i) {
    const CM_PARTIAL_RESOURCE_DESCRIPTOR& entry = list.PartialDescriptors[i];
    if (entry.Type == CmResourceTypeMemory)
      toy->registers_at = entry.u.Memory.Start, toy->registers_bytes = entry.u.Memory.Length;
    if (entry.Type == CmResourceTypePort) toy->port = static_cast<USHORT>(entry.u.Port.Start.LowPart);
    if (entry.Type == CmResourceTypeInterrupt) toy->interrupt = entry;
  }
  toy->registers = static_cast<UCHAR*>(MmMapIoSpace(toy->registers_at, toy->registers_bytes, MmNonCached));
  return toy->registers ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

void Stop(Toy* toy) {
  if (toy->connected) IoDisconnectInterrupt(toy->connected);
  toy->connected = nullptr;
  if (toy->registers) MmUnmapIoSpace(toy->registers, toy->registers_bytes);
  toy->registers = nullptr;
  if (toy->raw) ExFreePool(toy->raw);
  if (toy->translated) ExFreePool(toy->translated);
  toy->raw = toy->translated = nullptr;
}

NTSTATUS Complete(PIRP irp, NTSTATUS status, ULONG_PTR information = 0) {
  irp->IoStatus.Status = status;
  irp->IoStatus.Information = information;
  IoCompleteRequest(irp, IO_NO_INCREMENT);
  return status;
}

NTSTATUS OnPnp(PDEVICE_OBJECT device, PIRP irp) {
  if (device == control_device) return Complete(irp, STATUS_INVALID_DEVICE_REQUEST);
  auto* toy = static_cast<Toy*>(device->DeviceExtension);
  switch (IoGetCurrentIrpStackLocation(irp)->MinorFunction) {
    case IRP_MN_START_DEVICE: {
      const NTSTATUS status = Start(toy, irp);
      return Complete(irp, status);
    }
    case IRP_MN_STOP_DEVICE: Stop(toy); break;
    case IRP_MN_QUERY_STOP_DEVICE:
    case IRP_MN_QUERY_REMOVE_DEVICE:
    case IRP_MN_CANCEL_STOP_DEVICE:
    case IRP_MN_CANCEL_REMOVE_DEVICE:
    case IRP_MN_SURPRISE_REMOVAL: break;
    case IRP_MN_REMOVE_DEVICE: {
      Stop(toy);
      irp->IoStatus.Status = STATUS_SUCCESS;
      IoSkipCurrentIrpStackLocation(irp);
      const NTSTATUS status = IoCallDriver(toy->below, irp);
      IoDetachDevice(toy->below);
      if (the_toy == toy) the_toy = nullptr;
      IoDeleteDevice(device);
      RemoveControl();
      return status;
    }
    default: IoSkipCurrentIrpStackLocation(irp); return IoCallDriver(toy->below, irp);
  }
  irp->IoStatus.Status = STATUS_SUCCESS;
  IoSkipCurrentIrpStackLocation(irp);
  return IoCallDriver(toy->below, irp);
}

NTSTATUS OnPower(PDEVICE_OBJECT device, PIRP irp) {
  IoSkipCurrentIrpStackLocation(irp);
  return PoCallDriver(static_cast<Toy*>(device->DeviceExtension)->below, irp);
}

NTSTATUS OnOpenClose(PDEVICE_OBJECT, PIRP irp) { return Complete(irp, STATUS_SUCCESS); }

NTSTATUS OnControl(PDEVICE_OBJECT, PIRP irp) {
  PIO_STACK_LOCATION location = IoGetCurrentIrpStackLocation(irp);
  auto* numbers = static_cast<ULONG*>(irp->AssociatedIrp.SystemBuffer);
  const ULONG code = location->Parameters.DeviceIoControl.IoControlCode;
  if (!the_toy) return Complete(irp, STATUS_NO_SUCH_DEVICE);
  if (code == TOY_MISTAKE) {
    if (location->Parameters.DeviceIoControl.InputBufferLength < sizeof(ULONG))
      return Complete(irp, STATUS_INVALID_PARAMETER);
    return Complete(irp, MakeMistake(the_toy, static_cast<TOY_MISTAKE_KIND>(numbers[0])));
  }
  ULONG count = location->Parameters.DeviceIoControl.OutputBufferLength / sizeof(ULONG);
  if (count < 16) return Complete(irp, STATUS_BUFFER_TOO_SMALL);
  const NTSTATUS status = RunExperiment(the_toy, code, numbers, &count);
  return Complete(irp, status, NT_SUCCESS(status) ? count * sizeof(ULONG) : 0);
}

NTSTATUS AddDevice(PDRIVER_OBJECT driver, PDEVICE_OBJECT physical) {
  PDEVICE_OBJECT self = nullptr;
  NTSTATUS status = IoCreateDevice(driver, sizeof(Toy), nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &self);
  if (!NT_SUCCESS(status)) return status;
  auto* toy = static_cast<Toy*>(self->DeviceExtension);
  toy->self = self;
  toy->physical = physical;
  toy->below = IoAttachDeviceToDeviceStack(self, physical);
  if (!toy->below) {
    IoDeleteDevice(self);
    return STATUS_NO_SUCH_DEVICE;
  }
  self->Flags &= ~DO_DEVICE_INITIALIZING;
  the_toy = toy;
  return STATUS_SUCCESS;
}

void Unload(PDRIVER_OBJECT) { RemoveControl(); }

}  // namespace

NTSTATUS AskBelow(Toy* toy, PIO_STACK_LOCATION request, ULONG_PTR* information) {
  KEVENT done;
  IO_STATUS_BLOCK outcome{};
  KeInitializeEvent(&done, NotificationEvent, FALSE);
  PIRP irp = IoBuildSynchronousFsdRequest(IRP_MJ_PNP, toy->below, nullptr, 0, nullptr, &done, &outcome);
  if (!irp) return STATUS_INSUFFICIENT_RESOURCES;
  irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
  PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(irp);
  next->MinorFunction = request->MinorFunction;
  next->Parameters = request->Parameters;
  if (IoCallDriver(toy->below, irp) == STATUS_PENDING)
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, nullptr);
  if (information) *information = outcome.Information;
  return outcome.Status;
}

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING) {
  driver->DriverExtension->AddDevice = AddDevice;
  driver->DriverUnload = Unload;
  driver->MajorFunction[IRP_MJ_PNP] = OnPnp;
  driver->MajorFunction[IRP_MJ_POWER] = OnPower;
  driver->MajorFunction[IRP_MJ_CREATE] = OnOpenClose;
  driver->MajorFunction[IRP_MJ_CLOSE] = OnOpenClose;
  driver->MajorFunction[IRP_MJ_CLEANUP] = OnOpenClose;
  driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = OnControl;
  UNICODE_STRING name, link;
  RtlInitUnicodeString(&name, TOY_DEVICE_NAME);
  RtlInitUnicodeString(&link, TOY_LINK_NAME);
  NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &control_device);
  if (!NT_SUCCESS(status)) return status;
  status = IoCreateSymbolicLink(&link, &name);
  if (!NT_SUCCESS(status)) IoDeleteDevice(control_device);
  return status;
}
