#pragma once
// TimelineRecorder: the last events of a machine's kernel, in a ring, turned into a report::Timeline when the run has
// shown something. It is on in every run: an event costs a few nanoseconds, and a run that shows something is never run
// again for it.

#include <map>
#include <span>
#include <string>
#include <vector>

#include "kernel/trace.h"
#include "report/campaign.h"
#include "verifier/finding.h"

namespace portside::verify {

// Of a machine in virtual time: all its threads are fibres on the host's own thread.
class TimelineRecorder final : public kernel::TraceObserver {
 public:
  explicit TimelineRecorder(size_t capacity = 16'384) : ring_(capacity) {}
  void on_event(const kernel::TraceEvent& event) override;

  void clear() { seen_ = 0, threads_.clear(); }
  uint64_t seen() const { return seen_; }
  // At the most `most` events around the first finding, or the last ones when there is none. Each finding stands among
  // the events.
  report::Timeline timeline(report::RunName run, std::span<const verifier::Finding> findings,
                            size_t most = 4'000) const;

 private:
  struct Slot {
    kernel::TraceKind kind;
    uint8_t processor, irql;
    uint32_t thread_id;
    int64_t time;
    const char* name;  // of a call: a literal; else null
    uint64_t detail;
  };
  const Slot& at(uint64_t number) const { return ring_[number % ring_.size()]; }

  std::vector<Slot> ring_;
  uint64_t seen_ = 0;
  std::map<uint64_t, std::string> threads_;
};

}  // namespace portside::verify
