#pragma once
// Schedule: the order in which a machine's threads run, as one run makes it: the strategy, the points that were passed,
// and where the run left the default order. FiberExecutor asks it; whoever looks for races reads it.

#include <memory>
#include <span>
#include <vector>

#include "base/observer.h"
#include "kernel/schedule_options.h"
#include "kernel/schedule_strategy.h"

namespace portside::kernel {

class ThreadObject;

// A switch (or a standstill) that the default order would not have made, before it is made: on the stack of the thread
// that is switched out, at its IRQL.
struct ScheduleSwitch {
  ScheduleDecision decision;
  PointKind point{};
  const char* call = "";               // the kernel call that begins; may be empty
  const ThreadObject* from = nullptr;  // null: the host
  const ThreadObject* to = nullptr;    // null: a standstill
};

class ScheduleObserver {
 public:
  virtual ~ScheduleObserver() = default;
  virtual void on_switch(const ScheduleSwitch& made) = 0;
};

class Schedule {
 public:
  Schedule(const ScheduleOptions& options, uint64_t seed, uint32_t switch_interval);

  // The strategy begins, and the count of points; the seed's choices are the same wherever that is. Without
  // ScheduleOptions::waits it has begun.
  void begin();

  // At each point where `thread` may go on.
  ScheduleStrategy::Wish consider(PointKind kind, ThreadObject& thread) {
    ++(kind == PointKind::kAccess ? accesses_ : calls_);
    return strategy_->consider(arrive(kind, &thread));
  }
  // Index of a candidate or ScheduleStrategy::kGoOn; sets the candidate's processor. `thread`, null for the host, is at
  // a point that consider() was asked about, or cannot go on.
  size_t choose(PointKind kind, ThreadObject* thread, std::span<ScheduleCandidate> candidates);
  void spins(const ThreadObject& thread);
  // Tell what is about to be done, once the chosen thread is known.
  void switching(const char* call, const ThreadObject* from, const ThreadObject* to);
  void pausing(PointKind kind, const char* call, const ThreadObject& thread);

  // Points passed since then where a thread could have gone on.
  uint64_t calls() const { return calls_; }
  uint64_t accesses() const { return accesses_; }
  const std::vector<ScheduleDecision>& decisions() const { return decisions_; }
  ObserverList<ScheduleObserver>& observers() { return observers_; }

 private:
  SchedulePoint arrive(PointKind kind, ThreadObject* thread);
  void made(const ScheduleSwitch& made);

  std::unique_ptr<ScheduleStrategy> strategy_, waiting_;
  const bool record_;
  uint64_t calls_ = 0, accesses_ = 0, host_points_ = 0, idle_points_ = 0;
  SchedulePoint last_;
  bool by_default_ = true;  // what choose() said last
  ScheduleDecision chosen_;
  std::vector<ScheduleDecision> decisions_;
  ObserverList<ScheduleObserver> observers_;
};

}  // namespace portside::kernel
