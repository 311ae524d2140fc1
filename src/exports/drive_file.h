#pragma once
// Files of the private drive C: behind handles, as the functions that open them and those that ask about them share them.

#include <memory>
#include <string>

#include "exports/api.h"
#include "kernel/file_system.h"

namespace portside::exports {

// The body behind a handle to a file of the drive: a file object that belongs to no device.
struct DriveFile {
  FILE_OBJECT object{};
  std::unique_ptr<kernel::HostFile> file;
  std::u16string name;
};

// A referenced file of the drive, for one call.
class OpenDriveFile {
 public:
  static Result<OpenDriveFile> of_handle(HANDLE handle, const char* api) {
    TRY_ASSIGN(void* body, services().objects().reference_by_handle(handle, &kernel::object_types::kFile, api));
    OpenDriveFile open(static_cast<DriveFile*>(body));
    // A device's file object: its requests go through io.
    if (static_cast<FILE_OBJECT*>(body)->DeviceObject)
      return fail(StatusCode::kInvalidDeviceRequest, "the handle is a device's");
    return open;
  }
  OpenDriveFile(OpenDriveFile&&) = default;
  OpenDriveFile& operator=(OpenDriveFile&&) = default;
  kernel::HostFile& file() const { return *body_->file; }
  DriveFile& body() const { return *body_; }
  bool synchronous() const { return body_->object.Flags & FO_SYNCHRONOUS_IO; }

 private:
  explicit OpenDriveFile(DriveFile* body) : body_(body), reference_(services().objects(), body) {}
  DriveFile* body_;
  kernel::ObjectReference reference_;
};

struct Creation {
  ACCESS_MASK access = 0;
  ULONG share = 0;
  ULONG disposition = 0;
  ULONG options = 0;
};

// ZwCreateFile and all that open a file on the way; `api` is whose call it is.
NTSTATUS create_file(const char* api, PHANDLE handle, POBJECT_ATTRIBUTES attributes, PIO_STATUS_BLOCK io_status,
                     const Creation& how);
// The end of a request: its status block, its event.
NTSTATUS finish(NTSTATUS status, uint64_t bytes, PIO_STATUS_BLOCK io_status, HANDLE event, const char* api);

}  // namespace portside::exports
