#pragma once
// ScheduleStrategy: who runs next where more than one could, for the seeded scheduler of virtual time. It sees numbers
// alone, in an order that depends on nothing of the host's: the same seed and options make the same choices.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "kernel/schedule_options.h"

namespace portside::kernel {

// In decisions the processors' idle threads, on which DPCs and timers run, go by one name: which of the two it is means little.
inline constexpr uint64_t kIdleName = 1;

enum class PointKind : uint8_t {
  kCall,    // a kernel call begins
  kDpc,     // a DPC begins
  kAccess,  // an instrumented driver is about to read or write memory
  kYield,   // the thread gives way: it polls or spins
  kWait,    // the thread cannot go on
};

struct SchedulePoint {
  PointKind kind{};
  uint64_t thread = 0;  // ThreadObject::id(); 0: the host
  uint64_t name = 0;    // of the thread in decisions
  uint64_t number = 0;  // the nth point under that name
  bool may_go_on() const { return kind <= PointKind::kAccess; }
};

struct ScheduleCandidate {
  // A thread that was switched out while it owned its processor; one that is ready; a processor's idle thread, which
  // has DPCs or timers to serve.
  enum class Kind : uint8_t { kOwner, kReady, kIdle };
  Kind kind{};
  uint64_t thread = 0;
  uint32_t processor = 0;      // of a ready thread: where it ran last, if that one is free
  bool any_processor = false;  // a ready thread, and both are free
};

class ScheduleStrategy {
 public:
  static constexpr size_t kGoOn = ~size_t{0};
  enum class Wish : uint8_t { kGoOn, kLook, kPause };

  virtual ~ScheduleStrategy() = default;
  // At every point where the thread may go on, so it must cost little: whether to look at who else could run, or to let
  // it stand still until the next deadline, as a thread does that its processor was taken from.
  virtual Wish consider(const SchedulePoint& point) = 0;
  // The index of a candidate (there is at least one), or kGoOn where the thread may.
  virtual size_t choose(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates) = 0;
  // Of a ready thread that may run on either.
  virtual uint32_t choose_processor(const SchedulePoint& point, const ScheduleCandidate& candidate) = 0;
  // The thread spins for what another holds, which is about to run.
  virtual void spins(uint64_t /*thread*/) {}

  // What is done when nobody wishes anything: the thread goes on; else DPCs and timers, else who owns a processor, else
  // who has been ready longest.
  static size_t by_default(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates);
};

// At intervals that differ from seed to seed, anybody. Between accesses they grow as a run goes on: a driver that works on its sound
// makes accesses without end, and one that goes on for long is no news after a while.
class UniformStrategy final : public ScheduleStrategy {
 public:
  // `interval`: mean number of calls between two choices; 0 draws it from the seed.
  UniformStrategy(uint64_t seed, uint32_t interval);
  Wish consider(const SchedulePoint& point) override;
  size_t choose(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates) override;
  uint32_t choose_processor(const SchedulePoint& point, const ScheduleCandidate& candidate) override;

 private:
  static uint64_t draw(Random& random, uint64_t interval) { return 1 + random.below(2 * interval - 1); }

  Random random_, access_random_;
  uint64_t interval_, countdown_;
  uint64_t access_interval_, access_countdown_;
  uint64_t access_looks_ = 0;  // since the interval was doubled
};

// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with
// Probabilistic Guarantees of Finding Bugs, ASPLOS 2010): each thread has a random priority and the highest runs; at
// depth - 1 points drawn beforehand the running thread's becomes lower than all. An order that needs d such constraints
// among n threads and k points is met with a probability of at least 1 / (n k^(d-1)). A processor's DPCs and timers are
// a thread of their own here.
//
// Beyond the paper: a thread that polls, spins or runs very long without waiting is lowered as well, so that nobody
// starves; and at half of the change points below DISPATCH_LEVEL the thread also stands still until the next deadline.
class PctStrategy final : public ScheduleStrategy {
 public:
  PctStrategy(uint64_t seed, uint32_t depth, uint64_t calls, uint64_t accesses);
  Wish consider(const SchedulePoint& point) override;
  size_t choose(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates) override;
  uint32_t choose_processor(const SchedulePoint& point, const ScheduleCandidate& candidate) override;
  void spins(uint64_t thread) override { lower(thread); }

 private:
  struct Track {                          // of calls, or of accesses
    std::vector<uint64_t> change_points;  // ascending
    size_t next = 0;
    uint64_t steps = 0;
    uint64_t alone = 0;     // steps since somebody else ran
    uint64_t patience = 0;  // how many of them are too many
    bool step() {
      const bool change = next < change_points.size() && change_points[next] == steps;
      next += change;
      ++steps;
      ++alone;
      return change;
    }
  };
  int64_t priority(uint64_t thread);
  void lower(uint64_t thread) { priorities_[thread] = --lowest_; }

  Random random_;
  void run_anew();
  Track calls_, accesses_;
  uint64_t running_ = 0;
  std::unordered_map<uint64_t, int64_t> priorities_;
  int64_t lowest_ = 0;
};

// The default order but where decisions say otherwise. One whose thread cannot run then is passed over. A thread that
// polls for very long gives way once in a while, or the run would not end.
class ReplayStrategy final : public ScheduleStrategy {
 public:
  explicit ReplayStrategy(const std::vector<ScheduleDecision>& decisions);
  Wish consider(const SchedulePoint& point) override;
  size_t choose(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates) override;
  uint32_t choose_processor(const SchedulePoint& point, const ScheduleCandidate& candidate) override;

 private:
  const ScheduleDecision* find(const SchedulePoint& point) const;
  std::map<std::pair<uint64_t, uint64_t>, ScheduleDecision> decisions_;
  uint64_t running_ = 0;
  Random random_{1};
  uint64_t alone_ = 0, patience_ = 100'000;  // calls since somebody else ran, and how many are too many
  bool polls_ = false;
};

std::unique_ptr<ScheduleStrategy> make_strategy(const ScheduleOptions& options, uint64_t seed,
                                                uint32_t switch_interval);

}  // namespace portside::kernel
