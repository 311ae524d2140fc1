#pragma once
// LockOrderRules: deadlocks that could happen, from the order in which locks are acquired. Each acquisition of B while A
// is held is an edge from A to B; a way back from B to A is an order that another thread may take at the same time. It
// is told even when no thread ever waited. And locks that are never released: held still when their memory goes.
//
// Only locks in a driver's memory are looked at: pool, device extensions, images. The layers' own never nest with
// them in both orders, and are no driver's to mend.

#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "kernel/live_objects.h"
#include "kernel/lock_observer.h"
#include "kernel/pool.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class LockOrderRules final : public kernel::LockObserver,
                             public kernel::PoolObserver,
                             public kernel::LiveObjectObserver {
 public:
  using DriverMemoryTest = std::function<bool(uint64_t address)>;
  LockOrderRules(Verifier& verifier, DriverMemoryTest is_driver_memory)
      : verifier_(verifier), is_driver_memory_(std::move(is_driver_memory)) {}

  void on_acquired(const kernel::LockEvent& event) override;
  void on_released(const kernel::LockEvent& event) override;
  // Another lock may lie there next.
  void on_freed(const kernel::PoolBlock& block) override;
  void on_code_gone(uint64_t begin, uint64_t end) override;

  // Where the locks were acquired that are held now: spin locks, or the others.
  std::vector<LabelledStack> held_locks(bool spin_locks) EXCLUDES(mutex_);

 private:
  using Lock = const void*;
  struct Held {
    Lock lock;
    kernel::LockKind kind;
    uint32_t times;
    StackTrace acquired_at;
  };
  struct Edge {
    kernel::LockKind kind;  // of the later lock
    StackTrace outer_at;    // the earlier lock's acquisition
    StackTrace inner_at;    // the later one's, the earlier being held
  };
  // `gone` says how the memory went: "was freed". A lock in it that is held is told.
  void forget(Lock begin, Lock end, std::string_view gone);
  bool is_drivers(Lock lock) REQUIRES(mutex_);
  // False: that holder does not hold it.
  using HeldMap = std::map<uint64_t, std::vector<Held>>;  // by holder
  bool release(HeldMap::iterator entry, Lock lock) REQUIRES(mutex_);
  // The locks from `from` to `to` along the edges, both included; empty when there is no way.
  std::vector<Lock> way(Lock from, Lock to) const REQUIRES(mutex_);
  void report_cycle(const Held& outer, const Held& inner, const std::vector<Lock>& back) REQUIRES(mutex_);

  Verifier& verifier_;
  DriverMemoryTest is_driver_memory_;
  Mutex mutex_;
  HeldMap held_ GUARDED_BY(mutex_);
  std::map<Lock, std::map<Lock, Edge>> edges_ GUARDED_BY(mutex_);
  std::map<Lock, bool> known_ GUARDED_BY(mutex_);
  std::set<std::pair<Lock, Lock>> told_ GUARDED_BY(mutex_);
};

}  // namespace portside::verifier
