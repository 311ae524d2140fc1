#pragma once
// Peer: one connected client: its socket, and who it is. Any thread may tell it something; a client that does not read
// what it is told is parted with, and costs nobody a wait.

#include <sys/types.h>

#include <atomic>
#include <span>
#include <string>

#include "base/descriptor.h"
#include "wire/message.h"
#include "wire/socket.h"

namespace portside::service {

class Peer {
 public:
  Peer(Descriptor socket, pid_t pid) : socket_(std::move(socket)), pid_(pid) {}

  template <class Message>
  void tell(uint32_t number, const Message& message, std::span<const int> descriptors = {}) {
    const auto packet = wire::encode(number, message);
    if (!packet || !wire::send_packet(socket_.get(), *packet, descriptors, wire::Patience::kDoNotWait)) part();
  }
  // News: for whoever has read what it was told before. Room is left for the answers that it waits for.
  bool has_room() const;
  void refuse(uint32_t number, const Status& why) { tell(number, wire::Failed(why)); }
  // Whoever waits for the socket sees that it is over.
  void part();

  int socket() const { return socket_.get(); }
  pid_t pid() const { return pid_; }

 private:
  Descriptor socket_;
  pid_t pid_;
};

}  // namespace portside::service
