#include "kernel/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "kernel/unicode.h"

namespace portside::kernel {
namespace {

// A descriptor of the host that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Prefix {
  std::u16string_view nt;
  std::u16string_view drive;
};
constexpr Prefix kPrefixes[] = {
    {u"\\??\\C:", u""},
    {u"\\DOSDEVICES\\C:", u""},
    {u"\\GLOBAL??\\C:", u""},
    {u"\\DEVICE\\HARDDISKVOLUME1", u""},
    {u"\\SYSTEMROOT", u"\\Windows"},
    {u"\\??\\SYSTEMROOT", u"\\Windows"},
    {u"\\DRIVERDATA", u"\\Windows\\System32\\Drivers\\DriverData"},
};

// The path below C:, "\dir\file", or nothing when the name is of something else.
std::optional<std::u16string> on_drive(std::u16string_view name) {
  const std::u16string up = upcase(name);
  for (const Prefix& prefix : kPrefixes) {
    if (!up.starts_with(prefix.nt)) continue;
    const std::u16string_view rest = name.substr(prefix.nt.size());
    if (!rest.empty() && rest.front() != u'\\') continue;
    return std::u16string(prefix.drive).append(rest);
  }
  return std::nullopt;
}

// "Naming Files, Paths, and Namespaces": reserved characters. A name of dots alone would be a step up or nowhere.
bool is_valid_name(std::u16string_view name) {
  if (name.empty() || name.size() > 255 || name == u"." || name == u"..") return false;
  for (char16_t c : name)
    if (c < 0x20 || std::u16string_view(u"<>:\"/|?*").contains(c)) return false;
  return true;
}

Result<std::vector<std::u16string>> components(std::u16string_view path) {
  std::vector<std::u16string> names;
  for (size_t at = 0; at < path.size();) {
    if (path[at] == u'\\') {
      ++at;
      if (at < path.size() && path[at] == u'\\')
        return fail(StatusCode::kObjectNameInvalid, "a path has no empty names");
      continue;
    }
    const size_t end = std::min(path.find(u'\\', at), path.size());
    const auto name = path.substr(at, end - at);
    if (!is_valid_name(name))
      return fail(StatusCode::kObjectNameInvalid, fmt::format("'{}' cannot be a file's name", to_utf8(name)));
    names.emplace_back(name);
    at = end;
  }
  return names;
}

// The name that the host has for it: exactly this one, else the first that differs in case alone; empty: none.
std::string find_entry(int folder, std::u16string_view name) {
  const std::string wanted = to_utf8(name);
  struct stat unused{};
  if (::fstatat(folder, wanted.c_str(), &unused, AT_SYMLINK_NOFOLLOW) == 0) return wanted;
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* listing = copy < 0 ? nullptr : ::fdopendir(copy);
  if (!listing) {
    if (copy >= 0) ::close(copy);
    return {};
  }
  std::string best;
  while (const dirent* entry = ::readdir(listing)) {
    if (!equal_ignoring_case(from_utf8(entry->d_name), name)) continue;
    // Directory order is the host's; the smallest name is everyone's.
    if (best.empty() || entry->d_name < best) best = entry->d_name;
  }
  ::closedir(listing);
  return best;
}

Status from_errno(int error, std::u16string_view name) {
  const std::string shown = to_utf8(name);
  switch (error) {
    case ENOENT: return {StatusCode::kObjectNameNotFound, fmt::format("C:{} does not exist", shown)};
    case ENOTDIR: return {StatusCode::kNotADirectory, fmt::format("C:{} is no directory", shown)};
    case EISDIR: return {StatusCode::kFileIsADirectory, fmt::format("C:{} is a directory", shown)};
    case EEXIST: return {StatusCode::kObjectNameCollision, fmt::format("C:{} exists", shown)};
    case ENOTEMPTY: return {StatusCode::kDirectoryNotEmpty, fmt::format("C:{} is not empty", shown)};
    case ENOSPC: return {StatusCode::kDiskFull, "the host's disk is full"};
    case EMFILE:
    case ENFILE:
    case ENOMEM: return {StatusCode::kInsufficientResources, "the host has no more descriptors"};
    default: return {StatusCode::kAccessDenied, fmt::format("C:{}: {}", shown, std::strerror(error))};
  }
}

FileAction action_for(FileDisposition disposition, bool existed) {
  if (!existed) return FileAction::kCreated;
  switch (disposition) {
    case FileDisposition::kSupersede: return FileAction::kSuperseded;
    case FileDisposition::kOverwrite:
    case FileDisposition::kOverwriteIf: return FileAction::kOverwritten;
    default: return FileAction::kOpened;
  }
}

}  // namespace

