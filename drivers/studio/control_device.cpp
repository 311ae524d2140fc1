// ControlDevice. See control_device.h.
#include "control_device.h"

#include "control.h"
#include "life_log.h"
#include "studio.h"

namespace {

// One driver, one control device. Plain data: Windows runs no static initialisers for a driver.
struct State {
  PDRIVER_OBJECT driver;
  PDEVICE_OBJECT device;
  FAST_MUTEX lock;  // over what follows
  Studio* studios[4];
  ULONG count;
};
State state;

NTSTATUS complete(PIRP irp, NTSTATUS status, ULONG_PTR information) {
  irp->IoStatus.Status = status;
  irp->IoStatus.Information = information;
  IoCompleteRequest(irp, IO_NO_INCREMENT);
  return status;
}

}  // namespace

#pragma code_seg("INIT")

void ControlDevice::hook(PDRIVER_OBJECT driver) {
  state.driver = driver;
  ExInitializeFastMutex(&state.lock);
  driver->MajorFunction[IRP_MJ_CREATE] = &ControlDevice::dispatch;
  driver->MajorFunction[IRP_MJ_CLEANUP] = &ControlDevice::dispatch;
  driver->MajorFunction[IRP_MJ_CLOSE] = &ControlDevice::dispatch;
  driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = &ControlDevice::dispatch;
}

#pragma code_seg("PAGE")

void ControlDevice::add(Studio& studio) {
  PAGED_CODE();
  ExAcquireFastMutex(&state.lock);
  const bool first = state.count == 0;
  if (state.count < ARRAYSIZE(state.studios)) state.studios[state.count++] = &studio;
  ExReleaseFastMutex(&state.lock);
  if (!first) return;

  UNICODE_STRING name, link;
  RtlInitUnicodeString(&name, STUDIO_CONTROL_DEVICE);
  RtlInitUnicodeString(&link, STUDIO_CONTROL_LINK);
  PDEVICE_OBJECT device;
  // Without it the studio plays as well: a failure here is nobody's loss but a tester's.
  if (!NT_SUCCESS(IoCreateDevice(state.driver, 0, &name, FILE_DEVICE_UNKNOWN, FILE_DEVICE_SECURE_OPEN, FALSE, &device)))
    return;
  if (!NT_SUCCESS(IoCreateSymbolicLink(&link, &name))) {
    IoDeleteDevice(device);
    return;
  }
  state.device = device;
  device->Flags &= ~static_cast<ULONG>(DO_DEVICE_INITIALIZING);
}

void ControlDevice::remove(Studio& studio) {
  PAGED_CODE();
  ExAcquireFastMutex(&state.lock);
  bool found = false;
  for (ULONG i = 0; i < state.count; ++i) {
    if (state.studios[i] != &studio) continue;
    state.studios[i] = state.studios[--state.count];
    found = true;
    break;
  }
  const bool last = found && state.count == 0;
  ExReleaseFastMutex(&state.lock);
  if (!last || !state.device) return;

  UNICODE_STRING link;
  RtlInitUnicodeString(&link, STUDIO_CONTROL_LINK);
  IoDeleteSymbolicLink(&link);
  IoDeleteDevice(state.device);
  state.device = nullptr;
}

NTSTATUS ControlDevice::dispatch(PDEVICE_OBJECT device, PIRP irp) {
  PAGED_CODE();
  if (device != state.device) return PcDispatchIrp(device, irp);
  if (IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_DEVICE_CONTROL) return control(irp);
  return complete(irp, STATUS_SUCCESS, 0);
}

