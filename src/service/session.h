#pragma once
// Session: what one client asks, answered or refused, in the order in which it asks. Whatever it says, nothing is
// believed that was not checked, and no more is held for it than the bounds here. On the service thread.

#include <memory>
#include <string>
#include <vector>

#include "service/peer.h"
#include "wire/message.h"

namespace portside::service {

class DriverHost;
class StreamHost;

class Session {
 public:
  static constexpr size_t kMostStreams = 64;
  static constexpr int kMostRequestsAtOnce = 64;

  Session(DriverHost& host, std::shared_ptr<Peer> peer) : host_(host), peer_(std::move(peer)) {}

  // What lies in the socket. False: the client has gone, or is parted with.
  bool serve();
  // One packet, whatever is in it. False: it is no request, and the client is parted with.
  bool take(const wire::Packet& packet);

  // News; only to a client that has greeted.
  void tell(const wire::Changed& news) {
    if (greeted_) peer_->tell(0, news);
  }
  const std::shared_ptr<Peer>& peer() const { return peer_; }

 private:
  void answer(uint32_t number, const wire::Hello& request);
  void answer(uint32_t number, const wire::Describe& request);
  void answer(uint32_t number, const wire::Open& request);
  void answer(uint32_t number, const wire::Close& request);
  void answer(uint32_t number, const wire::SetState& request);
  void answer(uint32_t number, const wire::GetControl& request);
  void answer(uint32_t number, const wire::SetControl& request);
  void answer(uint32_t number, const wire::ReadSnapshot& request);
  // Of this client; null, and the request refused, when it is none.
  StreamHost* stream(uint32_t number, uint32_t id);

  DriverHost& host_;
  std::shared_ptr<Peer> peer_;
  bool greeted_ = false;
  std::string snapshot_;
};

}  // namespace portside::service
