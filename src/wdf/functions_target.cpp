// I/O targets: WdfIoTarget*, synchronous control requests to a device by name or by object.

#include <optional>

#include "io/io.h"
#include "io/irp_build.h"
#include "io/text.h"
#include "kernel/api_scope.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "wdf/function_table.h"
#include "wdf/wdf.h"

namespace portside::wdf {

void IoTargetObject::close() {
  open = false;
  device = nullptr;
  auto& objects = current<kernel::Services>().objects();
  if (void* h = std::exchange(handle, nullptr)) (void)objects.close_handle(h, "WdfIoTargetClose");
  if (FILE_OBJECT* f = std::exchange(file, nullptr)) (void)objects.dereference(f, "WdfIoTargetClose");
}

void IoTargetObject::stop() { close(); }

namespace {

using kernel::ApiScope;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;
using Globals = PWDF_DRIVER_GLOBALS;

Wdf& wdf() { return current<Wdf>(); }
io::Io& io_layer() { return current<io::Io>(); }

NTSTATUS NTAPI impl_WdfIoTargetCreate(Globals globals, WDFDEVICE device, PWDF_OBJECT_ATTRIBUTES attributes,
                                      WDFIOTARGET* target) {
  ApiScope scope("WdfIoTargetCreate", kPassiveLevel, kDispatchLevel);
  auto& parent = wdf().get<DeviceObject>(device, "WdfIoTargetCreate");
  if (!target) return STATUS_INVALID_PARAMETER;
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "WdfIoTargetCreate")) return STATUS_INSUFFICIENT_RESOURCES;
  auto made = wdf().objects().insert(std::make_unique<IoTargetObject>(), wdf().binding(globals, "WdfIoTargetCreate"),
                                     attributes, &parent);
  *target = made ? reinterpret_cast<WDFIOTARGET>((*made)->handle()) : nullptr;
  return made ? STATUS_SUCCESS : made.error().nt();
}

NTSTATUS NTAPI impl_WdfIoTargetOpen(Globals, WDFIOTARGET target, PWDF_IO_TARGET_OPEN_PARAMS params) {
  ApiScope scope("WdfIoTargetOpen", kPassiveLevel, kPassiveLevel);
  auto& object = wdf().get<IoTargetObject>(target, "WdfIoTargetOpen");
  if (!params) return STATUS_INVALID_PARAMETER;
  if (params->Size < UFIELD_OFFSET(WDF_IO_TARGET_OPEN_PARAMS, FileName)) return STATUS_INFO_LENGTH_MISMATCH;
  if (object.open) return STATUS_INVALID_DEVICE_STATE;
  switch (params->Type) {
    case WdfIoTargetOpenUseExistingDevice:
      if (!io_layer().devices().is_live(params->TargetDeviceObject)) return STATUS_INVALID_PARAMETER;
      object.device = params->TargetDeviceObject;
      break;
    case WdfIoTargetOpenByName: {
      auto name = io_layer().names().resolve(io::copy_of(&params->TargetDeviceName));
      if (!name) return name.error().nt();
      io::FileSpec spec;
      spec.device = name->device;
      spec.name = std::as_bytes(std::span(name->rest));
      spec.access = params->DesiredAccess;
      spec.share = params->ShareAccess;
      auto file = io_layer().files().open(spec);
      if (!file) return file.error().nt();
      object.file = *file;
      auto handle = io_layer().files().open_handle(*file, params->DesiredAccess, KernelMode);
      if (handle) object.handle = *handle;
      object.device = io_layer().devices().top(name->device);
      break;
    }
    default: return STATUS_NOT_SUPPORTED;
  }
  object.open = true;
  return STATUS_SUCCESS;
}

VOID NTAPI impl_WdfIoTargetClose(Globals, WDFIOTARGET target) {
  ApiScope scope("WdfIoTargetClose", kPassiveLevel, kPassiveLevel);
  wdf().get<IoTargetObject>(target, "WdfIoTargetClose").close();
}

NTSTATUS NTAPI impl_WdfIoTargetStart(Globals, WDFIOTARGET target) {
  ApiScope scope("WdfIoTargetStart", kPassiveLevel, kDispatchLevel);
  auto& object = wdf().get<IoTargetObject>(target, "WdfIoTargetStart");
  if (!object.device) return STATUS_INVALID_DEVICE_STATE;
  object.open = true;
  return STATUS_SUCCESS;
}

VOID NTAPI impl_WdfIoTargetStop(Globals, WDFIOTARGET target, WDF_IO_TARGET_SENT_IO_ACTION) {
  ApiScope scope("WdfIoTargetStop", kPassiveLevel, kPassiveLevel);
  wdf().get<IoTargetObject>(target, "WdfIoTargetStop").open = false;
}

PDEVICE_OBJECT NTAPI impl_WdfIoTargetWdmGetTargetDeviceObject(Globals, WDFIOTARGET target) {
  ApiScope scope("WdfIoTargetWdmGetTargetDeviceObject", kPassiveLevel, kDispatchLevel);
  return wdf().get<IoTargetObject>(target, "WdfIoTargetWdmGetTargetDeviceObject").device;
}

