#pragma once
// SymbolizerProcess: llvm-symbolizer as a child that answers one question after another over two pipes. Any failure
// (no such program, it died, no answer in time) is an empty answer, and the process is not asked again.

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace portside::loader {

class SymbolizerProcess {
 public:
  // Null when `tool` cannot be started.
  static std::unique_ptr<SymbolizerProcess> start(const std::string& tool);
  ~SymbolizerProcess();
  SymbolizerProcess(const SymbolizerProcess&) = delete;
  SymbolizerProcess& operator=(const SymbolizerProcess&) = delete;

  // The lines of an answer: function, then file:line:column, for each inlined frame, innermost first.
  std::vector<std::string> ask(const std::string& question);
  bool alive() const { return write_fd_ >= 0; }

 private:
  SymbolizerProcess(pid_t pid, int write_fd, int read_fd) : pid_(pid), write_fd_(write_fd), read_fd_(read_fd) {}
  void stop();

  pid_t pid_;
  int write_fd_;
  int read_fd_;
  std::string pending_;
};

}  // namespace portside::loader
