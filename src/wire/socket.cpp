#include "wire/socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "wire/message.h"

namespace portside::wire {

std::string default_socket_path() {
  if (const char* named = std::getenv("PORTSIDE_SOCKET"); named && *named) return named;
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime && *runtime)
    return std::string(runtime) + "/portside/host";
  return {};
}

Result<sockaddr_un> socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty())
    return fail(StatusCode::kObjectNameInvalid,
                "no socket is named: neither an argument, nor PORTSIDE_SOCKET, nor XDG_RUNTIME_DIR");
  if (path.size() >= sizeof address.sun_path)
    return fail(StatusCode::kObjectNameInvalid, "the path of the socket is longer than the " +
                                                    std::to_string(sizeof address.sun_path - 1) +
                                                    " bytes that one may have: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Result<> send_packet(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors,
                     Patience patience) {
  if (descriptors.size() > kMostDescriptors)
    return fail(StatusCode::kInvalidParameter, "too many descriptors for one packet");
  iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(kMostDescriptors * sizeof(int))] = {};
  if (!descriptors.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL | (patience == Patience::kDoNotWait ? MSG_DONTWAIT : 0)) >= 0)
      return {};
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      return fail(StatusCode::kDeviceBusy, "the other side does not read what it is told");
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
      return fail(StatusCode::kMachineEnded, "the other side has gone");
    return fail(StatusCode::kUnsuccessful, std::string("a message could not be sent: ") + std::strerror(errno));
  }
}

Result<std::optional<Packet>> receive_packet(int socket, Patience patience) {
  Packet packet;
  packet.bytes.resize(kMostPacketBytes);
  iovec part{packet.bytes.data(), packet.bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  // Room for more than may come, so that those that should not are received and closed.
  alignas(cmsghdr) char control[CMSG_SPACE(8 * kMostDescriptors * sizeof(int))] = {};
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t count = 0;
  do count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (patience == Patience::kDoNotWait ? MSG_DONTWAIT : 0));
  while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return std::nullopt;
    if (errno == ECONNRESET || errno == ENOTCONN) return fail(StatusCode::kMachineEnded, "the other side has gone");
    return fail(StatusCode::kUnsuccessful, std::string("a message could not be received: ") + std::strerror(errno));
  }
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    const size_t descriptors = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < descriptors; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(head) + i * sizeof number, sizeof number);
      packet.descriptors.emplace_back(number);
    }
  }
  if (count == 0 && packet.descriptors.empty()) return fail(StatusCode::kMachineEnded, "the other side has gone");
  if (message.msg_flags & MSG_TRUNC) return fail(StatusCode::kInvalidBufferSize, "a packet longer than one may be");
  if ((message.msg_flags & MSG_CTRUNC) || packet.descriptors.size() > kMostDescriptors)
    return fail(StatusCode::kInvalidParameter, "a packet with more descriptors than one may have");
  packet.bytes.resize(static_cast<size_t>(count));
  return packet;
}

}  // namespace portside::wire