// A buffer descriptor as pointer and length; false for a kind that is not offered.
bool resolve(const WDF_MEMORY_DESCRIPTOR* descriptor, void*& buffer, uint32_t& bytes) {
  buffer = nullptr;
  bytes = 0;
  if (!descriptor) return true;
  switch (descriptor->Type) {
    case WdfMemoryDescriptorTypeBuffer:
      buffer = descriptor->u.BufferType.Buffer;
      bytes = descriptor->u.BufferType.Length;
      return true;
    case WdfMemoryDescriptorTypeHandle: {
      auto& memory = wdf().get<MemoryObject>(descriptor->u.HandleType.Memory, "WdfIoTargetSendIoctlSynchronously");
      uint64_t offset = 0, length = memory.bytes;
      if (const WDFMEMORY_OFFSET* o = descriptor->u.HandleType.Offsets) {
        offset = o->BufferOffset;
        length = o->BufferLength ? o->BufferLength : memory.bytes - std::min<uint64_t>(offset, memory.bytes);
      }
      if (offset > memory.bytes || length > memory.bytes - offset || length > UINT32_MAX) return false;
      buffer = static_cast<std::byte*>(memory.buffer) + offset;
      bytes = static_cast<uint32_t>(length);
      return true;
    }
    default: return false;
  }
}

NTSTATUS NTAPI impl_WdfIoTargetSendIoctlSynchronously(Globals, WDFIOTARGET target, WDFREQUEST request, ULONG code,
                                                      PWDF_MEMORY_DESCRIPTOR in, PWDF_MEMORY_DESCRIPTOR out,
                                                      PWDF_REQUEST_SEND_OPTIONS options, PULONG_PTR returned) {
  ApiScope scope("WdfIoTargetSendIoctlSynchronously", kPassiveLevel, kPassiveLevel);
  auto& object = wdf().get<IoTargetObject>(target, "WdfIoTargetSendIoctlSynchronously");
  if (returned) *returned = 0;
  if (request) return STATUS_NOT_SUPPORTED;  // a request object of the driver's own
  if (options && options->Size != sizeof(WDF_REQUEST_SEND_OPTIONS)) return STATUS_INFO_LENGTH_MISMATCH;
  const bool ignore_state = options && (options->Flags & WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE);
  if (!object.device || (!object.open && !ignore_state)) return STATUS_INVALID_DEVICE_STATE;
  io::ControlIrp control;
  control.code = code;
  control.device = object.device;
  if (!resolve(in, control.in, control.in_bytes) || !resolve(out, control.out, control.out_bytes))
    return STATUS_NOT_SUPPORTED;
  auto& kernel = current<kernel::Kernel>();
  KEVENT done;
  IO_STATUS_BLOCK outcome{};
  kernel.dispatcher().initialize_event(&done, true, false);
  control.event = &done;
  control.status = &outcome;
  auto irp = io::build_device_control(io_layer(), control);
  if (!irp) return irp.error().nt();
  IoGetNextIrpStackLocation(*irp)->FileObject = object.file;
  std::optional<int64_t> timeout;
  if (options && (options->Flags & WDF_REQUEST_SEND_OPTION_TIMEOUT) && options->Timeout) timeout = options->Timeout;
  NTSTATUS status = io_layer().flow().call_driver(object.device, *irp);
  if (status == STATUS_PENDING) {
    if (kernel.wait(&done, timeout) == STATUS_TIMEOUT) {
      io_layer().flow().cancel(*irp);
      (void)kernel.wait(&done);
      if (outcome.Status == STATUS_CANCELLED) outcome.Status = STATUS_IO_TIMEOUT;
    }
    status = outcome.Status;
  }
  if (returned) *returned = outcome.Information;
  return status;
}

const TableSlot kSlots[] = {
    PORTSIDE_WDF_SLOT(WdfIoTargetCreate, PFN_WDFIOTARGETCREATE),
    PORTSIDE_WDF_SLOT(WdfIoTargetOpen, PFN_WDFIOTARGETOPEN),
    PORTSIDE_WDF_SLOT(WdfIoTargetClose, PFN_WDFIOTARGETCLOSE),
    PORTSIDE_WDF_SLOT(WdfIoTargetStart, PFN_WDFIOTARGETSTART),
    PORTSIDE_WDF_SLOT(WdfIoTargetStop, PFN_WDFIOTARGETSTOP),
    PORTSIDE_WDF_SLOT(WdfIoTargetWdmGetTargetDeviceObject, PFN_WDFIOTARGETWDMGETTARGETDEVICEOBJECT),
    PORTSIDE_WDF_SLOT(WdfIoTargetSendIoctlSynchronously, PFN_WDFIOTARGETSENDIOCTLSYNCHRONOUSLY),
};

}  // namespace

std::span<const TableSlot> target_functions() { return kSlots; }

}  // namespace portside::wdf
