// A device's open file behind a handle: control requests, reads and writes (wdm: ZwDeviceIoControlFile), as drivers send them to
// their own filter or to a neighbour's; and the object namespace's symbolic links and directories.

#include <cstring>
#include <memory>

#include "exports/io_object.h"
#include "exports/zw_device.h"
#include "io/irp_build.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"

using namespace portside;
using namespace portside::exports;
namespace object_types = portside::kernel::object_types;

namespace {

// One request on its way: what must live until the driver has completed it.
struct OnItsWay {
  KEVENT done;
  IO_STATUS_BLOCK status{};
  FILE_OBJECT* file = nullptr;
  KEVENT* event = nullptr;  // the caller's, referenced
};

void end(OnItsWay& request, PIO_STATUS_BLOCK io_status, const char* api) {
  *io_status = request.status;
  if (request.event) {
    current<kernel::Kernel>().dispatcher().set_event(request.event, api);
    (void)services().objects().dereference(request.event, api);
  }
  (void)services().objects().dereference(request.file, api);
}

// `make` gives the IRP for the device at the top of the file's stack, with the request's event and status block.
template <class Make>
NTSTATUS send(const char* api, HANDLE handle, HANDLE event, PIO_APC_ROUTINE apc, PIO_STATUS_BLOCK io_status,
              Make make) {
  if (!io_status) return STATUS_INVALID_PARAMETER;
  if (apc) return STATUS_NOT_SUPPORTED;  // no APC is ever delivered here
  auto& objects = services().objects();
  auto body = objects.reference_by_handle(handle, &object_types::kFile, api);
  if (!body) return body.error().nt();
  auto request = std::make_unique<OnItsWay>();
  request->file = static_cast<FILE_OBJECT*>(*body);
  auto record = io_layer().files().find(request->file);
  if (!record) {
    (void)objects.dereference(*body, api);
    return STATUS_INVALID_DEVICE_REQUEST;  // a file of C: takes no control request
  }
  if (event) {
    auto found = objects.reference_by_handle(event, &object_types::kEvent, api);
    if (!found) {
      (void)objects.dereference(*body, api);
      return found.error().nt();
    }
    request->event = static_cast<KEVENT*>(*found);
    current<kernel::Kernel>().dispatcher().reset_event(request->event);
  }
  auto& machine = current<kernel::Kernel>();
  machine.dispatcher().initialize_event(&request->done, true, false);
  DEVICE_OBJECT* top = io_layer().devices().top(record->device);
  Result<IRP*> irp = make(top, *request);
  if (!irp) {
    request->status.Status = irp.error().nt();
    if (request->event) (void)objects.dereference(request->event, api);
    (void)objects.dereference(request->file, api);
    return request->status.Status;
  }
  IoGetNextIrpStackLocation(*irp)->FileObject = request->file;
  const NTSTATUS status = io_layer().flow().call_driver(top, *irp);
  // Refused at once with an error: nothing is completed to the caller's block and event (ZwDeviceIoControlFile, Remarks).
  if (status != STATUS_PENDING) {
    end(*request, io_status, api);
    return status;
  }
  if (event) {
    // The caller waits for its event: somebody of ours sees to the end of the request.
    OnItsWay* pending = request.release();
    machine.start_thread("request", [pending, io_status, api] {
      std::unique_ptr<OnItsWay> owned(pending);
      (void)current<kernel::Kernel>().wait(&owned->done);
      end(*owned, io_status, api);
    });
    return STATUS_PENDING;
  }
  (void)machine.wait(&request->done);
  end(*request, io_status, api);
  return io_status->Status;
}

}  // namespace

namespace portside::exports {

NTSTATUS transfer_with_device(const char* api, HANDLE handle, HANDLE event, PIO_APC_ROUTINE apc,
                              PIO_STATUS_BLOCK io_status, PVOID buffer, ULONG bytes, PLARGE_INTEGER offset,
                              bool writing) {
  return send(api, handle, event, apc, io_status, [&](DEVICE_OBJECT* top, OnItsWay& request) {
    io::FsdIrp spec;
    spec.major = writing ? IRP_MJ_WRITE : IRP_MJ_READ;
    spec.device = top;
    spec.buffer = buffer;
    spec.bytes = bytes;
    spec.offset = offset;
    spec.event = &request.done;
    spec.status = &request.status;
    return io::build_fsd_request(io_layer(), spec);
  });
}

}  // namespace portside::exports