Result<std::unique_ptr<FileSystem>> FileSystem::create(const FileSystemOptions& options) {
  std::filesystem::path root = options.root;
  const bool temporary = root.empty();
  std::error_code error;
  if (temporary) {
    std::string pattern = std::filesystem::temp_directory_path(error) / "portside-c-XXXXXX";
    if (!::mkdtemp(pattern.data()))
      return fail(StatusCode::kInsufficientResources, "no temporary folder could be made for C:");
    root = pattern;
  } else {
    std::filesystem::create_directories(root, error);
  }
  Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0)
    return fail(StatusCode::kObjectPathNotFound,
                fmt::format("{} cannot be C:: {}", root.string(), std::strerror(errno)));
  std::unique_ptr<FileSystem> drive(new FileSystem(std::move(root), folder.release(), temporary));
  // By NT names: a folder that is there in another case is the same.
  for (const char16_t* directory : {u"Windows", u"Windows\\System32", u"Windows\\System32\\Drivers",
                                    u"Windows\\System32\\Drivers\\DriverData", u"Windows\\Temp"}) {
    const auto made = drive->open(std::u16string(u"\\??\\C:\\") + directory,
                                  {.disposition = FileDisposition::kOpenIf, .must_be_directory = true, .read = true});
    if (!made)
      return fail(StatusCode::kAccessDenied,
                  fmt::format("{} cannot be C:: {}", drive->root().string(), made.error().to_string()));
  }
  return drive;
}

FileSystem::FileSystem(std::filesystem::path root, int descriptor, bool temporary)
    : root_(std::move(root)), descriptor_(descriptor), temporary_(temporary) {}

FileSystem::~FileSystem() {
  ::close(descriptor_);
  std::error_code ignored;
  if (temporary_) std::filesystem::remove_all(root_, ignored);
}

bool FileSystem::is_on_drive(std::u16string_view nt_name) { return on_drive(nt_name).has_value(); }

Result<OpenedFile> FileSystem::open(std::u16string_view nt_name, const FileOpen& how) {
  if (!nt_name.starts_with(u'\\'))
    return fail(StatusCode::kObjectPathSyntaxBad, "a name without a root directory begins with a backslash");
  const auto name = on_drive(nt_name);
  if (!name) return fail(StatusCode::kObjectPathNotFound, fmt::format("{} is not on C:", to_utf8(nt_name)));
  return open_on_drive(*name, how);
}

Result<OpenedFile> FileSystem::open_below(const HostFile& folder, std::u16string_view relative, const FileOpen& how) {
  if (relative.starts_with(u'\\'))
    return fail(StatusCode::kObjectPathSyntaxBad, "a relative name has no backslash before it");
  if (relative.empty()) return open_on_drive(folder.name(), how);
  return open_on_drive(folder.name() + u"\\" + std::u16string(relative), how);
}

