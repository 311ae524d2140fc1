#include "wire/connection.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace portside::wire {
namespace {

constexpr size_t kMostNewsKept = 4096;

std::string program_name() { return program_invocation_short_name ? program_invocation_short_name : ""; }

}  // namespace

Result<std::shared_ptr<Connection>> Connection::open(const std::string& path) {
  TRY_ASSIGN(const sockaddr_un address, socket_address(path));
  std::shared_ptr<Connection> connection(new Connection);
  connection->socket_ = Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  connection->kept_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  connection->news_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  const int socket = connection->socket_.get();
  if (socket < 0 || !connection->kept_ || !connection->news_)
    return fail(StatusCode::kInsufficientResources, "no more descriptors");
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  (void)::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  (void)::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ECONNREFUSED)
      return fail(StatusCode::kMachineEnded,
                  "no driver is served at " + path + " (portside serve --driver D.inf serves one)");
    if (error == EACCES || error == EPERM) return fail(StatusCode::kAccessDenied, path + " belongs to somebody else");
    return fail(StatusCode::kUnsuccessful, path + ": " + std::strerror(error));
  }
  // Whoever takes our sound and tells us where our memory lies is our own user, or root.
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || (peer.uid != ::geteuid() && peer.uid != 0))
    return fail(StatusCode::kAccessDenied, path + " is served by another user");
  for (const int member : {socket, connection->kept_.get()}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = member}};
    if (::epoll_ctl(connection->news_.get(), EPOLL_CTL_ADD, member, &event) != 0)
      return fail(StatusCode::kInsufficientResources, "no more descriptors");
  }
  TRY(connection->ask_for<Welcome>(Hello{program_name()}));
  return connection;
}

Status Connection::lost_locked(const Status& why) {
  if (gone_.is_ok()) {
    // What a host that speaks wrongly says after that is not listened to.
    const bool hung_up = why.code() == StatusCode::kMachineEnded;
    gone_ = Status(StatusCode::kMachineEnded, hung_up ? "the driver host has gone" : why.sentence());
    (void)::shutdown(socket_.get(), SHUT_RDWR);
  }
  return gone_;
}

Result<> Connection::keep_news_locked(Answer& answer) {
  if (auto* farewell = std::get_if<Farewell>(&answer)) {
    gone_ = Status(StatusCode::kMachineEnded, farewell->sentence);
    return fail(gone_);
  }
  auto* changed = std::get_if<Changed>(&answer);
  if (!changed) return fail(lost_locked(Status(StatusCode::kInvalidParameter, "the host sent news of no known kind")));
  // A listener that never listens looks at everything anew when it does.
  if (news_kept_.size() >= kMostNewsKept) news_kept_.assign(1, Changed{});
  news_kept_.push_back(std::move(*changed));
  const uint64_t one = 1;
  (void)!::write(kept_.get(), &one, sizeof one);
  return {};
}

// The answer to a question that was given up: what was opened by it is nobody's.
void Connection::forget_locked(const Answer& answer) {
  const auto* opened = std::get_if<Opened>(&answer);
  if (!opened) return;
  if (const auto close = encode(++last_number_, Close{opened->stream}))
    (void)send_packet(socket_.get(), *close, {}, Patience::kWait);
}

Result<Connection::Reply> Connection::exchange_locked(std::span<const std::byte> packet) {
  const uint32_t awaited = last_number_;
  if (!gone_.is_ok()) return fail(gone_);
  if (auto sent = send_packet(socket_.get(), packet, {}, Patience::kWait); !sent) {
    // Its last word may still be in the socket.
    if (auto news = take_news_locked(); !news) return fail(news.error());
    return fail(lost_locked(sent.error()));
  }
  for (;;) {
    auto received = receive_packet(socket_.get(), Patience::kWait);
    if (!received) return fail(lost_locked(received.error()));
    if (!*received)
      return fail(StatusCode::kTimeout,
                  "the driver host has not answered for " + std::to_string(kPatience.count()) + " s");
    auto decoded = decode_answer((*received)->bytes);
    if (!decoded) return fail(lost_locked(decoded.error()));
    if (decoded->number == 0) {
      TRY(keep_news_locked(decoded->message));
      continue;
    }
    if (decoded->number != awaited) {
      forget_locked(decoded->message);
      continue;
    }
    if (auto* failed = std::get_if<Failed>(&decoded->message)) {
      const Status status = Status::from_nt(static_cast<int32_t>(failed->code), std::move(failed->sentence));
      return fail(status.is_ok() ? Status(StatusCode::kUnsuccessful, status.sentence()) : status);
    }
    return Reply{std::move(decoded->message), std::move((*received)->descriptors)};
  }
}

Result<std::deque<Changed>> Connection::take_news_locked() {
  while (gone_.is_ok()) {
    auto received = receive_packet(socket_.get(), Patience::kDoNotWait);
    if (!received) return fail(lost_locked(received.error()));
    if (!*received) break;
    auto decoded = decode_answer((*received)->bytes);
    if (!decoded) return fail(lost_locked(decoded.error()));
    if (decoded->number == 0) TRY(keep_news_locked(decoded->message));
    else forget_locked(decoded->message);
  }
  uint64_t count = 0;
  (void)!::read(kept_.get(), &count, sizeof count);
  if (!gone_.is_ok() && news_kept_.empty()) return fail(gone_);
  return std::exchange(news_kept_, {});
}

}  // namespace portside::wire
