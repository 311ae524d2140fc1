#pragma once
// StreamHost: one open stream of a client: a simulated thread that opens it, waits for its notifications, publishes its
// position and carries out what its client asks for. All calls of the driver for this stream are made on that thread.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "client/process.h"
#include "client/stream.h"
#include "client/topology.h"
#include "service/client_page.h"
#include "service/lateness_histogram.h"
#include "service/packet_turn.h"
#include "service/peer.h"
#include "service/sound_copy.h"
#include "service/thread_duty.h"
#include "service/watched_levels.h"

namespace portside::host {
class Machine;
}

namespace portside::service {

// What a watcher is told of a stream.
struct StreamSight {
  uint32_t id = 0;
  pid_t pid = 0;
  std::string endpoint;
  StreamFormat format;
  uint64_t buffer_frames = 0;
  uint32_t notifications_a_buffer = 0;
  bool packets = false, copied = false;
  StreamState state{};
  uint64_t frames = 0;
  int64_t when_ns = 0;        // of `frames`, CLOCK_MONOTONIC
  std::vector<Level> levels;  // one a channel, once somebody watches
  LatenessHistogram lateness;
  uint64_t notifications = 0, glitches = 0;
  // Of notifications: how far the device was beyond the place that the notification is for; less than 0: it came
  // before.
  int64_t lateness_ns = 0, worst_lateness_ns = 0;
  std::string ended;
};

class StreamHost {
 public:
  struct Order {
    uint32_t id = 0;
    uint32_t number = 0;  // of the request to open it
    StreamRequest request;
    client::Endpoint endpoint;
    std::string endpoint_id;
    std::shared_ptr<Peer> peer;
    ThreadDuty duty;
    std::function<void(std::shared_ptr<ClientPage>)> opened;  // before the client is told
    std::function<void()> over;  // the last thing: the object may be destroyed from then on
  };
  // On a simulated thread.
  static Result<std::unique_ptr<StreamHost>> start(host::Machine& machine, Order order);
  // Waits for the thread; call close() before.
  ~StreamHost();

  void set_state(uint32_t number, StreamState state);
  // `number` 0: nobody waits for an answer.
  void close(uint32_t number);

  uint32_t id() const { return order_.id; }
  const std::shared_ptr<Peer>& peer() const { return order_.peer; }
  // Closed, as the client was told; the thread may be about to end still.
  bool is_closed() const { return closed_.load(std::memory_order_acquire); }
  bool is_over() const { return over_.load(std::memory_order_acquire); }
  StreamSight sight() const EXCLUDES(sight_mutex_);

 private:
  struct Command {
    uint32_t number = 0;
    std::optional<StreamState> state;  // none: close
  };
  StreamHost(host::Machine& machine, Order order) : machine_(machine), order_(std::move(order)) {}
  // False: `most` of them are under way, or it is to be closed.
  bool command(const Command& command, size_t most);
  void body();
  Result<> open();
  Result<> announce();
  void obey(const Command& command);
  std::optional<Nanoseconds> patience() const;
  Nanoseconds until_look() const;
  std::optional<Nanoseconds> until_wake() const;
  bool wakes(bool notified);
  Result<uint64_t> ask_position();
  uint64_t unseen(uint64_t moved, int64_t since_ns) const;
  int64_t late_by(uint64_t frames);
  void look(bool notified);
  void move_sound(uint64_t frames);
  void judge(uint64_t frames, bool lost);
  void tell_packets(uint64_t frames);
  void end(const Status& why);
  void publish(uint64_t frames, int64_t when_ns);

  host::Machine& machine_;
  const Order order_;
  std::unique_ptr<client::Event> wake_;
  Mutex commands_mutex_;  // never held over a call that could wait
  std::deque<Command> commands_ GUARDED_BY(commands_mutex_);

  // The thread's.
  std::unique_ptr<client::Stream> stream_;
  std::shared_ptr<ClientPage> page_;
  std::optional<SoundCopy> copy_;      // the client's own buffer, where the driver's cannot be given to it
  std::optional<PacketTurn> packets_;  // in packet mode
  StreamFacts facts_;
  uint64_t frame_bytes_ = 0, granule_ = 0;
  StreamState state_ = StreamState::kStop;
  bool closing_ = false, ended_ = false, dry_ = false;
  uint64_t frames_ = 0;       // as they were last read
  uint64_t woken_ = 0;        // steps of wake_frames that the client was woken for
  int64_t last_when_ns_ = 0;  // when that was; 0: not in this RUN yet
  uint64_t unseen_ = 0;       // frames of rounds that went by between two looks
  uint64_t boundary_ = 0;     // the place that the next notification is for
  uint32_t run_ = 0;          // how often it was stopped

  WatchedLevels levels_;

  mutable Mutex sight_mutex_;
  StreamSight sight_ GUARDED_BY(sight_mutex_);
  std::atomic<bool> closed_ = false, over_ = false;
  std::unique_ptr<client::Thread> thread_;
};

}  // namespace portside::service
