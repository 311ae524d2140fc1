#pragma once
// ServedDriver: `portside serve` with a sample driver, the cable or another one, in a process of its own, for as long as the object is there.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/temporary_folder.h"

extern char** environ;

namespace portside::testing {

class ServedDriver {
 public:
  // ALSA's plugin finds it by $PORTSIDE_SOCKET.
  explicit ServedDriver(const std::string& driver = CABLE_INF) {
    ::setenv("PORTSIDE_SOCKET", socket().c_str(), 1);
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) return;
    std::vector<std::string> words = {PORTSIDE_PROGRAM, "serve", "--driver", driver, "--socket", socket()};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    if (::posix_spawn(&process_, PORTSIDE_PROGRAM, &actions, nullptr, arguments.data(), environ) != 0) process_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    // It says so when it serves; a host that fails closes the pipe.
    std::string line;
    for (char c = 0; c != '\n' && ::read(out[0], &c, 1) == 1;) line += c;
    serves_ = line.starts_with("serving ");
    ::close(out[0]);
  }
  ~ServedDriver() { end(SIGTERM); }
  ServedDriver(const ServedDriver&) = delete;
  ServedDriver& operator=(const ServedDriver&) = delete;

  bool serves() const { return serves_; }
  std::string socket() const { return (folder_.path() / "host").string(); }
  // Its exit status; 128 + the signal that ended it.
  int end(int signal) {
    if (process_ <= 0) return status_;
    ::kill(process_, signal);
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  TemporaryFolder folder_;
  pid_t process_ = -1;
  bool serves_ = false;
  int status_ = -1;
};

}  // namespace portside::testing
