#include "service/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/descriptor.h"

namespace portside::service {
namespace {

namespace fs = std::filesystem;

// The kernel's interface as it is now; headers may be older (Documentation: userspace-api/landlock).
struct RulesetAttributes {
  uint64_t handled_files = 0;
  uint64_t handled_net = 0;  // from version 4
  uint64_t scoped = 0;       // from version 6
};
constexpr uint64_t kTruncate = 1ull << 14, kDeviceControl = 1ull << 15;  // from versions 3 and 5
constexpr uint64_t kBindTcp = 1 << 0, kConnectTcp = 1 << 1;
constexpr uint64_t kScopeAbstractSockets = 1 << 0, kScopeSignals = 1 << 1;

constexpr uint64_t kReadFile = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kReadFolder = kReadFile | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kWriteFolder = kReadFolder | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_MAKE_REG | kTruncate;

std::string why() { return std::strerror(errno); }

class Landlock {
 public:
  // Whatever this kernel handles is forbidden, until it is allowed.
  bool create(bool signals) {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return false;
    RulesetAttributes attributes;
    attributes.handled_files = (1ull << 13) - 1;
    if (version >= 2) attributes.handled_files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) attributes.handled_files |= kTruncate;
    if (version >= 5) attributes.handled_files |= kDeviceControl;
    if (version >= 4) attributes.handled_net = kBindTcp | kConnectTcp;
    if (version >= 6) attributes.scoped = kScopeAbstractSockets | (signals ? 0 : kScopeSignals);
    const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    handled_ = attributes.handled_files;
    ruleset_ = Descriptor(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
    return static_cast<bool>(ruleset_);
  }
  // What is not there need not be allowed.
  Result<> allow(const fs::path& path, uint64_t access) {
    const Descriptor parent(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!parent) return {};
    std::error_code error;
    if (!fs::is_directory(path, error)) access &= kReadFile | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
    landlock_path_beneath_attr rule{.allowed_access = access & handled_, .parent_fd = parent.get()};
    if (::syscall(SYS_landlock_add_rule, ruleset_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
      return fail(StatusCode::kUnsuccessful, fmt::format("Landlock does not take {}: {}", path.string(), why()));
    return {};
  }
  Result<> enforce() {
    if (::syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) != 0)
      return fail(StatusCode::kUnsuccessful, fmt::format("Landlock does not come into force: {}", why()));
    return {};
  }

 private:
  Descriptor ruleset_;
  uint64_t handled_ = 0;
};

// What the machine, the service and the C++ runtime under them call; each line says for what.
constexpr int kCalls[] = {
    // sound and messages
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(sendmsg), SCMP_SYS(recvmsg),
    SCMP_SYS(sendto), SCMP_SYS(recvfrom), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(accept4), SCMP_SYS(getsockopt),
    SCMP_SYS(shutdown), SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(close), SCMP_SYS(dup),
    // memory: segments of the machine, views of the driver, its code
    SCMP_SYS(memfd_create), SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(mmap), SCMP_SYS(munmap),
    SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(mincore), SCMP_SYS(membarrier),
    // threads and their waits
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(sched_yield), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(sched_getaffinity), SCMP_SYS(arch_prctl),
    SCMP_SYS(restart_syscall),
    // time, and the watchdog's timers
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(timer_create), SCMP_SYS(timer_settime), SCMP_SYS(timer_gettime),
    SCMP_SYS(timer_delete), SCMP_SYS(timer_getoverrun),
    // a driver's faults, and what the watchdog sends
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(rt_sigpending), SCMP_SYS(sigaltstack),
    // files, of which Landlock says which
    SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(lseek), SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(getdents64), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(fsync), SCMP_SYS(fchmod),
    SCMP_SYS(flock), SCMP_SYS(utimensat), SCMP_SYS(umask),
    // who we are, and what the runtime asks of itself
    SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo), SCMP_SYS(getrusage),
    // the symbolizer's end
    SCMP_SYS(wait4), SCMP_SYS(waitid)};

class Filter {
 public:
  Filter() : context_(::seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}
  ~Filter() {
    if (context_) ::seccomp_release(context_);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  bool build(const SandboxRequest& request) {
    if (!context_) return false;
    bool ok = true;
    for (const int call : kCalls) ok = ok && ::seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, 0) == 0;
    const auto only = [&](int call, scmp_arg_cmp argument) {
      ok = ok && ::seccomp_rule_add(context_, SCMP_ACT_ALLOW, call, 1, argument) == 0;
    };
    // Threads, and no processes. clone3's flags lie in memory, where nobody can check them: without it the runtime uses
    // clone.
    only(SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
    ok = ok && ::seccomp_rule_add(context_, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
    // To this process alone.
    const auto self = static_cast<scmp_datum_t>(::getpid());
    only(SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, self));
    only(SCMP_SYS(kill), SCMP_A0(SCMP_CMP_EQ, self));
    // And to those of which it holds a descriptor: no more can be had in here (pidfd_open).
    if (request.signals)
      for (const int signal : {SIGTERM, SIGKILL})
        only(SCMP_SYS(pidfd_send_signal), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(signal)));
    // Not F_SETOWN, by which the kernel sends signals for whoever asks.
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_ADD_SEALS, F_GET_SEALS})
      only(SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, static_cast<scmp_datum_t>(command)));
    if (request.priority) only(SCMP_SYS(sched_setscheduler), SCMP_A0(SCMP_CMP_EQ, 0));
    only(SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0));
    // Threads that are there already, a QEMU's, are in the same memory.
    ok = ok && ::seccomp_attr_set(context_, SCMP_FLTATR_CTL_TSYNC, 1) == 0;
    // Whether stdout is a terminal.
    only(SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, TCGETS));
    // Names of threads, for people.
    only(SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    return ok;
  }
  Result<> enforce() {
    if (const int error = ::seccomp_load(context_))
      return fail(StatusCode::kUnsuccessful,
                  fmt::format("seccomp does not come into force: {}", std::strerror(-error)));
    return {};
  }

 private:
  scmp_filter_ctx context_;
};

}  // namespace

std::vector<fs::path> readable_beside(const fs::path& driver) {
  std::error_code error;
  const fs::path folder = fs::canonical(driver, error).parent_path();
  if (error) return {};
  const char* home = std::getenv("HOME");
  if (!home || !*home)
    if (const passwd* own = ::getpwuid(::geteuid())) home = own->pw_dir;
  const fs::path at_home = home && *home ? fs::weakly_canonical(home, error) : fs::path();
  // A home lies below the folder, or is it: too much to give.
  const auto [rest, ours] = std::mismatch(folder.begin(), folder.end(), at_home.begin(), at_home.end());
  if (rest != folder.end() && folder != "/") return {folder};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (entry.is_regular_file(error)) files.push_back(entry.path());
  return files;
}

Result<std::vector<std::string>> confine(const SandboxRequest& request) {
  std::vector<std::string> notes;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(StatusCode::kUnsuccessful, fmt::format("no_new_privs is refused: {}", why()));
  Landlock landlock;
  if (landlock.create(request.signals)) {
    for (const fs::path& path : request.readable) TRY(landlock.allow(path, kReadFolder));
    for (const fs::path& path : request.writable) TRY(landlock.allow(path, kWriteFolder));
    TRY(landlock.enforce());
  } else {
    notes.push_back(fmt::format(
        "this kernel has no Landlock ({}): the driver's process may open the files that its user may", why()));
  }
  Filter filter;
  if (!filter.build(request)) return fail(StatusCode::kUnsuccessful, "the seccomp filter cannot be built");
  TRY(filter.enforce());
  return notes;
}

}  // namespace portside::service
