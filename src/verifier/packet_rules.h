#pragma once
// PacketRules: the packet interfaces: which packets may be written, which can have been captured, how they are counted.

#include <map>

#include "base/mutex.h"
#include "portcls/stream_observer.h"
#include "verifier/stream_book.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class PacketRules final : public portcls::StreamObserver {
 public:
  // `punctual`: else a count that lags may be the host's fault, or the schedule's. `pace`: whether the device goes by the
  // machine's clock; one that another program plays has its own, and moves in bursts.
  PacketRules(Verifier& verifier, const StreamBook& book, bool punctual, bool pace = true)
      : verifier_(verifier), book_(book), punctual_(punctual), pace_(pace) {}

  void on_packet_call(const portcls::PacketCall& call) override;
  void on_state_changing(const portcls::StateChange& change) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

 private:
  struct Track {
    bool ended = false;                     // a packet with the end of the stream was taken
    std::optional<uint32_t> count;          // of the last GetPacketCount since STOP
    std::optional<uint32_t> read;           // the last packet that was read since STOP
    uint64_t read_counter = 0;              // and its performance counter
    Nanoseconds count_when{}, read_when{};  // when the last calls returned
    bool bursts = false;                    // there was more at once
  };
  Track track(portcls::StreamId id);
  template <class Change>
  void update(portcls::StreamId id, Change change);

  void judge_write(const portcls::PacketCall& call, const StreamView& stream);
  void judge_count(const portcls::PacketCall& call, const StreamView& stream);
  void judge_read(const portcls::PacketCall& call, const StreamView& stream);
  void tell(RuleId rule, const portcls::PacketCall& call, const std::string& what);

  Verifier& verifier_;
  const StreamBook& book_;
  const bool punctual_, pace_;
  Mutex mutex_;
  std::map<portcls::StreamId, Track> tracks_ GUARDED_BY(mutex_);
};

}  // namespace portside::verifier
