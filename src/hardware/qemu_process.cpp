#include "hardware/qemu_process.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "base/subprocess.h"
#include "memory/segment.h"

extern char** environ;

namespace portside::hardware {
namespace {

constexpr std::chrono::seconds kPatience{10};  // it answers in a fraction of one
constexpr int kRamHandle = 20, kBiosHandle = 21, kSocketHandle = 22;

// 64 KiB that end in the reset vector: no interrupts, and halt. The board's processor is not used.
int make_bios() {
  const int handle = ::memfd_create("portside-bios", MFD_CLOEXEC);
  if (handle < 0) return -1;
  std::array<unsigned char, 0x10000> image;
  image.fill(0xF4);
  constexpr unsigned char kReset[] = {0xFA, 0xF4, 0xEB, 0xFD};  // cli; hlt; jmp to the hlt
  memcpy(image.data() + 0xFFF0, kReset, sizeof kReset);
  if (::write(handle, image.data(), image.size()) == static_cast<ssize_t>(image.size())) return handle;
  ::close(handle);
  return -1;
}

// Where it is in the path: after a fork there is no looking about.
std::string find_program(const char* name) {
  const char* path = getenv("PATH");
  std::string_view rest = path ? path : "/usr/bin:/bin";
  while (true) {
    const size_t colon = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, colon)) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    if (colon == std::string_view::npos) return {};
    rest = rest.substr(colon + 1);
  }
}

std::unexpected<Status> not_here() {
  return fail(StatusCode::kNotFound,
              fmt::format("{} is not here: QEMU's devices need it (Debian: the package qemu-system-x86)",
                          QemuProcess::kProgram));
}

}  // namespace

Result<std::unique_ptr<QemuProcess>> QemuProcess::start(const memory::Segment& ram,
                                                        const std::vector<std::string>& arguments,
                                                        const std::vector<std::string>& environment) {
  const std::string program = find_program(kProgram);
  if (program.empty()) return not_here();
  const std::string size = fmt::format("{}M", ram.bytes() >> 20);
  std::vector<std::string> words = {
      program, "-M", "q35,accel=tcg,memory-backend=ram", "-m", size, "-object",
      fmt::format("memory-backend-file,id=ram,size={},mem-path=/proc/self/fd/{},share=on", size, kRamHandle),
      // The driver programs its card: who breaks out of that starts no program, and takes no rights.
      "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny", "-nodefaults",
      "-no-user-config", "-display", "none", "-bios", fmt::format("/proc/self/fd/{}", kBiosHandle), "-chardev",
      fmt::format("socket,id=test,fd={}", kSocketHandle), "-object", "qtest,id=qtest,chardev=test,log=/dev/null"};
  words.insert(words.end(), arguments.begin(), arguments.end());

  std::vector<char*> argv, envp;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> added = environment;
  for (std::string& variable : added) envp.push_back(variable.data());
  for (char** variable = environ; *variable; ++variable) envp.push_back(*variable);
  envp.push_back(nullptr);

  const int bios = make_bios(), errors = ::memfd_create("portside-qemu-errors", MFD_CLOEXEC);
  int ends[2] = {-1, -1};
  if (bios < 0 || errors < 0 || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    for (const int handle : {bios, errors})
      if (handle >= 0) ::close(handle);
    return fail(StatusCode::kInsufficientResources, "no more file handles");
  }
  const pid_t parent = ::getpid();
  std::unique_ptr<QemuProcess> process(new QemuProcess(ends[0], errors));
  process->id_ = process->fork_on_keeper([&] {
    // Nothing but system calls from here on: the host has other threads.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);  // of its RAM it must be known which page was touched (Segment)
    // A host that takes signals from a descriptor has them blocked.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setpgid(0, 0);  // a Ctrl-C at the terminal is for Portside, with which it ends
    // Out of the way of the numbers that they are to have.
    const int handles[] = {::fcntl(ram.descriptor(), F_DUPFD, 40), ::fcntl(bios, F_DUPFD, 40),
                           ::fcntl(ends[1], F_DUPFD, 40), ::fcntl(errors, F_DUPFD, 40)};
    const int wanted[] = {kRamHandle, kBiosHandle, kSocketHandle, 2};
    for (int i = 0; i < 4; ++i)
      if (handles[i] < 0 || ::dup2(handles[i], wanted[i]) < 0) ::_exit(127);
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 0);
    ::dup2(nothing, 1);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  });
  ::close(bios);
  ::close(ends[1]);
  if (process->id_ >= 0) process->handle_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process->id_, 0)));
  if (process->id_ < 0) return fail(StatusCode::kInsufficientResources, "the host starts no process");
  return process;
}

