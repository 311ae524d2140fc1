// Files of the private drive C: behind handles, over kernel/file_system.h; and opening a device by its name, over io.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

#include "base/printable.h"
#include "exports/drive_file.h"
#include "exports/zw_device.h"
#include "io/io.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/unicode.h"

using namespace portside;
using namespace portside::exports;
namespace object_types = portside::kernel::object_types;
using kernel::FileDisposition;
using kernel::FileFacts;
using kernel::FileOpen;
using kernel::HostFile;

namespace {

NTSTATUS check(const Creation& how) {
  // ZwCreateFile, CreateOptions: what excludes and what requires what.
  if (how.disposition > FILE_MAXIMUM_DISPOSITION) return STATUS_INVALID_PARAMETER;
  const ULONG synchronous = how.options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT);
  if (synchronous == (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) return STATUS_INVALID_PARAMETER;
  // "The SYNCHRONIZE flag must be set in the DesiredAccess parameter", says the page of both; callers in the kernel are not held to
  // it: public drivers make their folders with an access of 0 and go on only when that succeeds.
  if (how.options & FILE_DELETE_ON_CLOSE && !(how.access & (DELETE | GENERIC_ALL))) return STATUS_INVALID_PARAMETER;
  if ((how.options & FILE_DIRECTORY_FILE) && (how.options & FILE_NON_DIRECTORY_FILE)) return STATUS_INVALID_PARAMETER;
  return STATUS_SUCCESS;
}

FileOpen file_open(const Creation& how) {
  FileOpen open;
  open.disposition = static_cast<FileDisposition>(how.disposition);
  open.must_be_directory = how.options & FILE_DIRECTORY_FILE;
  open.must_not_be_directory = how.options & FILE_NON_DIRECTORY_FILE;
  open.read = how.access & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL | MAXIMUM_ALLOWED);
  open.write = how.access & (FILE_WRITE_DATA | GENERIC_WRITE | GENERIC_ALL | MAXIMUM_ALLOWED);
  open.append = how.access & FILE_APPEND_DATA;
  open.delete_on_close = how.options & FILE_DELETE_ON_CLOSE;
  return open;
}

NTSTATUS open_on_drive(const char* api, PHANDLE handle, const Creation& how, ULONG attributes, HostFile* folder,
                       const std::u16string& name, PIO_STATUS_BLOCK io_status) {
  auto& files = services().files();
  auto opened = folder ? files.open_below(*folder, name, file_open(how)) : files.open(name, file_open(how));
  if (!opened) return opened.error().nt();
  auto drive_file = std::make_unique<DriveFile>();
  drive_file->file = std::move(opened->file);
  drive_file->name = drive_file->file->name();
  FILE_OBJECT& object = drive_file->object;
  object.Type = 5;  // IO_TYPE_FILE
  object.Size = sizeof(FILE_OBJECT);
  object.ReadAccess = (how.access & (FILE_READ_DATA | GENERIC_READ)) != 0;
  object.WriteAccess = (how.access & (FILE_WRITE_DATA | GENERIC_WRITE)) != 0;
  if (how.options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) object.Flags |= FO_SYNCHRONOUS_IO;
  const auto name_bytes = static_cast<USHORT>(drive_file->name.size() * sizeof(WCHAR));
  object.FileName = {name_bytes, name_bytes, drive_file->name.data()};
  current<kernel::Kernel>().dispatcher().initialize_event(&object.Event, true, false);

  auto& objects = services().objects();
  kernel::NewObject entry;
  entry.type = &object_types::kFile;
  entry.body = drive_file.get();
  entry.on_delete = [](void* gone) { delete static_cast<DriveFile*>(gone); };
  if (auto inserted = objects.insert(std::move(entry)); !inserted) return inserted.error().nt();
  void* body = drive_file.release();
  auto value = objects.open_handle(body, how.access, handle_kind(attributes, api), api);
  (void)objects.dereference(body, api);
  if (!value) return value.error().nt();
  *handle = *value;
  io_status->Information = static_cast<ULONG_PTR>(opened->action);
  return STATUS_SUCCESS;
}

NTSTATUS open_file(io::Io& io, PHANDLE handle, const Creation& how, io::FileSpec& spec, PIO_STATUS_BLOCK io_status) {
  spec.access = how.access;
  spec.share = how.share;
  auto file = io.files().open(spec);
  if (!file) return file.error().nt();
  auto value = io.files().open_handle(*file, how.access, KernelMode);
  (void)services().objects().dereference(*file, "ZwCreateFile");
  if (!value) return value.error().nt();
  *handle = *value;
  io_status->Information = FILE_OPENED;
  return STATUS_SUCCESS;
}

