#include "turn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace portside::bench {

Server::Server(std::vector<std::string> words, bool one_core) {
  char name[] = "/tmp/portside-bench-XXXXXX";
  ::close(::mkstemp(name));
  log_ = name;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  const int log = ::open(name, O_WRONLY | O_APPEND);
  ::dup2(log, 1);
  ::dup2(log, 2);
  stay_on_one_core(one_core);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

Server::~Server() {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  ::unlink(log_.c_str());
}

bool Server::runs() const { return pid_ > 0 && ::kill(pid_, 0) == 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }

double Server::processor_seconds() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/stat");
  std::string line;
  std::getline(in, line);
  unsigned long user = 0, system = 0;
  // The name in parentheses may have anything in it; utime and stime are the 12th and 13th field behind it.
  const size_t behind = line.rfind(')');
  if (behind == line.npos || std::sscanf(line.c_str() + behind + 1,
                                         " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
    return 0;
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string Server::said() const {
  std::ifstream in(log_);
  return {std::istreambuf_iterator<char>(in), {}};
}

double own_processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void stay_on_one_core(bool stay) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (stay) CPU_SET(0, &cores);
  else
    for (int i = 0; i < ::sysconf(_SC_NPROCESSORS_ONLN); ++i) CPU_SET(i, &cores);
  ::sched_setaffinity(0, sizeof cores, &cores);
}

void take_priority(int priority) {
  const sched_param parameters{.sched_priority = priority};
  ::sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &parameters);
}

}  // namespace portside::bench
