// What a process may still do once it is confined. Each attempt is made by a child that is.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/temporary_folder.h"
#include "service/sandbox.h"

namespace portside {
namespace {

// What `attempt` returns in a confined child: 0 when it could, else errno.
int confined(const service::SandboxRequest& request, const std::function<bool()>& attempt) {
  const pid_t child = fork();
  if (child == 0) {
    if (!service::confine(request)) _exit(100);
    errno = 0;
    _exit(attempt() ? 0 : errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

TEST(Sandbox, FilesAreThoseThatWereNamed) {
  const TemporaryFolder home, driver, own;
  std::ofstream(home.path() / "secret") << "x";
  std::ofstream(driver.path() / "driver.sys") << "x";
  const service::SandboxRequest request{.readable = {driver.path()}, .writable = {own.path()}};
  const auto opens = [](const std::filesystem::path& path, int flags) {
    return [path, flags] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600) >= 0; };
  };
  EXPECT_EQ(confined(request, opens(driver.path() / "driver.sys", O_RDONLY)), 0);
  EXPECT_EQ(confined(request, opens(own.path() / "written", O_WRONLY | O_CREAT)), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto notes = service::confine(request);
    // A kernel without Landlock says so, and has nothing more to show here.
    _exit(!notes ? 100 : notes->empty() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 1) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(confined(request, opens(home.path() / "secret", O_RDONLY)), EACCES);
  EXPECT_EQ(confined(request, opens(driver.path() / "driver.sys", O_WRONLY)), EACCES);
  EXPECT_EQ(confined(request, opens("/etc/passwd", O_RDONLY)), EACCES);
}

// A host writes in a folder of its own beside its socket, and has no other right there.
TEST(Sandbox, WhatLiesBesideTheOwnFolderIsNotItsOwn) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "host.run");
  std::ofstream(folder.path() / "host") << "x";
  const service::SandboxRequest request{.readable = {}, .writable = {folder.path() / "host.run"}};
  const std::string host = folder.path() / "host", conf = folder.path() / "host.alsa.conf",
                    own = folder.path() / "host.run" / "x", own_folder = folder.path() / "host.run";
  if (confined(request, [&] { return ::access("/etc/passwd", F_OK) == 0 && ::open("/etc/passwd", O_RDONLY) >= 0; }) ==
      0)
    GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(confined(request, [&] { return ::unlink(host.c_str()) == 0; }), EACCES);
  EXPECT_EQ(confined(request, [&] { return ::rmdir(own_folder.c_str()) == 0; }), EACCES);
  EXPECT_EQ(confined(request, [&] { return ::open(conf.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0; }), EACCES);
  EXPECT_EQ(confined(request, [&] { return ::open(own.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0; }), 0);
  EXPECT_NE(confined(request, [&] { return ::rename(own.c_str(), conf.c_str()) == 0; }), 0);
}

// A host with a QEMU ends that, by the descriptor that it has of it, and nobody else.
TEST(Sandbox, SignalsReachWhomItHasADescriptorOf) {
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  ASSERT_GE(handle, 0);
  const auto signal = [&](int number) { return ::syscall(SYS_pidfd_send_signal, handle, number, nullptr, 0) == 0; };
  const service::SandboxRequest none, some{.readable = {}, .writable = {}, .signals = true};
  EXPECT_EQ(confined(none, [&] { return signal(SIGTERM); }), EPERM);
  EXPECT_EQ(confined(some, [&] { return ::kill(child, SIGTERM) == 0; }), EPERM);
  EXPECT_EQ(confined(some, [&] { return ::syscall(SYS_pidfd_open, child, 0) >= 0; }), EPERM);
  EXPECT_EQ(confined(some, [&] { return signal(SIGUSR1); }), EPERM) << "what a QEMU need not be told";
  EXPECT_EQ(confined(some, [&] { return signal(SIGTERM); }), 0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  ::close(handle);
}

TEST(Sandbox, CallsAreThoseOfAHost) {
  const service::SandboxRequest request;
  EXPECT_EQ(confined(request, [] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::fork() >= 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::execl("/bin/true", "true", nullptr) == 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::kill(::getppid(), 0) == 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::setuid(0) == 0; }), EPERM);
  EXPECT_EQ(confined(request,
                     [] {
                       char name[] = "true";
                       char* const argv[] = {name, nullptr};
                       pid_t child = 0;
                       errno = ::posix_spawnp(&child, name, nullptr, nullptr, argv, nullptr);
                       return errno == 0;
                     }),
            EPERM);
  EXPECT_EQ(confined(request, [] { return ::fcntl(0, F_SETOWN, ::getppid()) == 0; }), EPERM);
  EXPECT_EQ(confined(request,
                     [] {
                       rlimit files{};
                       return ::prlimit(::getppid(), RLIMIT_NOFILE, nullptr, &files) == 0;
                     }),
            EPERM);
  // Threads there are still.
  EXPECT_EQ(confined(request,
                     [] {
                       int seen = 0;
                       std::thread([&] { seen = 1; }).join();
                       return seen == 1;
                     }),
            0);
}

TEST(Sandbox, AHomeIsNotGivenForTheDriverThatLiesInIt) {
  const TemporaryFolder home;
  std::filesystem::create_directory(home.path() / "drivers");
  std::ofstream(home.path() / "a.inf") << "x";
  std::ofstream(home.path() / "drivers" / "b.inf") << "x";
  const char* was = std::getenv("HOME");
  const std::string before = was ? was : "";
  setenv("HOME", home.path().c_str(), 1);
  EXPECT_THAT(service::readable_beside(home.path() / "a.inf"), testing::ElementsAre(home.path() / "a.inf"));
  EXPECT_THAT(service::readable_beside(home.path() / "drivers" / "b.inf"),
              testing::ElementsAre(home.path() / "drivers"));
  setenv("HOME", before.c_str(), 1);
}

}  // namespace
}  // namespace portside