// A name below an open file of a device: a pin of a filter, for instance. The name may hold binary parts.
NTSTATUS open_below_device(PHANDLE handle, const Creation& how, HANDLE root, std::u16string_view name,
                           PIO_STATUS_BLOCK io_status) {
  io::Io* io = MachineContext::current()->find<io::Io>();
  auto body = services().objects().reference_by_handle(root, &object_types::kFile, "ZwCreateFile");
  if (!body) return body.error().nt();
  kernel::ObjectReference held(services().objects(), *body);
  auto parent = io ? io->files().find(static_cast<FILE_OBJECT*>(*body)) : std::nullopt;
  if (!parent) return STATUS_OBJECT_PATH_SYNTAX_BAD;
  io::FileSpec spec;
  spec.device = parent->device;
  spec.name = std::as_bytes(std::span(name));
  spec.related = parent->object;
  return open_file(*io, handle, how, spec, io_status);
}

NTSTATUS open_device(PHANDLE handle, const Creation& how, const std::u16string& name, PIO_STATUS_BLOCK io_status) {
  io::Io* io = MachineContext::current()->find<io::Io>();
  if (!io) return STATUS_OBJECT_NAME_NOT_FOUND;
  auto resolved = io->names().resolve(name);
  if (!resolved) return resolved.error().nt();
  io::FileSpec spec;
  spec.device = resolved->device;
  spec.name = std::as_bytes(std::span(resolved->rest));
  return open_file(*io, handle, how, spec, io_status);
}

}  // namespace

NTSTATUS portside::exports::create_file(const char* api, PHANDLE handle, POBJECT_ATTRIBUTES attributes,
                                        PIO_STATUS_BLOCK io_status, const Creation& how) {
  ApiScope scope(api, kPassiveLevel, kPassiveLevel);
  if (!attributes || attributes->Length != sizeof(OBJECT_ATTRIBUTES)) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kFile, api)) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = name_of(attributes->ObjectName, api);
  const HANDLE root = attributes->RootDirectory;
  NTSTATUS status = check(how);
  if (NT_SUCCESS(status)) {
    if (root) {
      auto folder = OpenDriveFile::of_handle(root, api);
      if (folder) status = open_on_drive(api, handle, how, attributes->Attributes, &folder->file(), name, io_status);
      else if (folder.error() == StatusCode::kInvalidDeviceRequest)
        status = open_below_device(handle, how, root, name, io_status);
      else status = folder.error().nt();
    } else if (name.empty()) {
      status = STATUS_OBJECT_PATH_SYNTAX_BAD;
    } else {
      const std::u16string resolved = name.starts_with(u'\\') ? services().objects().resolve(name) : name;
      status = kernel::FileSystem::is_on_drive(resolved) || !name.starts_with(u'\\')
                   ? open_on_drive(api, handle, how, attributes->Attributes, nullptr, resolved, io_status)
                   : open_device(handle, how, name, io_status);
    }
  }
  if (NT_SUCCESS(status)) {
    io_status->Status = status;
  } else {
    services().refusals().note(
        fmt::format("{} of \"{}\": {}", api, printable(kernel::to_utf8(name)), Status::from_nt(status).to_string()));
    // IoStatusBlock says also when the disposition was what failed.
    io_status->Status = status;
    io_status->Information = status == STATUS_OBJECT_NAME_COLLISION   ? FILE_EXISTS
                             : status == STATUS_OBJECT_NAME_NOT_FOUND ? FILE_DOES_NOT_EXIST
                                                                      : 0;
  }
  return status;
}

namespace {

// Where a transfer begins: nothing is "at the current position", which only synchronous files have.
Result<std::optional<uint64_t>> start_of(const OpenDriveFile& open, PLARGE_INTEGER offset, bool writing) {
  if (offset && offset->HighPart == -1 && offset->LowPart == FILE_USE_FILE_POINTER_POSITION) offset = nullptr;
  if (!offset) {
    if (!open.synchronous()) return fail(StatusCode::kInvalidParameter, "a file without a position needs a ByteOffset");
    return std::optional<uint64_t>();
  }
  if (writing && offset->HighPart == -1 && offset->LowPart == FILE_WRITE_TO_END_OF_FILE) {
    TRY_ASSIGN(FileFacts facts, open.file().facts());
    return std::optional<uint64_t>(facts.bytes);
  }
  if (offset->QuadPart < 0) return fail(StatusCode::kInvalidParameter, "a negative ByteOffset");
  return std::optional<uint64_t>(static_cast<uint64_t>(offset->QuadPart));
}

// Ends a request that is carried out at once: the status block, the event, the file object's event.
}  // namespace

