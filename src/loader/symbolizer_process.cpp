#include "loader/symbolizer_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

extern char** environ;

namespace portside::loader {
namespace {

constexpr int kAnswerTimeoutMs = 20'000;  // reading a large PDB takes a second or two

// Writes without the process-wide SIGPIPE of a child that has died.
bool write_all(int fd, const std::string& text) {
  sigset_t pipe, old;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &old);
  size_t done = 0;
  bool ok = true;
  while (ok && done < text.size()) {
    const ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n > 0) done += static_cast<size_t>(n);
    else if (n < 0 && errno != EINTR) ok = false;
  }
  if (!ok) {
    const timespec now{};
    sigtimedwait(&pipe, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return ok;
}

}  // namespace

std::unique_ptr<SymbolizerProcess> SymbolizerProcess::start(const std::string& tool) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0) return nullptr;
  if (pipe2(out, O_CLOEXEC) != 0) {
    close(in[0]), close(in[1]);
    return nullptr;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // The child starts with no signal blocked or caught, whatever the machine does with them.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  const char* arguments[] = {tool.c_str(),          "--relative-address",  "--inlines", "--demangle",
                             "--functions=linkage", "--output-style=LLVM", nullptr};
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, tool.c_str(), &actions, &attributes, const_cast<char**>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(in[0]), close(out[1]);
  if (failed) {
    close(in[1]), close(out[0]);
    return nullptr;
  }
  return std::unique_ptr<SymbolizerProcess>(new SymbolizerProcess(pid, in[1], out[0]));
}

SymbolizerProcess::~SymbolizerProcess() { stop(); }

void SymbolizerProcess::stop() {
  if (write_fd_ < 0) return;
  close(write_fd_), close(read_fd_);
  write_fd_ = read_fd_ = -1;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
}

std::vector<std::string> SymbolizerProcess::ask(const std::string& question) {
  std::vector<std::string> lines;
  if (!alive()) return lines;
  if (!write_all(write_fd_, question + "\n")) {
    stop();
    return lines;
  }
  for (;;) {
    for (size_t end; (end = pending_.find('\n')) != std::string::npos;) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (line.empty()) return lines;  // an empty line ends the answer
      lines.push_back(std::move(line));
    }
    pollfd ready{.fd = read_fd_, .events = POLLIN};
    const int polled = poll(&ready, 1, kAnswerTimeoutMs);
    if (polled < 0 && errno == EINTR) continue;
    char buffer[4096];
    const ssize_t n = polled > 0 ? read(read_fd_, buffer, sizeof buffer) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      stop();
      return {};
    }
    pending_.append(buffer, static_cast<size_t>(n));
  }
}

}  // namespace portside::loader
