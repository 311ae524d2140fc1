#include "io/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/io.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/work_queue.h"

namespace portside::io {

namespace {

constexpr uint32_t kFileTag = 'eliF';
constexpr uint32_t kNameTag = 'mNoI';

void* allocate(uint64_t bytes, uint32_t tag) {
  kernel::PoolRequest request;
  request.bytes = bytes;
  request.tag = tag;
  request.owner = kernel::PoolOwner::kRuntime;
  request.api = "IoCreateFile";
  auto block = current<kernel::Services>().pool().allocate(request);
  return block ? *block : nullptr;
}

void release(void* block, uint32_t tag) {
  if (block) (void)current<kernel::Services>().pool().free(block, tag, "NtClose");
}

}  // namespace

FileTable::FileTable(Io& io) : io_(io) {}
FileTable::~FileTable() = default;

Result<FILE_OBJECT*> FileTable::open(const FileSpec& spec) {
  DEVICE_OBJECT* device = spec.device;
  auto record = io_.devices().find(device);
  DEVICE_OBJECT* top = io_.devices().top(device);
  if (!record || record->deleted || (top->Flags & DO_DEVICE_INITIALIZING))
    return fail(StatusCode::kNoSuchDevice, "the device is initialising, or gone");
  // While a stop is pending a driver holds new opens (IRP_MN_QUERY_STOP_DEVICE); while a removal is, nobody may open.
  if (DeviceNode* node = io_.pnp().find_by_stack(device);
      node && node->state != PnpState::kStarted && node->state != PnpState::kStopPending)
    return fail(StatusCode::kNoSuchDevice, fmt::format("the device is not started ({})", name_of(node->state)));
  if ((device->Flags & DO_EXCLUSIVE) && record->open_files)
    return fail(StatusCode::kAccessDenied, "the device is exclusive, and open");
  if (spec.name.size() > UNICODE_STRING_MAX_BYTES || spec.name.size() % sizeof(WCHAR))
    return fail(StatusCode::kObjectNameInvalid, fmt::format("a name of {} bytes", spec.name.size()));

  auto* file = static_cast<FILE_OBJECT*>(allocate(sizeof(FILE_OBJECT), kFileTag));
  void* name = spec.name.empty() ? nullptr : allocate(spec.name.size(), kNameTag);
  if (!file || (!spec.name.empty() && !name)) {
    release(file, kFileTag);
    release(name, kNameTag);
    return fail(StatusCode::kInsufficientResources, "no memory for a file object");
  }
  if (name) std::memcpy(name, spec.name.data(), spec.name.size());
  auto& kernel = current<kernel::Kernel>();
  file->Type = IO_TYPE_FILE;
  file->Size = sizeof(FILE_OBJECT);
  file->DeviceObject = device;
  file->RelatedFileObject = spec.related;
  file->ReadAccess = (spec.access & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL)) != 0;
  file->WriteAccess = (spec.access & (FILE_WRITE_DATA | GENERIC_WRITE | GENERIC_ALL)) != 0;
  file->SharedRead = (spec.share & FILE_SHARE_READ) != 0;
  file->SharedWrite = (spec.share & FILE_SHARE_WRITE) != 0;
  file->FileName.Buffer = static_cast<PWCH>(name);
  file->FileName.Length = file->FileName.MaximumLength = static_cast<USHORT>(spec.name.size());
  kernel.dispatcher().initialize_event(&file->Lock, false, true);
  kernel.dispatcher().initialize_event(&file->Event, true, false);

  auto& objects = current<kernel::Services>().objects();
  if (spec.related) {
    if (auto held = objects.reference(spec.related, "IoCreateFile"); !held) {
      release(file, kFileTag);
      release(name, kNameTag);
      return fail(held.error());
    }
  }
  FileRecord entry;
  entry.object = file;
  entry.device = device;
  entry.related = spec.related;
  entry.access = spec.access;
  entry.mode = spec.mode;
  {
    MutexLock lock(mutex_);
    entry.serial = next_serial_++;
    records_.insert_or_assign(file, entry);
  }
  io_.devices().add_open_file(device);
  TRY(objects.insert({.type = &kernel::object_types::kFile,
                      .body = file,
                      .name = {},
                      .on_delete = &FileTable::on_delete,
                      .on_last_handle_closed = &FileTable::on_last_handle_closed}));

  // IRP_MJ_CREATE, Parameters.Create.SecurityContext. The access state of Windows' security is not simulated: everything
  // that was asked for is granted.
  ACCESS_STATE access_state{};
  IO_SECURITY_CONTEXT security{};
  access_state.OriginalDesiredAccess = access_state.PreviouslyGrantedAccess = spec.access;
  security.AccessState = &access_state;
  security.DesiredAccess = spec.access;
  const kernel::Refusals::Watch watch(current<kernel::Services>().refusals());
  NTSTATUS status = send(file, entry, IRP_MJ_CREATE, &security, spec.share);
  io_.observers().notify(
      &IoObserver::on_file_opened,
      FileEvent{file, device, {reinterpret_cast<const char16_t*>(name), spec.name.size() / sizeof(char16_t)}, status});
  if (!NT_SUCCESS(status)) {
    (void)objects.dereference(file, "IoCreateFile");
    return fail(Status::from_nt(status, watch.sentence("IRP_MJ_CREATE")));
  }
  MutexLock lock(mutex_);
  records_[file].opened = true;
  return file;
}

