#pragma once
// StreamBook: what is known of each stream: its format, state, buffer, how long it has run, and its history in
// sentences. The rules of streams share it; it is subscribed before them, so that it knows of an event before they
// judge it.

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "portcls/stream_observer.h"
#include "verifier/finding.h"

namespace portside::verifier {

// A stream at one instant.
struct StreamView {
  portcls::StreamId id = 0;
  bool capture = false;
  bool bursts =
      false;  // a keyword detector's pin: what was captured before is handed out, faster than it was, or nothing
  uint32_t frame_bytes = 0;  // 0: not a PCM format
  uint64_t bytes_per_second = 0;
  KSSTATE state = KSSTATE_STOP;
  bool changing = false;      // a SetState is under way
  bool ever_ran = false;      // RUN since the last STOP, or on the way to it
  bool ever_stopped = false;  // came back to STOP once
  Nanoseconds state_since{};  // when the last SetState returned
  uint64_t epoch = 0;         // counts arrivals at STOP
  uint64_t buffer_bytes = 0;
  uint32_t notification_count = 0;
  PMDL buffer = nullptr;
  bool freeing = false;  // the port has told the miniport to free the buffer
  bool ended =
      false;  // a packet with the end of the stream was taken since STOP: what comes then is the driver's own pace

  // Time in RUN since STOP: at the most, from the call that began it to the return of the call that ends it.
  Nanoseconds run_time(Nanoseconds now) const { return ran_ + (run_began_ ? now - *run_began_ : Nanoseconds(0)); }
  // And at the least: from the return of the call that began it to the call that ends it.
  Nanoseconds sure_run_time(Nanoseconds now) const {
    return surely_ran_ + (runs_since_ ? now - *runs_since_ : Nanoseconds(0));
  }
  Nanoseconds time_of(uint64_t bytes) const {
    return bytes_per_second ? Nanoseconds(static_cast<int64_t>(static_cast<double>(bytes) * 1e9 /
                                                               static_cast<double>(bytes_per_second)))
                            : Nanoseconds(0);
  }
  uint64_t bytes_in(Nanoseconds time) const {
    return static_cast<uint64_t>(static_cast<double>(time.count()) * static_cast<double>(bytes_per_second) / 1e9);
  }
  uint64_t packet_bytes() const { return notification_count ? buffer_bytes / notification_count : 0; }
  Nanoseconds packet_time() const { return time_of(packet_bytes()); }

  Nanoseconds ran_{0}, surely_ran_{0};
  std::optional<Nanoseconds> run_began_, runs_since_;
};

class StreamBook final : public portcls::StreamObserver {
 public:
  std::optional<StreamView> find(portcls::StreamId id) const;
  // The stream whose buffer the MDL is.
  std::optional<StreamView> find_by_buffer(const void* mdl) const;
  // "stream" and "history", for a finding.
  std::vector<Fact> facts(portcls::StreamId id) const;

  void on_new_stream(const portcls::NewStreamCall& call) override;
  void on_buffer_allocated(const portcls::BufferInfo& buffer) override;
  void on_buffer_freeing(const portcls::BufferInfo& buffer) override;
  void on_buffer_freed(const portcls::BufferInfo& buffer) override;
  void on_state_changing(const portcls::StateChange& change) override;
  void on_state_change(const portcls::StateChange& change) override;
  void on_notification_registered(const portcls::NotificationSeen& seen, const Status& status) override;
  void on_notification_unregistered(const portcls::NotificationSeen& seen, const Status& status,
                                    bool forgotten) override;
  void on_packet_call(const portcls::PacketCall& call) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

 private:
  struct Entry {
    StreamView view;
    std::string title;
    std::deque<std::string> history;
    uint64_t forgotten = 0;  // sentences that the history has lost
    bool closed = false;
    void note(std::string sentence);
  };
  Entry* entry(portcls::StreamId id) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<portcls::StreamId, Entry> entries_ GUARDED_BY(mutex_);  // closed ones too, the last kKept
  static constexpr size_t kKept = 64;
};

const char* state_name(KSSTATE state);  // "PAUSE"
// "1.234 ms"
std::string time_text(Nanoseconds time);

}  // namespace portside::verifier
