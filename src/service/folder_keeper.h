#pragma once
// FolderKeeper: a process beside the host that keeps what lies beside the socket: it writes the list of endpoints for
// ALSA, and clears everything away. So the host, which runs somebody's driver, needs no right to write there; the list,
// which every program that uses ALSA reads as configuration, is made of names alone by one who has no driver in it; and
// a host that was killed leaves nothing.

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <span>

#include "base/descriptor.h"
#include "base/result.h"
#include "portside/client.h"

namespace portside::service {

class Listener;

class FolderKeeper {
 public:
  // While this process has one thread. `own`: a folder beside the socket that goes with the host.
  static Result<std::unique_ptr<FolderKeeper>> start(const Listener& listener, const std::filesystem::path& own);
  // Waits until nothing is left.
  ~FolderKeeper();
  FolderKeeper(const FolderKeeper&) = delete;
  FolderKeeper& operator=(const FolderKeeper&) = delete;

  // What aplay -L lists from when this returns. One thread.
  void list(std::span<const EndpointInfo> endpoints) const;
  // The socket and the list go now, the rest with the host.
  void no_more_clients() const;
  pid_t process() const { return process_; }

 private:
  FolderKeeper(Descriptor socket, pid_t process) : socket_(std::move(socket)), process_(process) {}

  Descriptor socket_;
  const pid_t process_;
};

}  // namespace portside::service
