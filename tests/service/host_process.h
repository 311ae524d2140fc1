#pragma once
// HostProcess: `portside serve` as a child, at a socket in a folder of its own.

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/temporary_folder.h"
#include "portside/client.h"

extern char** environ;

namespace portside::testing_support {

class HostProcess {
 public:
  // `socket`: another one than its own.
  explicit HostProcess(std::string driver, std::vector<std::string> more = {}, std::string socket = {})
      : driver_(std::move(driver)), more_(std::move(more)), socket_(std::move(socket)) {
    start();
  }
  ~HostProcess() {
    if (pid_ > 0) kill_it();
  }

  // Waits until it serves, or has ended.
  void start() {
    std::vector<std::string> words{PORTSIDE_PROGRAM, "serve", "--driver", driver_, "--socket", socket()};
    words.insert(words.end(), more_.begin(), more_.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, log_path().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (posix_spawn(&pid_, PORTSIDE_PROGRAM, &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (pid_ > 0 && std::chrono::steady_clock::now() < give_up && said().find("serving ") == std::string::npos) {
      if (waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  // Its exit code; -1 when a signal ended it.
  int wait() {
    if (pid_ > 0) waitpid(pid_, &status_, 0);
    pid_ = -1;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }
  int stop() {
    if (pid_ > 0) ::kill(pid_, SIGTERM);
    return wait();
  }
  void kill_it() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    wait();
  }

  pid_t pid() const { return pid_; }
  std::string socket() const { return socket_.empty() ? (folder_.path() / "host").string() : socket_; }
  std::filesystem::path folder() const { return folder_.path(); }
  std::string said() const {
    std::ifstream in(log_path());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The list of endpoints for aplay -L; empty when there is none.
  std::string alsa_list() const {
    std::ifstream in(socket() + ".alsa.conf");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The process that keeps its folder.
  pid_t keeper() const {
    std::ifstream children("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children");
    for (pid_t child = -1; children >> child;) {
      std::string name;
      std::ifstream comm("/proc/" + std::to_string(child) + "/comm");
      if (std::getline(comm, name) && name == "portside-keeper") return child;
    }
    return -1;
  }
  // Its threads of that name: policy and real-time priority of each.
  std::vector<std::pair<int, int>> scheduling(const std::string& name) const {
    std::vector<std::pair<int, int>> found;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task")) {
      std::string comm;
      std::ifstream named(task.path() / "comm");
      if (!std::getline(named, comm) || comm != name) continue;
      const pid_t id = std::stoi(task.path().filename());
      sched_param parameters{};
      ::sched_getparam(id, &parameters);
      found.emplace_back(::sched_getscheduler(id), parameters.sched_priority);
    }
    return found;
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      if (entry.path() != log_path()) names.push_back(entry.path().filename());
    return names;
  }
  size_t descriptors() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/fd"), {}));
  }
  // Memory that it has as files.
  size_t segments() const {
    size_t count = 0;
    std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
    for (std::string line; std::getline(maps, line);)
      count += line.find("memfd:portside-stream") != line.npos || line.find("memfd:portside-pages") != line.npos;
    return count;
  }

 private:
  std::string log_path() const { return (folder_.path() / "log").string(); }

  const std::string driver_;
  const std::vector<std::string> more_;
  const std::string socket_;
  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace portside::testing_support
