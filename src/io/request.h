#pragma once
// Requests: what a client may ask of a device. Each call becomes an IRP through the top of the device stack, sent from
// PASSIVE_LEVEL on the calling simulated thread; a pending request is waited for.

#include <wdm.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;
struct FileSpec;

// An open file of a client: the value of its handle in the machine's handle table.
struct FileHandle {
  uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
  auto operator<=>(const FileHandle&) const = default;
};

// What became of a request that reached the driver. Warnings (STATUS_BUFFER_OVERFLOW) and errors stand in `status`.
struct IoOutcome {
  NTSTATUS status = 0;
  uint64_t information = 0;  // bytes, for most requests
  bool ok() const { return status >= 0; }
};

struct OpenOptions {
  uint32_t access = GENERIC_READ | GENERIC_WRITE;
  uint32_t share = FILE_SHARE_READ | FILE_SHARE_WRITE;
  KPROCESSOR_MODE mode = UserMode;
};

struct ControlOptions {
  KPROCESSOR_MODE mode = UserMode;
  bool internal = false;       // IRP_MJ_INTERNAL_DEVICE_CONTROL, kernel mode only
  std::optional<Hns> timeout;  // cancelled after it, and waited for
};

// A control request that was sent and has not been taken back with Requests::wait.
struct PendingRequest {
  uint64_t value = 0;
};

class Requests {
 public:
  explicit Requests(Io& io);
  ~Requests();

  // `path`: a symbolic link (\??\ROOT#MEDIA#0000#{...}\name, also with the prefix \\?\ that applications use) or \Device\X,
  // and what follows it. The status is the driver's when it refuses the create.
  Result<FileHandle> open(std::u16string_view path, const OpenOptions& options = {});
  // A name below an open file, in bytes: {146F1A80-4791-11D0-A5D6-28DB04C10000}\ and a KSPIN_CONNECT, for instance.
  Result<FileHandle> open_relative(FileHandle parent, std::span<const std::byte> name, const OpenOptions& options = {});

  // Both spans are the client's memory; under METHOD_NEITHER the driver gets their addresses. STATUS_INVALID_HANDLE for an
  // unknown file; everything that the driver answers is in the outcome.
  Result<IoOutcome> device_control(FileHandle file, uint32_t code, std::span<const std::byte> in,
                                   std::span<std::byte> out, const ControlOptions& options = {});
  // The same without waiting. The buffers must live until wait() has returned.
  Result<PendingRequest> start_device_control(FileHandle file, uint32_t code, std::span<const std::byte> in,
                                              std::span<std::byte> out, const ControlOptions& options = {});
  Result<IoOutcome> wait(PendingRequest request, std::optional<Hns> timeout = std::nullopt);
  Result<> cancel(PendingRequest request);

  // IRP_MJ_READ and IRP_MJ_WRITE, buffered or direct as the device says.
  Result<IoOutcome> read(FileHandle file, std::span<std::byte> out, uint64_t offset = 0);
  Result<IoOutcome> write(FileHandle file, std::span<const std::byte> in, uint64_t offset = 0);

  // IRP_MJ_CLEANUP, then IRP_MJ_CLOSE when nobody holds the file object any more.
  Result<> close(FileHandle file);
  // What a client that went away leaves behind: everything of it, children first.
  void close_all();

  // The file object behind a handle, or null.
  FILE_OBJECT* file_object(FileHandle file);
  size_t open_count();

 private:
  struct Pending;
  struct Impl;
  Result<FileHandle> open_file(const FileSpec& spec, uint32_t access);
  Result<> send(Pending& pending, FileHandle handle, uint8_t major, uint32_t code, std::span<const std::byte> in,
                std::span<std::byte> out, uint64_t offset, const ControlOptions& options);
  Result<IoOutcome> finish(Pending& pending, std::optional<Hns> timeout);
  Result<IoOutcome> run(FileHandle handle, uint8_t major, uint32_t code, std::span<const std::byte> in,
                        std::span<std::byte> out, uint64_t offset, const ControlOptions& options);

  std::unique_ptr<Impl> impl_;
  Io& io_;
};

}  // namespace portside::io