template <class Child>
pid_t QemuProcess::fork_on_keeper(Child child) {
  pid_t made = -1;
  keeper_ = std::thread([this, &made, &child] {
    const pid_t id = ::fork();
    if (id == 0) child();
    std::unique_lock lock(keeping_);
    made = id;  // in time: the starter waits for this
    forked_ = true;
    kept_.notify_all();
    kept_.wait(lock, [this] { return done_; });
  });
  std::unique_lock lock(keeping_);
  kept_.wait(lock, [this] { return forked_; });
  return made;
}

QemuProcess::~QemuProcess() {
  end();
  if (socket_ >= 0) ::close(socket_);
  ::close(errors_);
  {
    std::lock_guard lock(keeping_);
    done_ = true;
  }
  kept_.notify_all();
  if (keeper_.joinable()) keeper_.join();
}

void QemuProcess::end() {
  if (id_ < 0) return;
  MutexLock lock(mutex_);
  // By a signal that it may answer first: an audio backend writes the length of its file when it ends.
  reap_locked(false);
  if (!reaped_) signal(SIGTERM);
  for (int patience = 0; !reaped_ && patience < 200; ++patience) {
    ::usleep(5'000);
    reap_locked(false);
  }
  if (!reaped_) {
    signal(SIGKILL);
    reap_locked(true);
  }
}

void QemuProcess::signal(int number) const {
  if (handle_) (void)::syscall(SYS_pidfd_send_signal, handle_.get(), number, nullptr, 0);
  else ::kill(id_, number);  // a kernel older than 5.3
}

int QemuProcess::take_socket() { return std::exchange(socket_, -1); }

void QemuProcess::reap_locked(bool wait) {
  if (reaped_) return;
  pid_t ended;
  while ((ended = ::waitpid(id_, &status_, wait ? 0 : WNOHANG)) < 0 && errno == EINTR) {}
  reaped_ = ended == id_ || (ended < 0 && errno == ECHILD);
}

void QemuProcess::started() {
  MutexLock lock(mutex_);
  struct stat facts{};
  if (::fstat(errors_, &facts) == 0) said_at_start_ = facts.st_size;
}

std::string QemuProcess::last_words() {
  MutexLock lock(mutex_);
  for (int patience = 0; !reaped_ && patience < 100; ++patience) {
    reap_locked(false);
    if (!reaped_) ::usleep(2'000);
  }
  std::string words(4096, '\0');
  const ssize_t got = ::pread(errors_, words.data(), words.size(), said_at_start_);
  words.resize(got > 0 ? static_cast<size_t>(got) : 0);
  while (!words.empty() && (words.back() == '\n' || words.back() == ' ')) words.pop_back();
  // What it says last is about its end.
  if (const size_t line = words.rfind('\n'); line != std::string::npos) words.erase(0, line + 1);
  const std::string how = !reaped_               ? "it runs still"
                          : WIFSIGNALED(status_) ? fmt::format("it was ended by signal {}", WTERMSIG(status_))
                                                 : fmt::format("it exited with {}", WEXITSTATUS(status_));
  return words.empty() ? how : how + ": " + words;
}

Result<std::string> ask_qemu(std::vector<std::string> arguments) {
  if (find_program(QemuProcess::kProgram).empty()) return not_here();
  return run_program(QemuProcess::kProgram, std::move(arguments), {}, kPatience);
}

}  // namespace portside::hardware
