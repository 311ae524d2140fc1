#pragma once
// PositionRules: GetPosition and the presentation position against the states and the time: zero, frozen, inside the
// buffer, forwards, and not ahead of what can have been played.
//
// Positions are read while other threads change states: a reading counts for a state only if it began after the last
// SetState had returned and none is under way.

#include <map>

#include "base/mutex.h"
#include "portcls/stream_observer.h"
#include "verifier/stream_book.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class PositionRules final : public portcls::StreamObserver {
 public:
  // `pace`: whether the device goes by the machine's clock; one that another program plays has its own, and moves in bursts.
  PositionRules(Verifier& verifier, const StreamBook& book, bool pace = true)
      : verifier_(verifier), book_(book), pace_(pace) {}

  void on_position_read(const portcls::PositionRead& read) override;
  void on_presentation_read(const portcls::PresentationRead& read) override;
  void on_state_changing(const portcls::StateChange& change) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

 private:
  struct Track {
    std::optional<uint64_t> last;            // PlayOffset of the last reading since STOP
    Nanoseconds last_when{}, blocks_when{};  // when the last readings returned
    bool left_run = false;                   // since the last reading in RUN
    uint64_t total = 0;                      // bytes played or recorded since STOP, made from readings
    std::optional<uint64_t> frozen;          // the first reading in this PAUSE
    std::optional<uint64_t> blocks;          // the last presentation position since STOP
  };
  void judge_move(const portcls::PositionRead& read, const StreamView& stream);
  static uint64_t tolerance_of(const StreamView& stream, uint64_t possible);
  // The position in RUN that the one in PAUSE cannot have come from.
  static std::optional<uint64_t> left_in_pause(Track& track, const StreamView& stream, uint64_t play, Nanoseconds ran);

  Verifier& verifier_;
  const StreamBook& book_;
  const bool pace_;
  Mutex mutex_;
  std::map<portcls::StreamId, Track> tracks_ GUARDED_BY(mutex_);
};

}  // namespace portside::verifier
