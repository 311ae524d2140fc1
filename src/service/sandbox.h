#pragma once
// Sandbox: what a driver host may still do once it runs somebody's driver. Landlock: which files there are for it.
// seccomp: which system calls; no sockets of its own, no programs, no signals to others. For this process and all
// threads that come after.

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace portside::service {

struct SandboxRequest {
  std::vector<std::filesystem::path> readable;  // files, or folders with all that is below
  std::vector<std::filesystem::path> writable;  // folders
  bool priority = false;  // its threads choose between the usual scheduling and SCHED_FIFO, as far as their user may
  bool signals = false;   // SIGTERM and SIGKILL by a process's descriptor that is held already: a QEMU that must end
};

// What could not be put in force on this machine, one sentence each. An error: something that should have worked did
// not.
Result<std::vector<std::string>> confine(const SandboxRequest& request);

// The driver's folder as `readable` has it: the folder, or, where that would be a home or more, the files in it.
std::vector<std::filesystem::path> readable_beside(const std::filesystem::path& driver);

}  // namespace portside::service
