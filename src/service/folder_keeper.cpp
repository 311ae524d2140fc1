#include "service/folder_keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <variant>
#include <vector>

#include "service/alsa_hints.h"
#include "service/listener.h"
#include "service/sandbox.h"
#include "wire/message.h"
#include "wire/socket.h"

namespace portside::service {
namespace {

namespace fs = std::filesystem;

// What the host says; the list endpoint by endpoint, as a packet has its bounds.
struct ListBegins {
  static constexpr uint16_t kType = 1;
  static void fields(auto&, auto&) {}
};
struct ListedEndpoint {
  static constexpr uint16_t kType = 2;
  EndpointInfo endpoint;
  static void fields(auto& v, auto& m) {
    v.text(m.endpoint.id, wire::kMostName);
    v.text(m.endpoint.name, wire::kMostName);
    v.choice(m.endpoint.direction, Direction::kCapture);
  }
};
struct ListEnds {
  static constexpr uint16_t kType = 3;
  static void fields(auto&, auto&) {}
};
struct NoMoreClients {
  static constexpr uint16_t kType = 4;
  static void fields(auto&, auto&) {}
};
using Word = std::variant<ListBegins, ListedEndpoint, ListEnds, NoMoreClients>;

// The keeper's side. Whatever the host says, it is done to these files alone.
class KeptFolder {
 public:
  KeptFolder(std::string socket, uint64_t inode, fs::path own)
      : socket_(std::move(socket)), inode_(inode), own_(std::move(own)), hints_(socket_) {}

  // Until the host has gone, or says what none says.
  void serve(int host, int lock) {
    for (;;) {
      const auto packet = wire::receive_packet(host, wire::Patience::kWait);
      if (!packet || !*packet) break;
      const auto word = wire::decode((*packet)->bytes, static_cast<Word*>(nullptr));
      if (!word) break;
      std::visit([&](const auto& said) { hear(said); }, word->message);
      // The list is there, which is waited for.
      if (const auto answer = wire::encode(word->number, ListEnds{}); std::holds_alternative<ListEnds>(word->message))
        (void)wire::send_packet(host, *answer, {}, wire::Patience::kDoNotWait);
    }
    hear(NoMoreClients{});
    std::error_code error;
    fs::remove_all(own_, error);
    // Last: who has it may begin to serve here.
    struct stat there{}, locked{};
    const std::string path = socket_ + ".lock";
    if (::stat(path.c_str(), &there) == 0 && ::fstat(lock, &locked) == 0 && there.st_ino == locked.st_ino)
      (void)::unlink(path.c_str());
  }

 private:
  void hear(const ListBegins&) { listed_.clear(); }
  void hear(const ListedEndpoint& said) {
    if (listed_.size() < wire::kMostEndpoints) listed_.push_back(said.endpoint);
  }
  void hear(const ListEnds&) { hints_.write(listed_); }
  void hear(const NoMoreClients&) {
    hints_.remove();
    struct stat there{};
    // Not another's, who took the path meanwhile.
    if (::lstat(socket_.c_str(), &there) == 0 && there.st_ino == inode_) (void)::unlink(socket_.c_str());
  }

  const std::string socket_;
  const uint64_t inode_;
  const fs::path own_;
  AlsaHints hints_;
  std::vector<EndpointInfo> listed_;
};

[[noreturn]] void keep(const Listener& listener, const fs::path& own, int host) {
  // The terminal's signals are the host's to answer; so is what ends a service's processes all at once, which is blocked
  // in the host already. Its sockets are not held open here, nor its output.
  (void)::setsid();
  (void)::prctl(PR_SET_NAME, "portside-keeper");
  constexpr int kHost = 3, kLock = 4;
  const int high_host = ::fcntl(host, F_DUPFD, 100), high_lock = ::fcntl(listener.lock(), F_DUPFD, 100);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int number : {0, 1, 2}) (void)::dup2(nothing, number);
  if (::dup2(high_host, kHost) < 0 || ::dup2(high_lock, kLock) < 0 || ::close_range(kLock + 1, ~0u, 0) != 0) ::_exit(1);
  KeptFolder folder(fs::absolute(listener.path()), listener.inode(), fs::absolute(own));
  // Where that cannot be had, the host says so of itself.
  (void)confine({.readable = {}, .writable = {fs::absolute(listener.path()).parent_path()}});
  folder.serve(kHost, kLock);
  ::_exit(0);
}

template <class Said>
void say(int socket, const Said& said) {
  // One that is gone keeps nothing any more, and is missed by nobody else.
  if (const auto packet = wire::encode(1, said)) (void)wire::send_packet(socket, *packet, {}, wire::Patience::kWait);
}

}  // namespace

Result<std::unique_ptr<FolderKeeper>> FolderKeeper::start(const Listener& listener, const fs::path& own) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(StatusCode::kInsufficientResources, "no more descriptors");
  Descriptor ours(ends[0]), theirs(ends[1]);
  constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};
  (void)::setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  const pid_t process = ::fork();
  if (process == 0) keep(listener, own, theirs.get());
  if (process < 0)
    return fail(StatusCode::kInsufficientResources, fmt::format("no process is started: {}", std::strerror(errno)));
  return std::unique_ptr<FolderKeeper>(new FolderKeeper(std::move(ours), process));
}

FolderKeeper::~FolderKeeper() {
  socket_.close();
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
}

void FolderKeeper::list(std::span<const EndpointInfo> endpoints) const {
  say(socket_.get(), ListBegins{});
  for (const EndpointInfo& endpoint : endpoints)
    say(socket_.get(), ListedEndpoint{{.id = endpoint.id,
                                       .name = endpoint.name,
                                       .direction = endpoint.direction,
                                       .formats = {},
                                       .controls = {}}});
  say(socket_.get(), ListEnds{});
  (void)wire::receive_packet(socket_.get(), wire::Patience::kWait);
}

void FolderKeeper::no_more_clients() const { say(socket_.get(), NoMoreClients{}); }

}  // namespace portside::service