Result<OpenedFile> FileSystem::open_on_drive(std::u16string_view name, const FileOpen& how) {
  if (how.must_be_directory && how.must_not_be_directory)
    return fail(StatusCode::kInvalidParameter, "FILE_DIRECTORY_FILE and FILE_NON_DIRECTORY_FILE exclude each other");
  if (how.disposition > FileDisposition::kOverwriteIf)
    return fail(StatusCode::kInvalidParameter, "no such disposition");
  const bool overwrites = how.disposition == FileDisposition::kSupersede ||
                          how.disposition == FileDisposition::kOverwrite ||
                          how.disposition == FileDisposition::kOverwriteIf;
  // ZwCreateFile, FILE_DIRECTORY_FILE: the disposition is FILE_CREATE, FILE_OPEN or FILE_OPEN_IF.
  if (how.must_be_directory && overwrites)
    return fail(StatusCode::kInvalidParameter, "a directory cannot be overwritten");

  TRY_ASSIGN(std::vector<std::u16string> names, components(name));
  const bool trailing_backslash = name.ends_with(u'\\') && !names.empty();
  Descriptor folder(::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0));
  if (folder.get() < 0) return fail(from_errno(errno, name));

  // One step at a time from the directory before, never through a symbolic link: nothing outside the root is reachable.
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    const std::string entry = find_entry(folder.get(), names[i]);
    Descriptor next(
        entry.empty() ? -1 : ::openat(folder.get(), entry.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next.get() < 0)
      return fail(StatusCode::kObjectPathNotFound,
                  fmt::format("the directory '{}' of C:{} does not exist", to_utf8(names[i]), to_utf8(name)));
    folder = std::move(next);
  }

  std::u16string clean;
  for (const auto& n : names) clean += u"\\" + n;
  if (names.empty()) {  // the root of the drive
    if (how.must_not_be_directory) return fail(from_errno(EISDIR, name));
    if (how.disposition == FileDisposition::kCreate) return fail(from_errno(EEXIST, name));
    if (overwrites) return fail(StatusCode::kAccessDenied, "the root of C: cannot be overwritten");
    Descriptor own(::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0));
    return OpenedFile{std::make_unique<HostFile>(own.release(), folder.release(), "", u"", how), FileAction::kOpened};
  }

  std::string entry = find_entry(folder.get(), names.back());
  const bool exists = !entry.empty();
  struct stat facts{};
  if (exists) {
    if (::fstatat(folder.get(), entry.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return fail(from_errno(errno, name));
    if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode))
      return fail(StatusCode::kAccessDenied,
                  fmt::format("C:{} is neither file nor directory on the host", to_utf8(name)));
    if (how.disposition == FileDisposition::kCreate) return fail(from_errno(EEXIST, name));
    if (S_ISDIR(facts.st_mode)) {
      if (how.must_not_be_directory) return fail(from_errno(EISDIR, name));
      if (overwrites) return fail(from_errno(EISDIR, name));
    } else if (how.must_be_directory) {
      return fail(how.disposition == FileDisposition::kOpenIf ? from_errno(EEXIST, name) : from_errno(ENOTDIR, name));
    } else if (trailing_backslash) {
      return fail(StatusCode::kObjectNameInvalid, "a file's name does not end in a backslash");
    }
  } else {
    if (how.disposition == FileDisposition::kOpen || how.disposition == FileDisposition::kOverwrite)
      return fail(from_errno(ENOENT, name));
    if (trailing_backslash && !how.must_be_directory)
      return fail(StatusCode::kObjectNameInvalid, "a file's name does not end in a backslash");
    entry = to_utf8(names.back());
    if (how.must_be_directory && ::mkdirat(folder.get(), entry.c_str(), 0755) != 0)
      return fail(from_errno(errno, name));
  }

  const bool directory = how.must_be_directory || (exists && S_ISDIR(facts.st_mode));
  // Files are opened for both and the access that was asked for is checked by HostFile: overwriting needs to write.
  const int flags =
      O_CLOEXEC | O_NOFOLLOW |
      (directory ? O_RDONLY | O_DIRECTORY : (how.write || how.append || overwrites || !exists ? O_RDWR : O_RDONLY)) |
      (!directory && !exists ? O_CREAT | O_EXCL : 0) | (!directory && exists && overwrites ? O_TRUNC : 0);
  Descriptor file(::openat(folder.get(), entry.c_str(), flags, 0644));
  if (file.get() < 0) return fail(from_errno(errno, name));
  return OpenedFile{std::make_unique<HostFile>(file.release(), folder.release(), entry, clean, how),
                    action_for(how.disposition, exists)};
}

}  // namespace portside::kernel
