#pragma once
// FileSystem: a private drive C: in a folder of the host. Names are NT's (`\??\C:\dir\file`, `\DosDevices\C:\...`,
// `\SystemRoot\...`, `\DriverData\...`, `\Device\HarddiskVolume1\...`) and compare without case. Nothing outside the
// folder can be reached: `..` is no name, symbolic links are not followed, and every step is taken from the directory
// before it by descriptor.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::kernel {

struct FileSystemOptions {
  // The folder that is C:. Empty: a new temporary folder, removed with the FileSystem.
  std::filesystem::path root;
};

// The values of FILE_OPEN and its kin.
enum class FileDisposition : uint32_t {
  kSupersede = 0,
  kOpen = 1,
  kCreate = 2,
  kOpenIf = 3,
  kOverwrite = 4,
  kOverwriteIf = 5
};
// The values of FILE_OPENED and its kin (IO_STATUS_BLOCK.Information).
enum class FileAction : uint32_t {
  kSuperseded = 0,
  kOpened = 1,
  kCreated = 2,
  kOverwritten = 3,
  kExists = 4,
  kDoesNotExist = 5
};

struct FileOpen {
  FileDisposition disposition = FileDisposition::kOpen;
  bool must_be_directory = false;      // FILE_DIRECTORY_FILE
  bool must_not_be_directory = false;  // FILE_NON_DIRECTORY_FILE
  bool read = false;
  bool write = false;
  bool append = false;  // FILE_APPEND_DATA without FILE_WRITE_DATA
  bool delete_on_close = false;
};

struct FileFacts {
  uint64_t bytes = 0;
  uint64_t allocated_bytes = 0;
  uint32_t links = 1;
  bool directory = false;
  bool delete_pending = false;
  bool read_only = false;
  uint64_t index = 0;
  int64_t created = 0, accessed = 0, written = 0, changed = 0;  // Windows' system time
};

class HostFile {
 public:
  HostFile(int descriptor, int folder, std::string host_name, std::u16string name, const FileOpen&);
  ~HostFile();
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  // `offset` empty: at the current position, which moves on. Reading at the end: STATUS_END_OF_FILE.
  Result<uint64_t> read(std::span<std::byte>, std::optional<uint64_t> offset);
  Result<uint64_t> write(std::span<const std::byte>, std::optional<uint64_t> offset);
  Result<FileFacts> facts() const;
  Result<> set_end(uint64_t bytes);
  Result<> set_position(uint64_t offset);
  uint64_t position() const;
  Result<> set_delete_pending(bool);
  Result<> flush();
  const std::u16string& name() const { return name_; }  // below C:, "\dir\file"

 private:
  const int descriptor_;
  const int folder_;
  const std::string host_name_;
  const std::u16string name_;
  const FileOpen open_;
  mutable Mutex mutex_;
  uint64_t position_ GUARDED_BY(mutex_) = 0;
  bool delete_pending_ GUARDED_BY(mutex_) = false;
};

struct OpenedFile {
  std::unique_ptr<HostFile> file;
  FileAction action{};
};

class FileSystem {
 public:
  static Result<std::unique_ptr<FileSystem>> create(const FileSystemOptions&);
  ~FileSystem();
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  // STATUS_OBJECT_NAME_NOT_FOUND (the last name), STATUS_OBJECT_PATH_NOT_FOUND (an earlier one), ..._COLLISION, ..._INVALID,
  // STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY, STATUS_ACCESS_DENIED.
  Result<OpenedFile> open(std::u16string_view nt_name, const FileOpen&);
  Result<OpenedFile> open_below(const HostFile& folder, std::u16string_view relative, const FileOpen&);
  // Is this the name of something on C:? Else it is a device's.
  static bool is_on_drive(std::u16string_view nt_name);

  const std::filesystem::path& root() const { return root_; }

 private:
  FileSystem(std::filesystem::path root, int descriptor, bool temporary);
  Result<OpenedFile> open_on_drive(std::u16string_view name, const FileOpen&);

  const std::filesystem::path root_;
  const int descriptor_;
  const bool temporary_;
};

}  // namespace portside::kernel
