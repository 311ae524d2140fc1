#pragma once
// Listener: the socket that clients connect to, in a folder that is its owner's alone, and gone with the object. One
// that a dead host has left is taken over; one that is served is refused.

#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "service/peer.h"

namespace portside::service {

class FolderKeeper;

class Listener {
 public:
  // `path` empty: the usual one.
  static Result<std::unique_ptr<Listener>> create(std::string path);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Null: nobody waits, or somebody else's process did and was parted with.
  std::shared_ptr<Peer> accept();
  int descriptor() const { return socket_.get(); }
  const std::string& path() const { return path_; }
  int lock() const { return lock_.get(); }
  uint64_t inode() const { return inode_; }  // of the socket
  // Its files are removed by the keeper from now on, which outlives this object.
  void leave_files_to(const FolderKeeper& keeper) { keeper_ = &keeper; }
  // No more clients.
  void remove();

 private:
  Listener() = default;
  Descriptor socket_, lock_;
  std::string path_;
  uint64_t inode_ = 0;
  const FolderKeeper* keeper_ = nullptr;
};

}  // namespace portside::service
