#pragma once
// FileTable: file objects, their creation by IRP_MJ_CREATE and their end by IRP_MJ_CLEANUP and IRP_MJ_CLOSE. The kernel's
// ObjectDirectory counts their references and handles.

#include <wdm.h>

#include <cstddef>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;

struct FileSpec {
  DEVICE_OBJECT* device = nullptr;  // the named device; the IRP goes to the top of its stack
  std::span<const std::byte> name;  // UTF-16, perhaps with binary parts; at most 65534 bytes
  FILE_OBJECT* related = nullptr;
  uint32_t access = 0;
  uint32_t share = 0;
  KPROCESSOR_MODE mode = KernelMode;
};

struct FileRecord {
  FILE_OBJECT* object = nullptr;
  DEVICE_OBJECT* device = nullptr;
  FILE_OBJECT* related = nullptr;
  uint64_t serial = 0;
  uint32_t access = 0;
  bool opened = false;  // the driver accepted IRP_MJ_CREATE
  bool cleaned_up = false;
  KPROCESSOR_MODE mode = KernelMode;
};

class FileTable {
 public:
  explicit FileTable(Io& io);
  ~FileTable();

  // IRP_MJ_CREATE. The file object comes with one reference, the caller's, and no handle. The status is the driver's when it
  // refuses; STATUS_NO_SUCH_DEVICE for a device that is not started, STATUS_ACCESS_DENIED for an exclusive one in use.
  Result<FILE_OBJECT*> open(const FileSpec& spec);
  // A handle to it. When the last one is closed the driver gets IRP_MJ_CLEANUP, at the last reference IRP_MJ_CLOSE.
  Result<void*> open_handle(FILE_OBJECT* file, uint32_t access, KPROCESSOR_MODE mode);

  Result<> reference(FILE_OBJECT* file);
  Result<> dereference(FILE_OBJECT* file);
  std::optional<FileRecord> find(const FILE_OBJECT* file);
  // In order of opening; of any device for null.
  std::vector<FILE_OBJECT*> open_on(const DEVICE_OBJECT* device);

 private:
  static void on_last_handle_closed(void* body);
  static void on_delete(void* body);
  void clean_up(FILE_OBJECT* file);
  void finish(FILE_OBJECT* file);
  NTSTATUS send(FILE_OBJECT* file, const FileRecord& record, uint8_t major, IO_SECURITY_CONTEXT* security,
                uint32_t share);

  Io& io_;
  Mutex mutex_;
  std::unordered_map<const FILE_OBJECT*, FileRecord> records_ GUARDED_BY(mutex_);
  uint64_t next_serial_ GUARDED_BY(mutex_) = 1;
};

}  // namespace portside::io