NTSTATUS portside::exports::finish(NTSTATUS status, uint64_t bytes, PIO_STATUS_BLOCK io_status, HANDLE event,
                                   const char* api) {
  io_status->Status = status;
  io_status->Information = bytes;
  if (event) {
    auto body = services().objects().reference_by_handle(event, &object_types::kEvent, api);
    if (body) {
      current<kernel::Kernel>().dispatcher().set_event(static_cast<PKEVENT>(*body), api);
      (void)services().objects().dereference(*body, api);
    }
  }
  return status;
}

namespace {

NTSTATUS transfer(const char* api, HANDLE handle, HANDLE event, PIO_STATUS_BLOCK io_status, PVOID buffer, ULONG length,
                  PLARGE_INTEGER offset, bool writing) {
  ApiScope scope(api, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kFile, api)) return STATUS_INSUFFICIENT_RESOURCES;
  auto open = OpenDriveFile::of_handle(handle, api);
  if (!open && open.error() == StatusCode::kInvalidDeviceRequest)
    return transfer_with_device(api, handle, event, nullptr, io_status, buffer, length, offset, writing);
  if (!open) return open.error().nt();
  auto start = start_of(*open, offset, writing);
  if (!start) return start.error().nt();
  auto* bytes = static_cast<std::byte*>(buffer);
  auto done = writing ? open->file().write({bytes, length}, *start) : open->file().read({bytes, length}, *start);
  if (!done && done.error() == StatusCode::kAccessViolation) return STATUS_ACCESS_VIOLATION;
  if (!done && !(done.error() == StatusCode::kEndOfFile)) return done.error().nt();
  return finish(status_of(done), done.value_or(0), io_status, event, api);
}

}  // namespace

extern "C" {

NTSTATUS NTAPI ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                            PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER AllocationSize, ULONG FileAttributes,
                            ULONG ShareAccess, ULONG CreateDisposition, ULONG CreateOptions, PVOID EaBuffer,
                            ULONG EaLength) {
  return create_file("ZwCreateFile", FileHandle, ObjectAttributes, IoStatusBlock,
                     {DesiredAccess, ShareAccess, CreateDisposition, CreateOptions});
}
NTSTATUS NTAPI ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                          PIO_STATUS_BLOCK IoStatusBlock, ULONG ShareAccess, ULONG OpenOptions) {
  return create_file("ZwOpenFile", FileHandle, ObjectAttributes, IoStatusBlock,
                     {DesiredAccess, ShareAccess, FILE_OPEN, OpenOptions});
}
NTSTATUS NTAPI ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                          PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
                          PULONG Key) {
  return transfer("ZwReadFile", FileHandle, Event, IoStatusBlock, Buffer, Length, ByteOffset, false);
}
NTSTATUS NTAPI ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine, PVOID ApcContext,
                           PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer, ULONG Length, PLARGE_INTEGER ByteOffset,
                           PULONG Key) {
  return transfer("ZwWriteFile", FileHandle, Event, IoStatusBlock, Buffer, Length, ByteOffset, true);
}
NTSTATUS NTAPI ZwFlushBuffersFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock) {
  constexpr const char* kApi = "ZwFlushBuffersFile";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kFile, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  auto open = OpenDriveFile::of_handle(FileHandle, kApi);
  if (!open) return open.error().nt();
  return finish(status_of(open->file().flush()), 0, IoStatusBlock, nullptr, kApi);
}
NTSTATUS NTAPI ZwDeleteFile(POBJECT_ATTRIBUTES ObjectAttributes) {
  constexpr const char* kApi = "ZwDeleteFile";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  HANDLE handle = nullptr;
  IO_STATUS_BLOCK io_status{};
  const NTSTATUS status = create_file(kApi, &handle, ObjectAttributes, &io_status,
                                      {DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN, 0});
  if (!NT_SUCCESS(status)) return status;
  auto open = OpenDriveFile::of_handle(handle, kApi);
  const NTSTATUS deleted = open ? status_of(open->file().set_delete_pending(true)) : open.error().nt();
  (void)services().objects().close_handle(handle, kApi);
  return deleted;
}
}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kDriveOnly[] = "files of C: alone, not devices; no APC is called";
const Export kZwFileRows[] = {
    EXPORT_PARTIAL(NtosKrnl, ZwCreateFile, "sharing, attributes, allocation size and extended attributes are not kept"),
    EXPORT_PARTIAL(NtosKrnl, ZwOpenFile, "sharing is not kept"),
    EXPORT_PARTIAL(NtosKrnl, ZwReadFile, kDriveOnly),
    EXPORT_PARTIAL(NtosKrnl, ZwWriteFile, kDriveOnly),
    EXPORT_PARTIAL(NtosKrnl, ZwFlushBuffersFile, "files of C: alone"),
    EXPORT(NtosKrnl, ZwDeleteFile),
};
}  // namespace
const ExportSet kZwFileExports{kZwFileRows};
}  // namespace portside::exports
