#pragma once
// ControlLane: one client's requests of controls, one after the other on a simulated thread of its own: a driver that
// takes its time over one (a codec behind a slow bus) makes that client wait and nobody else. It may outlive its client
// by the request that the driver has not answered yet.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "client/process.h"
#include "service/control.h"
#include "service/control_inbox.h"
#include "service/peer.h"
#include "service/thread_duty.h"

namespace portside::service {

class ControlLane {
 public:
  // More than a program has that waits for its answers; who gives up waiting and asks again comes here.
  static constexpr size_t kMostUnderWay = 8;

  struct Request {
    uint32_t number = 0;
    std::shared_ptr<const Control> control;
    std::optional<std::vector<int32_t>> values;  // to set; none: it is read
  };

  // On a simulated thread. `over`: the last thing; the object may be destroyed from then on.
  static Result<std::unique_ptr<ControlLane>> start(std::shared_ptr<Peer> peer, ControlInbox& inbox, ThreadDuty duty,
                                                    std::function<void()> over);
  // Waits for the thread; call close() before.
  ~ControlLane();

  // False: kMostUnderWay are.
  bool ask(Request request);
  // What has not begun is dropped; nobody waits for it any more.
  void close();

  const std::shared_ptr<Peer>& peer() const { return peer_; }
  bool is_over() const { return over_.load(std::memory_order_acquire); }

 private:
  ControlLane(std::shared_ptr<Peer> peer, ControlInbox& inbox, ThreadDuty duty, std::function<void()> over)
      : peer_(std::move(peer)), inbox_(inbox), duty_(duty), tell_over_(std::move(over)) {}
  void body();
  void carry_out(const Request& request);
  void forget_first();

  const std::shared_ptr<Peer> peer_;
  ControlInbox& inbox_;
  const ThreadDuty duty_;
  const std::function<void()> tell_over_;
  std::unique_ptr<client::Event> wake_;
  Mutex mutex_;                                      // never held over a call that could wait
  std::deque<Request> requests_ GUARDED_BY(mutex_);  // the first is under way
  bool closing_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> over_ = false;
  std::unique_ptr<client::Thread> thread_;
};

}  // namespace portside::service