NTSTATUS ControlDevice::control(PIRP irp) {
  PAGED_CODE();
  // METHOD_BUFFERED: one system buffer holds what comes in, and then what goes out.
  const auto& request = IoGetCurrentIrpStackLocation(irp)->Parameters.DeviceIoControl;
  auto* buffer = static_cast<UCHAR*>(irp->AssociatedIrp.SystemBuffer);
  switch (request.IoControlCode) {
    case IOCTL_STUDIO_SET_JACK: return complete(irp, set_jack(buffer, request.InputBufferLength), 0);
    case IOCTL_STUDIO_TURN_KNOB: return complete(irp, turn_knob(buffer, request.InputBufferLength), 0);
    case IOCTL_STUDIO_SPEAK_KEYWORD: return complete(irp, speak_keyword(), 0);
    case IOCTL_STUDIO_COUNT_PINS: {
      if (request.OutputBufferLength < sizeof(ULONG)) return complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
      const NTSTATUS status = count_own_pins(reinterpret_cast<ULONG*>(buffer));
      return complete(irp, status, NT_SUCCESS(status) ? sizeof(ULONG) : 0);
    }
    case IOCTL_STUDIO_DEVICES:
      if (request.OutputBufferLength < sizeof(ULONG)) return complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
      *reinterpret_cast<ULONG*>(buffer) = state.count;
      return complete(irp, STATUS_SUCCESS, sizeof(ULONG));
    case IOCTL_STUDIO_LIFE:
      if (request.OutputBufferLength < sizeof(STUDIO_LIFE)) return complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
      *reinterpret_cast<STUDIO_LIFE*>(buffer) = life_log.read();
      return complete(irp, STATUS_SUCCESS, sizeof(STUDIO_LIFE));
    default: return complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
  }
}

// Of the first studio; a reference keeps it while the lock is not held.
static Studio* take_first() {
  PAGED_CODE();
  ExAcquireFastMutex(&state.lock);
  Studio* studio = state.count ? state.studios[0] : nullptr;
  if (studio) studio->AddRef();
  ExReleaseFastMutex(&state.lock);
  return studio;
}

NTSTATUS ControlDevice::set_jack(const UCHAR* in, ULONG bytes) {
  PAGED_CODE();
  if (bytes < sizeof(STUDIO_JACK)) return STATUS_BUFFER_TOO_SMALL;
  const auto& jack = *reinterpret_cast<const STUDIO_JACK*>(in);
  Studio* studio = take_first();
  if (!studio) return STATUS_DEVICE_NOT_READY;
  studio->plug(jack.Input ? kInputJack : kOutputJack, jack.Plugged != FALSE);
  studio->Release();
  return STATUS_SUCCESS;
}

NTSTATUS ControlDevice::turn_knob(const UCHAR* in, ULONG bytes) {
  PAGED_CODE();
  if (bytes < sizeof(STUDIO_KNOB)) return STATUS_BUFFER_TOO_SMALL;
  const auto& knob = *reinterpret_cast<const STUDIO_KNOB*>(in);
  Studio* studio = take_first();
  if (!studio) return STATUS_DEVICE_NOT_READY;
  studio->turn(knob.Input ? kInputJack : kOutputJack, knob.Volume);
  studio->Release();
  return STATUS_SUCCESS;
}

NTSTATUS ControlDevice::speak_keyword() {
  PAGED_CODE();
  Studio* studio = take_first();
  if (!studio) return STATUS_DEVICE_NOT_READY;
  const bool matched = studio->hear_keyword();
  studio->Release();
  return matched ? STATUS_SUCCESS : STATUS_DEVICE_NOT_READY;
}

// A client in the kernel: finds the driver's own render filter among the device interfaces, opens it, and asks it for
// the number of its pins, as drivers with a side device do.
NTSTATUS ControlDevice::count_own_pins(ULONG* count) {
  PAGED_CODE();
  PWSTR links;
  NTSTATUS status = IoGetDeviceInterfaces(&KSCATEGORY_RENDER, nullptr, 0, &links);
  if (!NT_SUCCESS(status)) return status;
  UNICODE_STRING link;
  RtlInitUnicodeString(&link, links);
  if (link.Length == 0) {
    ExFreePool(links);
    return STATUS_NOT_FOUND;
  }
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &link, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, nullptr, nullptr);
  IO_STATUS_BLOCK io;
  HANDLE filter;
  status = ZwCreateFile(&filter, GENERIC_READ | GENERIC_WRITE, &attributes, &io, nullptr, 0, 0, FILE_OPEN,
                        FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
  ExFreePool(links);
  if (!NT_SUCCESS(status)) return status;
  KSP_PIN request = {};
  request.Property.Set = KSPROPSETID_Pin;
  request.Property.Id = KSPROPERTY_PIN_CTYPES;
  request.Property.Flags = KSPROPERTY_TYPE_GET;
  // The file is a synchronous one: when this has returned there is nothing left to wait for.
  status = ZwDeviceIoControlFile(filter, nullptr, nullptr, nullptr, &io, IOCTL_KS_PROPERTY, &request, sizeof(request),
                                 count, sizeof(*count));
  ZwClose(filter);
  return status;
}

#pragma code_seg()
