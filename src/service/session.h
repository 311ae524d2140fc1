#pragma once
// Session: what one client asks, answered or refused, in the order in which it asks. Whatever it says, nothing is
// believed that was not checked, and no more is held for it than the bounds here. On the service thread.

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
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

  // News; only to a client that has greeted. One that does not read them is told once, when it does, to look at
  // everything.
  void tell(const wire::Changed& news);
  bool owes_news() const { return owes_news_; }
  // There is room again.
  void tell_owed();
  const std::shared_ptr<Peer>& peer() const { return peer_; }

  // Its greeting is not answered before that look is over (ControlWatch::look), or that time has come, so that what it
  // is told then is so.
  void hold(uint64_t look, Nanoseconds until) {
    held_for_ = look;
    held_until_ = until;
  }
  bool is_held() const { return held_for_ != 0; }
  Nanoseconds held_until() const { return held_until_; }
  void release_if(uint64_t looked, Nanoseconds now);

 private:
  void welcome();
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
  bool greeted_ = false, owes_news_ = false;
  uint32_t hello_ = 0;  // the number of a greeting that is not answered yet
  uint64_t held_for_ = 0;
  Nanoseconds held_until_{0};
  std::string snapshot_;
};

}  // namespace portside::service
