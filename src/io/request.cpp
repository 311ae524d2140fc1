#include "io/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "io/io.h"
#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "memory/memory.h"

namespace portside::io {

namespace {

void* handle_of(FileHandle file) { return reinterpret_cast<void*>(file.value); }

// The relevant fields of an I/O control code ("Defining I/O Control Codes").
uint32_t method_of(uint32_t code) { return code & 3; }
uint32_t access_of(uint32_t code) { return (code >> 14) & 3; }

}  // namespace

// One request on its way. The driver's side of it is the IRP.
struct Requests::Pending {
  FILE_OBJECT* file = nullptr;  // referenced
  IRP* irp = nullptr;
  IrpRecord* record = nullptr;
  KEVENT done{};
  IO_STATUS_BLOCK outcome{};
  bool abandoned = false;  // never completed by a driver that says it is done
};

struct Requests::Impl {
  Mutex mutex;
  std::vector<FileHandle> open GUARDED_BY(mutex);  // in order of opening
  std::map<uint64_t, std::unique_ptr<Pending>> pending GUARDED_BY(mutex);
  uint64_t next_pending GUARDED_BY(mutex) = 1;
};

Requests::Requests(Io& io) : impl_(std::make_unique<Impl>()), io_(io) {}
Requests::~Requests() = default;

Result<FileHandle> Requests::open_file(const FileSpec& spec, uint32_t access) {
  TRY_ASSIGN(FILE_OBJECT * file, io_.files().open(spec));
  auto& objects = current<kernel::Services>().objects();
  auto handle = io_.files().open_handle(file, access, spec.mode);
  (void)objects.dereference(file, "NtCreateFile");
  if (!handle) return fail(handle.error());
  FileHandle opened{reinterpret_cast<uint64_t>(*handle)};
  MutexLock lock(impl_->mutex);
  impl_->open.push_back(opened);
  return opened;
}

Result<FileHandle> Requests::open(std::u16string_view path, const OpenOptions& options) {
  if (options.mode == UserMode) TRY(io_.power().hold_application());
  TRY_ASSIGN(ResolvedName name, io_.names().resolve(path));
  FileSpec spec;
  spec.device = name.device;
  spec.name = std::as_bytes(std::span(name.rest));
  spec.access = options.access;
  spec.share = options.share;
  spec.mode = options.mode;
  return open_file(spec, options.access);
}

Result<FileHandle> Requests::open_relative(FileHandle parent, std::span<const std::byte> name,
                                           const OpenOptions& options) {
  if (options.mode == UserMode) TRY(io_.power().hold_application());
  auto& objects = current<kernel::Services>().objects();
  TRY_ASSIGN(void* body, objects.reference_by_handle(handle_of(parent), &kernel::object_types::kFile, "NtCreateFile"));
  kernel::ObjectReference held(objects, body);
  auto record = io_.files().find(static_cast<FILE_OBJECT*>(body));
  if (!record) return fail(StatusCode::kInvalidHandle, "the parent is no device's file");
  FileSpec spec;
  spec.device = record->device;
  spec.name = name;
  spec.related = record->object;
  spec.access = options.access;
  spec.share = options.share;
  spec.mode = options.mode;
  return open_file(spec, options.access);
}

Result<> Requests::send(Pending& pending, FileHandle handle, uint8_t major, uint32_t code,
                        std::span<const std::byte> in, std::span<std::byte> out, uint64_t offset,
                        const ControlOptions& options) {
  if (options.mode == UserMode) TRY(io_.power().hold_application());
  auto& objects = current<kernel::Services>().objects();
  auto& kernel = current<kernel::Kernel>();
  if (in.size() > UINT32_MAX || out.size() > UINT32_MAX)
    return fail(StatusCode::kInvalidParameter, "a buffer of 4 GiB or more");
  TRY_ASSIGN(void* body,
             objects.reference_by_handle(handle_of(handle), &kernel::object_types::kFile, "NtDeviceIoControlFile"));
  kernel::ObjectReference held(objects, body);
  auto* file = static_cast<FILE_OBJECT*>(body);
  auto record = io_.files().find(file);
  DEVICE_OBJECT* top = record ? io_.devices().top(record->device) : nullptr;
  if (!top) return fail(StatusCode::kInvalidHandle, "no device's file");
  const bool control = major == IRP_MJ_DEVICE_CONTROL || major == IRP_MJ_INTERNAL_DEVICE_CONTROL;
  if (control && options.mode == UserMode &&
      (((access_of(code) & FILE_READ_ACCESS) && !file->ReadAccess) ||
       ((access_of(code) & FILE_WRITE_ACCESS) && !file->WriteAccess)))
    return fail(StatusCode::kAccessDenied,
                fmt::format("the file is not open for what control code 0x{:08x} needs", code));

  TRY_ASSIGN(IRP * irp, io_.irps().allocate(top->StackSize, IrpOrigin::kManager));
  irp->RequestorMode = options.mode;
  irp->Tail.Overlay.OriginalFileObject = file;
  irp->Tail.Overlay.Thread = reinterpret_cast<PETHREAD>(kernel.current_thread());
  irp->UserBuffer = out.data();
  IO_STACK_LOCATION* location = irp->Tail.Overlay.CurrentStackLocation - 1;
  location->MajorFunction = major;
  location->FileObject = file;
  Transfer transfer = Transfer::kNeither;
  if (control) {
    auto& p = location->Parameters.DeviceIoControl;
    p.IoControlCode = code;
    p.InputBufferLength = static_cast<ULONG>(in.size());
    p.OutputBufferLength = static_cast<ULONG>(out.size());
    switch (method_of(code)) {
      case METHOD_BUFFERED: transfer = Transfer::kBuffered; break;
      case METHOD_IN_DIRECT: transfer = Transfer::kDirectRead; break;
      case METHOD_OUT_DIRECT: transfer = Transfer::kDirectWrite; break;
      default: p.Type3InputBuffer = const_cast<std::byte*>(in.data());
    }
  } else if (major == IRP_MJ_READ) {
    location->Parameters.Read.Length = static_cast<ULONG>(out.size());
    location->Parameters.Read.ByteOffset.QuadPart = static_cast<LONGLONG>(offset);
    transfer = top->Flags & DO_BUFFERED_IO ? Transfer::kBuffered
               : top->Flags & DO_DIRECT_IO ? Transfer::kDirectWrite
                                           : Transfer::kNeither;
  } else {
    location->Parameters.Write.Length = static_cast<ULONG>(in.size());
    location->Parameters.Write.ByteOffset.QuadPart = static_cast<LONGLONG>(offset);
    transfer = top->Flags & DO_BUFFERED_IO ? Transfer::kBuffered
               : top->Flags & DO_DIRECT_IO ? Transfer::kDirectRead
                                           : Transfer::kNeither;
    if (transfer != Transfer::kBuffered) irp->UserBuffer = const_cast<std::byte*>(in.data());
  }
  if (auto prepared = io_.flow().prepare_buffers(irp, transfer, in, out, control); !prepared) {
    io_.flow().release_buffers(irp, false);
    (void)io_.irps().free(irp);
    return fail(prepared.error());
  }
  // A write's data under direct I/O is what the device reads: its MDL describes the input.
  pending.file = static_cast<FILE_OBJECT*>(held.release());
  pending.irp = irp;
  pending.record = io_.irps().find(irp);
  kernel.dispatcher().initialize_event(&pending.done, true, false);
  irp->UserEvent = &pending.done;
  irp->UserIosb = &pending.outcome;
  NTSTATUS status = io_.flow().call_driver(top, irp);
  if (status != STATUS_PENDING && pending.record->state == IrpState::kLive) {
    irp->UserEvent = nullptr;
    irp->UserIosb = nullptr;
    pending.abandoned = true;
    pending.outcome.Status = status;
  }
  return {};
}

Result<IoOutcome> Requests::finish(Pending& pending, std::optional<Hns> timeout) {
  auto& kernel = current<kernel::Kernel>();
  if (!pending.abandoned) {
    std::optional<int64_t> hns;
    if (timeout) hns = -timeout->count();
    if (kernel.wait(&pending.done, hns) == STATUS_TIMEOUT)
      return fail(StatusCode::kTimeout, "the request is still pending");
    io_.flow().release_buffers(pending.irp, true);
    (void)io_.irps().free(pending.irp);
  }
  (void)current<kernel::Services>().objects().dereference(pending.file, "NtDeviceIoControlFile");
  return IoOutcome{pending.outcome.Status, pending.outcome.Information};
}

Result<IoOutcome> Requests::run(FileHandle handle, uint8_t major, uint32_t code, std::span<const std::byte> in,
                                std::span<std::byte> out, uint64_t offset, const ControlOptions& options) {
  Pending pending;
  TRY(send(pending, handle, major, code, in, out, offset, options));
  auto outcome = finish(pending, options.timeout);
  if (outcome || outcome.error().code() != StatusCode::kTimeout) return outcome;
  io_.flow().cancel(pending.irp);
  return finish(pending, std::nullopt);
}

Result<IoOutcome> Requests::device_control(FileHandle file, uint32_t code, std::span<const std::byte> in,
                                           std::span<std::byte> out, const ControlOptions& options) {
  return run(file, options.internal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL, code, in, out, 0,
             options);
}

Result<IoOutcome> Requests::read(FileHandle file, std::span<std::byte> out, uint64_t offset) {
  return run(file, IRP_MJ_READ, 0, {}, out, offset, {});
}

Result<IoOutcome> Requests::write(FileHandle file, std::span<const std::byte> in, uint64_t offset) {
  return run(file, IRP_MJ_WRITE, 0, in, {}, offset, {});
}

Result<PendingRequest> Requests::start_device_control(FileHandle file, uint32_t code, std::span<const std::byte> in,
                                                      std::span<std::byte> out, const ControlOptions& options) {
  auto pending = std::make_unique<Pending>();
  TRY(send(*pending, file, options.internal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL, code, in, out, 0,
           options));
  MutexLock lock(impl_->mutex);
  PendingRequest request{impl_->next_pending++};
  impl_->pending.emplace(request.value, std::move(pending));
  return request;
}

Result<IoOutcome> Requests::wait(PendingRequest request, std::optional<Hns> timeout) {
  std::unique_ptr<Pending> pending;
  {
    MutexLock lock(impl_->mutex);
    auto it = impl_->pending.find(request.value);
    if (it == impl_->pending.end()) return fail(StatusCode::kInvalidParameter, "no such request");
    pending = std::move(it->second);
    impl_->pending.erase(it);
  }
  auto outcome = finish(*pending, timeout);
  if (!outcome && outcome.error().code() == StatusCode::kTimeout) {
    MutexLock lock(impl_->mutex);
    impl_->pending.emplace(request.value, std::move(pending));
  }
  return outcome;
}

Result<> Requests::cancel(PendingRequest request) {
  IRP* irp = nullptr;
  {
    MutexLock lock(impl_->mutex);
    auto it = impl_->pending.find(request.value);
    if (it == impl_->pending.end()) return fail(StatusCode::kInvalidParameter, "no such request");
    if (it->second->record->state == IrpState::kLive && !it->second->abandoned) irp = it->second->irp;
  }
  if (irp) io_.flow().cancel(irp);
  return {};
}

Result<> Requests::close(FileHandle file) {
  {
    MutexLock lock(impl_->mutex);
    std::erase(impl_->open, file);
  }
  return current<kernel::Services>().objects().close_handle(handle_of(file), "NtClose");
}

void Requests::close_all() {
  for (;;) {
    FileHandle last;
    {
      MutexLock lock(impl_->mutex);
      if (impl_->open.empty()) return;
      last = impl_->open.back();
      impl_->open.pop_back();
    }
    (void)current<kernel::Services>().objects().close_handle(handle_of(last), "NtClose");
  }
}

FILE_OBJECT* Requests::file_object(FileHandle file) {
  auto info = current<kernel::Services>().objects().find_handle(handle_of(file));
  return info && info->object.type == &kernel::object_types::kFile ? static_cast<FILE_OBJECT*>(info->object.body)
                                                                   : nullptr;
}

size_t Requests::open_count() {
  MutexLock lock(impl_->mutex);
  return impl_->open.size();
}

}  // namespace portside::io