NTSTATUS FileTable::send(FILE_OBJECT* file, const FileRecord& record, uint8_t major, IO_SECURITY_CONTEXT* security,
                         uint32_t share) {
  DEVICE_OBJECT* top = io_.devices().top(record.device);
  if (!top) return STATUS_NO_SUCH_DEVICE;
  auto irp = io_.irps().allocate(top->StackSize, IrpOrigin::kManager);
  if (!irp) return irp.error().nt();
  (*irp)->RequestorMode = record.mode;
  (*irp)->Tail.Overlay.OriginalFileObject = file;
  (*irp)->Tail.Overlay.Thread = reinterpret_cast<PETHREAD>(current<kernel::Kernel>().current_thread());
  IO_STACK_LOCATION* location = (*irp)->Tail.Overlay.CurrentStackLocation - 1;
  location->MajorFunction = major;
  location->FileObject = file;
  if (major == IRP_MJ_CREATE) {
    (*irp)->Flags = IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API;
    location->Parameters.Create.SecurityContext = security;
    location->Parameters.Create.Options = FILE_OPEN << 24;
    location->Parameters.Create.ShareAccess = static_cast<USHORT>(share);
  } else {
    (*irp)->Flags = IRP_CLOSE_OPERATION | IRP_SYNCHRONOUS_API;
  }
  return io_.flow().send_and_wait(top, *irp);
}

Result<void*> FileTable::open_handle(FILE_OBJECT* file, uint32_t access, KPROCESSOR_MODE mode) {
  return current<kernel::Services>().objects().open_handle(
      file, access, mode == UserMode ? kernel::HandleKind::kUser : kernel::HandleKind::kKernel, "NtCreateFile");
}

void FileTable::on_last_handle_closed(void* body) {
  if (Io* io = Io::find()) io->files().clean_up(static_cast<FILE_OBJECT*>(body));
}

void FileTable::clean_up(FILE_OBJECT* file) {
  FileRecord record;
  {
    MutexLock lock(mutex_);
    auto it = records_.find(file);
    if (it == records_.end() || !it->second.opened || it->second.cleaned_up) return;
    it->second.cleaned_up = true;
    record = it->second;
  }
  file->Flags |= FO_HANDLE_CREATED | FO_CLEANUP_COMPLETE;
  (void)send(file, record, IRP_MJ_CLEANUP, nullptr, 0);
}

void FileTable::on_delete(void* body) {
  if (!Io::find()) return;
  // ObDereferenceObject may be called at DISPATCH_LEVEL; IRP_MJ_CLOSE is sent at PASSIVE_LEVEL.
  auto& kernel = current<kernel::Kernel>();
  auto finish = [](void* file) {
    if (Io* io = Io::find()) io->files().finish(static_cast<FILE_OBJECT*>(file));
  };
  if (kernel.current_irql() == kernel::kPassiveLevel) {
    finish(body);
  } else {
    kernel.work_queue().queue({.routine = finish, .context = body, .item = nullptr, .api = "ObDereferenceObject"});
  }
}

void FileTable::finish(FILE_OBJECT* file) {
  FileRecord record;
  {
    MutexLock lock(mutex_);
    auto it = records_.find(file);
    if (it == records_.end()) return;
    record = it->second;
  }
  NTSTATUS status = STATUS_SUCCESS;
  if (record.opened) {
    status = send(file, record, IRP_MJ_CLOSE, nullptr, 0);
    io_.observers().notify(&IoObserver::on_file_closed, FileEvent{file, record.device, {}, status});
  }
  {
    MutexLock lock(mutex_);
    records_.erase(file);
  }
  release(file->FileName.Buffer, kNameTag);
  release(file, kFileTag);
  if (record.related) (void)current<kernel::Services>().objects().dereference(record.related, "NtClose");
  io_.devices().remove_open_file(record.device);
}

Result<> FileTable::reference(FILE_OBJECT* file) {
  return current<kernel::Services>().objects().reference(file, "ObReferenceObject");
}

Result<> FileTable::dereference(FILE_OBJECT* file) {
  TRY(current<kernel::Services>().objects().dereference(file, "ObDereferenceObject"));
  return {};
}

std::optional<FileRecord> FileTable::find(const FILE_OBJECT* file) {
  MutexLock lock(mutex_);
  auto it = records_.find(file);
  return it == records_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<FILE_OBJECT*> FileTable::open_on(const DEVICE_OBJECT* device) {
  std::vector<std::pair<uint64_t, FILE_OBJECT*>> found;
  {
    MutexLock lock(mutex_);
    for (const auto& [object, record] : records_)
      if (!device || record.device == device) found.emplace_back(record.serial, record.object);
  }
  std::ranges::sort(found);
  std::vector<FILE_OBJECT*> files;
  for (const auto& [serial, object] : found) files.push_back(object);
  return files;
}

}  // namespace portside::io