extern "C" {

NTSTATUS NTAPI ZwDeviceIoControlFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                                     PIO_STATUS_BLOCK IoStatusBlock, ULONG IoControlCode, PVOID InputBuffer,
                                     ULONG InputBufferLength, PVOID OutputBuffer, ULONG OutputBufferLength) {
  constexpr const char* kApi = "ZwDeviceIoControlFile";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kFile, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  return send(kApi, FileHandle, Event, ApcRoutine, IoStatusBlock, [&](DEVICE_OBJECT* top, OnItsWay& request) {
    io::ControlIrp spec;
    spec.code = IoControlCode;
    spec.device = top;
    spec.in = InputBuffer;
    spec.in_bytes = InputBufferLength;
    spec.out = OutputBuffer;
    spec.out_bytes = OutputBufferLength;
    spec.event = &request.done;
    spec.status = &request.status;
    return io::build_device_control(io_layer(), spec);
  });
}

// A handle to a link is a handle to its name: the target is looked up when it is asked for.
NTSTATUS NTAPI ZwOpenSymbolicLinkObject(PHANDLE LinkHandle, ACCESS_MASK DesiredAccess,
                                        POBJECT_ATTRIBUTES ObjectAttributes) {
  constexpr const char* kApi = "ZwOpenSymbolicLinkObject";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (!LinkHandle || !ObjectAttributes) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kObject, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  auto name = std::make_unique<std::u16string>(copy_of(ObjectAttributes->ObjectName));
  auto& objects = services().objects();
  if (objects.resolve(*name) == *name) return STATUS_OBJECT_NAME_NOT_FOUND;
  void* body = name.get();
  auto inserted = objects.insert({.type = &object_types::kSymbolicLink, .body = body, .on_delete = [](void* gone) {
                                    delete static_cast<std::u16string*>(gone);
                                  }});
  if (!inserted) return inserted.error().nt();
  (void)name.release();
  auto handle = objects.open_handle(body, DesiredAccess, handle_kind(ObjectAttributes->Attributes, kApi), kApi);
  (void)objects.dereference(body, kApi);
  if (!handle) return handle.error().nt();
  *LinkHandle = *handle;
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI ZwQuerySymbolicLinkObject(HANDLE LinkHandle, PUNICODE_STRING LinkTarget, PULONG ReturnedLength) {
  constexpr const char* kApi = "ZwQuerySymbolicLinkObject";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  auto& objects = services().objects();
  auto body = objects.reference_by_handle(LinkHandle, &object_types::kSymbolicLink, kApi);
  if (!body) return body.error().nt();
  const std::u16string target = objects.resolve(*static_cast<std::u16string*>(*body));
  (void)objects.dereference(*body, kApi);
  const auto bytes = static_cast<ULONG>(target.size() * sizeof(WCHAR));
  if (ReturnedLength) *ReturnedLength = bytes;
  if (LinkTarget->MaximumLength < bytes) return STATUS_BUFFER_TOO_SMALL;
  std::memcpy(LinkTarget->Buffer, target.data(), bytes);
  LinkTarget->Length = static_cast<USHORT>(bytes);
  return STATUS_SUCCESS;
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kZwDeviceRows[] = {
    EXPORT_PARTIAL(NtosKrnl, ZwDeviceIoControlFile, "no APC is called; a request without an event is waited for"),
    EXPORT(NtosKrnl, ZwOpenSymbolicLinkObject),
    EXPORT(NtosKrnl, ZwQuerySymbolicLinkObject),
};
}  // namespace
const ExportSet kZwDeviceExports{kZwDeviceRows};
}  // namespace portside::exports
