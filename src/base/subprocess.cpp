#include "base/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

extern char** environ;

namespace portside {
namespace {

class FileHandle {
 public:
  explicit FileHandle(int handle) : handle_(handle) {}
  ~FileHandle() { close(); }
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;
  int get() const { return handle_; }
  void close() {
    if (handle_ >= 0) ::close(handle_);
    handle_ = -1;
  }

 private:
  int handle_;
};

bool write_all(int handle, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(handle, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// Something to read, or the end of it, comes in time.
bool readable(int handle, std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wanted{.fd = handle, .events = POLLIN, .revents = 0};
    const int ready = poll(&wanted, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

Result<std::string> run_program(const std::string& program, std::vector<std::string> arguments, std::string_view input,
                                std::optional<std::chrono::milliseconds> limit) {
  // A file, not a pipe: a program that writes before it has read everything cannot be waited for in vain.
  FileHandle in(memfd_create("portside-input", MFD_CLOEXEC));
  int ends[2];
  if (in.get() < 0 || pipe2(ends, O_CLOEXEC) != 0)
    return fail(StatusCode::kInsufficientResources, "no more file handles");
  FileHandle out(ends[0]), theirs(ends[1]);
  if (!write_all(in.get(), input) || lseek(in.get(), 0, SEEK_SET) != 0)
    return fail(StatusCode::kDiskFull, "no room for a program's input");

  std::string name = program;
  std::vector<char*> argv{name.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  theirs.close();
  if (failed) return fail(StatusCode::kNotFound, fmt::format("{} is not here", program));

  std::string text;
  std::array<char, 65536> buffer;
  const auto until = std::chrono::steady_clock::now() + limit.value_or(std::chrono::milliseconds(0));
  bool late = false;
  for (;;) {
    if (limit && !readable(out.get(), until)) {
      late = true;
      kill(child, SIGKILL);
      break;
    }
    const ssize_t n = read(out.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (late) return fail(StatusCode::kUnsuccessful, fmt::format("{} has not ended in {} ms", program, limit->count()));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  return fail(StatusCode::kUnsuccessful, fmt::format("{} failed", program));
}

}  // namespace portside
