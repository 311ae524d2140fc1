#pragma once
// FileTable: file objects, their creation by IRP_MJ_CREATE and their end by IRP_MJ_CLEANUP and IRP_MJ_CLOSE.

#include <wdm.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;

struct FileSpec {
  DEVICE_OBJECT* device = nullptr;              // the named device; the IRP goes to the top of its stack
  std::span<const std::byte> name;              // UTF-16, perhaps with binary parts
  FILE_OBJECT* related = nullptr;
  uint32_t access = 0;
  uint32_t share = 0;
  KPROCESSOR_MODE mode = KernelMode;
};

struct FileRecord {
  FILE_OBJECT* object = nullptr;
  DEVICE_OBJECT* device = nullptr;
  FILE_OBJECT* related = nullptr;
  int32_t references = 1;                       // one for the open handle
  bool opened = false;                          // the driver accepted IRP_MJ_CREATE
  bool cleaned_up = false;
  KPROCESSOR_MODE mode = KernelMode;
};

class FileTable {
 public:
  explicit FileTable(Io& io);
  ~FileTable();

  Result<FILE_OBJECT*> open(const FileSpec& spec);
  // The last handle goes: IRP_MJ_CLEANUP, and the handle's reference. IRP_MJ_CLOSE follows the last reference.
  Result<> close_handle(FILE_OBJECT* file);
  Result<> reference(FILE_OBJECT* file);
  Result<> dereference(FILE_OBJECT* file);
  std::optional<FileRecord> find(const FILE_OBJECT* file);
  std::vector<FILE_OBJECT*> open_on(const DEVICE_OBJECT* device);

 private:
  void send_close(FILE_OBJECT* file);

  Io& io_;
  Mutex mutex_;
  std::unordered_map<const FILE_OBJECT*, FileRecord> records_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
