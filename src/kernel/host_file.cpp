#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "base/machine_context.h"
#include "kernel/file_system.h"
#include "kernel/kernel.h"

namespace portside::kernel {
namespace {

constexpr int64_t kUnixEpochHns = 116'444'736'000'000'000;  // 1970 in hundreds of nanoseconds since 1601

int64_t system_time(const timespec& t) { return kUnixEpochHns + t.tv_sec * 10'000'000 + t.tv_nsec / 100; }

std::unexpected<Status> host_error() {
  switch (errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return fail(StatusCode::kDiskFull, "the host's disk is full");
    case EINVAL: return fail(StatusCode::kInvalidParameter, "the host refuses the offset");
    // The host checks a driver's buffer instead of faulting on it.
    case EFAULT: return fail(StatusCode::kAccessViolation, "the buffer is not readable or writable memory");
    case EISDIR: return fail(StatusCode::kInvalidDeviceRequest, "a directory is not read or written");
    default: return fail(StatusCode::kIoDeviceError, "the host could not read or write");
  }
}

// True for anything that is no directory.
bool is_empty_directory(int descriptor) {
  const int copy = ::openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return true;
  DIR* listing = ::fdopendir(copy);
  if (!listing) return ::close(copy), true;
  bool empty = true;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") empty = false;
  }
  ::closedir(listing);
  return empty;
}

}  // namespace

HostFile::HostFile(int descriptor, int folder, std::string host_name, std::u16string name, const FileOpen& open)
    : descriptor_(descriptor), folder_(folder), host_name_(std::move(host_name)), name_(std::move(name)), open_(open),
      delete_pending_(open.delete_on_close) {}

HostFile::~HostFile() {
  bool remove = false;
  {
    MutexLock lock(mutex_);
    remove = delete_pending_;
  }
  if (remove && !host_name_.empty() && ::unlinkat(folder_, host_name_.c_str(), 0) != 0 && errno == EISDIR)
    ::unlinkat(folder_, host_name_.c_str(), AT_REMOVEDIR);
  ::close(descriptor_);
  ::close(folder_);
}

namespace {

// A driver's buffer may be inaccessible for the moment (kernel/pageable_memory.h): a touch opens it, where a system call
// would only fail. What is a driver's to touch, and no mistake of ours, is touched on its thread alone.
void touch(std::span<const std::byte> bytes) {
  MachineContext* machine = MachineContext::current();
  const Kernel* kernel = machine ? machine->find<Kernel>() : nullptr;
  if (!kernel || !kernel->on_simulated_thread()) return;
  constexpr size_t kPage = 4096;
  for (size_t i = 0; i < bytes.size(); i += kPage) (void)*static_cast<const volatile std::byte*>(&bytes[i]);
  if (!bytes.empty()) (void)*static_cast<const volatile std::byte*>(&bytes.back());
}

}  // namespace

Result<uint64_t> HostFile::read(std::span<std::byte> into, std::optional<uint64_t> offset) {
  if (!open_.read) return fail(StatusCode::kAccessDenied, "the file was not opened for reading");
  if (offset && *offset > LLONG_MAX) return fail(StatusCode::kInvalidParameter, "a file has no negative offsets");
  MutexLock lock(mutex_);
  const uint64_t from = offset.value_or(position_);
  touch(into);
  uint64_t done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(descriptor_, into.data() + done, into.size() - done, static_cast<off_t>(from + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return host_error();
    if (n == 0) break;
    done += static_cast<uint64_t>(n);
  }
  if (done == 0 && !into.empty()) return fail(StatusCode::kEndOfFile, "the file ends before the offset");
  position_ = from + done;
  return done;
}

Result<uint64_t> HostFile::write(std::span<const std::byte> bytes, std::optional<uint64_t> offset) {
  if (!open_.write && !open_.append) return fail(StatusCode::kAccessDenied, "the file was not opened for writing");
  if (offset && *offset > LLONG_MAX) return fail(StatusCode::kInvalidParameter, "a file has no negative offsets");
  MutexLock lock(mutex_);
  uint64_t from = offset.value_or(position_);
  if (open_.append && !open_.write) {
    // ZwWriteFile, Remarks: FILE_APPEND_DATA alone writes at the end, whatever the offset.
    struct stat facts{};
    if (::fstat(descriptor_, &facts) != 0) return host_error();
    from = static_cast<uint64_t>(facts.st_size);
  }
  touch(bytes);
  uint64_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(from + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return host_error();
    done += static_cast<uint64_t>(n);
  }
  position_ = from + done;
  return done;
}

Result<FileFacts> HostFile::facts() const {
  struct stat host{};
  if (::fstat(descriptor_, &host) != 0) return host_error();
  FileFacts facts;
  facts.directory = S_ISDIR(host.st_mode);
  facts.bytes = facts.directory ? 0 : static_cast<uint64_t>(host.st_size);
  facts.allocated_bytes = facts.directory ? 0 : (facts.bytes + 4095) / 4096 * 4096;
  facts.links = static_cast<uint32_t>(host.st_nlink);
  facts.index = host.st_ino;
  facts.created = facts.changed = system_time(host.st_ctim);
  facts.accessed = system_time(host.st_atim);
  facts.written = system_time(host.st_mtim);
  MutexLock lock(mutex_);
  facts.delete_pending = delete_pending_;
  return facts;
}

Result<> HostFile::set_end(uint64_t bytes) {
  if (!open_.write) return fail(StatusCode::kAccessDenied, "the file was not opened for writing");
  if (bytes > LLONG_MAX || ::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) {
    if (bytes > LLONG_MAX) errno = EINVAL;
    return host_error();
  }
  return {};
}

Result<> HostFile::set_position(uint64_t offset) {
  if (offset > LLONG_MAX) return fail(StatusCode::kInvalidParameter, "a file has no negative offsets");
  MutexLock lock(mutex_);
  position_ = offset;
  return {};
}

uint64_t HostFile::position() const {
  MutexLock lock(mutex_);
  return position_;
}

Result<> HostFile::set_delete_pending(bool pending) {
  if (host_name_.empty()) return fail(StatusCode::kCannotDelete, "the root of C: cannot be deleted");
  if (pending && !is_empty_directory(descriptor_))
    return fail(StatusCode::kDirectoryNotEmpty, "a directory with entries is not deleted");
  MutexLock lock(mutex_);
  delete_pending_ = pending;
  return {};
}

Result<> HostFile::flush() {
  if (!open_.write && !open_.append) return fail(StatusCode::kAccessDenied, "the file was not opened for writing");
  return {};
}

}  // namespace portside::kernel
