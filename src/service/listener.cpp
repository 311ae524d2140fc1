#include "service/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "service/folder_keeper.h"
#include "wire/socket.h"

namespace portside::service {
namespace {

std::unexpected<Status> refused(const std::string& path, std::string_view what) {
  return fail(StatusCode::kUnsuccessful, fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

// Ours, and for nobody else to write to; made when it is not there. What lies in it is made and removed by names alone,
// so that it is no home.
// `usual`: it is the one that nobody named, and no link, and nobody's to look into.
Result<> prepare_folder(const std::filesystem::path& folder, bool usual) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return refused(folder.string(), "the folder of the socket cannot be made");
  struct stat facts{};
  if ((usual ? ::lstat(folder.c_str(), &facts) : ::stat(folder.c_str(), &facts)) != 0)
    return refused(folder.string(), "the folder of the socket cannot be looked at");
  const char* home = std::getenv("HOME");
  std::error_code error;
  const bool is_home = home && *home && std::filesystem::equivalent(folder, home, error);
  if (facts.st_uid != ::geteuid() || !S_ISDIR(facts.st_mode) ||
      (facts.st_mode & (usual ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH)) || is_home)
    return fail(StatusCode::kAccessDenied,
                fmt::format("{}: a driver host's socket lies in a folder of its own, which its owner alone may {}",
                            folder.string(), usual ? "enter" : "write to"));
  return {};
}

// What becomes of a connection to there: 0, or an errno.
int try_connect(const sockaddr_un& address) {
  const Descriptor probe(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}
// A host does.
bool listens(const sockaddr_un& address) {
  const int error = try_connect(address);
  return error == 0 || error == EAGAIN;
}
// Somebody listens there, of whatever kind.
bool is_served(const sockaddr_un& address) { return try_connect(address) != ECONNREFUSED; }

// The keeper of a host that has just ended has its lock until it has cleared everything away, the lock last: that is
// waited for.
Result<Descriptor> take_lock(const std::string& path, const sockaddr_un& address) {
  const std::string lock_path = path + ".lock";
  for (int patience = 0;; ++patience) {
    Descriptor lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock) return refused(lock_path, "the lock beside the socket cannot be opened");
    struct stat there{}, locked{};
    // One that was removed since it was opened is nobody's any more.
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0 && ::fstat(lock.get(), &locked) == 0 &&
        ::stat(lock_path.c_str(), &there) == 0 && there.st_ino == locked.st_ino)
      return lock;
    if (patience == 200 || listens(address))
      return fail(StatusCode::kObjectNameCollision,
                  fmt::format("{}: another host serves there; end it, or name another --socket", path));
    ::usleep(10'000);
  }
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::create(std::string path) {
  const char* const named = std::getenv("PORTSIDE_SOCKET");
  const bool usual = path.empty() && !(named && *named);
  if (path.empty()) path = wire::default_socket_path();
  TRY_ASSIGN(const sockaddr_un address, wire::socket_address(path));
  std::unique_ptr<Listener> listener(new Listener);
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  TRY(prepare_folder(folder, usual));

  // Who has the lock is the host of this path, dead hosts have none: nothing depends on whether a connect() comes
  // through.
  TRY_ASSIGN(listener->lock_, take_lock(path, address));
  struct stat there{};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return fail(StatusCode::kObjectNameCollision, path + " is there, and is no socket");
    if (is_served(address))
      return fail(StatusCode::kObjectNameCollision,
                  fmt::format("{}: another program serves there; end it, or name another --socket", path));
    if (::unlink(path.c_str()) != 0) return refused(path, "the socket that a dead host left cannot be removed");
  }
  listener->socket_ = Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Nobody connects between bind and chmod: it does not listen yet.
  if (!listener->socket_ ||
      ::bind(listener->socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return refused(path, "the socket cannot be made");
  listener->path_ = path;
  if (::lstat(path.c_str(), &there) == 0) listener->inode_ = there.st_ino;
  if (::chmod(path.c_str(), 0600) != 0 || ::listen(listener->socket_.get(), 64) != 0)
    return refused(path, "the socket cannot be listened at");
  return listener;
}

Listener::~Listener() { remove(); }

void Listener::remove() {
  socket_.close();
  if (path_.empty()) return;
  struct stat there{};
  if (keeper_) {
    keeper_->no_more_clients();
  } else if (::lstat(path_.c_str(), &there) == 0 && there.st_ino == inode_) {  // not another's, who took it meanwhile
    (void)::unlink(path_.c_str());
    (void)::unlink((path_ + ".lock").c_str());
  }
  path_.clear();
  lock_.close();
}

std::shared_ptr<Peer> Listener::accept() {
  Descriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return nullptr;
  ucred who{};
  socklen_t length = sizeof who;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &who, &length) != 0 || who.uid != ::geteuid()) return nullptr;
  return std::make_shared<Peer>(std::move(socket), who.pid);
}

}  // namespace portside::service
