// What a process may still do once it is confined. Each attempt is made by a child that is.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <thread>

#include "base/subprocess.h"
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

TEST(Sandbox, CallsAreThoseOfAHost) {
  const service::SandboxRequest request;
  EXPECT_EQ(confined(request, [] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::fork() >= 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::execl("/bin/true", "true", nullptr) == 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::kill(::getppid(), 0) == 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return ::setuid(0) == 0; }), EPERM);
  EXPECT_EQ(confined(request, [] { return run_program("true", {}).has_value(); }) == 0, false);
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
