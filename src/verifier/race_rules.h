#pragma once
// RaceRules: memory that a driver guards by a lock in one place and touches without it in another, when nothing orders the
// two. It is told at the accesses, whichever came first, and not only in the order in which it does harm.
//
// What orders them: a holder's own sequence; what gives and takes (kernel/order_observer.h); conflicting critical sections of
// one lock (lock_clock.h). Two accesses are a race when neither is known to the other's holder. Three things more must be so,
// or nothing is told (docs/decisions/0018):
//   - the memory is a driver's: pool, extensions, images; no stack;
//   - a second holder has touched it before: what the first one did until then is how memory is made and handed over;
//   - the driver itself has held a lock of its own at an access to these bytes: that is what says that a lock is needed.
// A thread that ended kMostEnded ends ago gives its place in the clocks to a new one: what is not ordered with it is told no
// more, and no clock grows with the machine's age.
//
// Virtual time only: everything runs on one host thread.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernel/live_objects.h"
#include "kernel/lock_observer.h"
#include "kernel/order_observer.h"
#include "kernel/pool.h"
#include "sanitizer/access_observer.h"
#include "verifier/access_history.h"
#include "verifier/lock_clock.h"
#include "verifier/verifier.h"

namespace portside::verifier {

// What the host knows of a driver's memory and code.
struct DriverMemory {
  std::function<bool(uint64_t address)> is_drivers;
  std::function<std::string(uint64_t address)> name;      // "16 bytes into a pool block of ..."
  std::function<uint64_t(uint64_t address)> function_of;  // where the function begins that holds the address
};

class RaceRules final : public sanitizer::AccessObserver,
                        public kernel::LockObserver,
                        public kernel::OrderObserver,
                        public kernel::PoolObserver,
                        public kernel::LiveObjectObserver {
 public:
  static constexpr size_t kMostEnded = 64;

  RaceRules(Verifier& verifier, DriverMemory memory) : verifier_(verifier), memory_(std::move(memory)) {}

  void on_access(uint64_t address, uint64_t bytes, bool write, uint64_t holder) override;
  void on_acquired(const kernel::LockEvent& event) override;
  void on_released(const kernel::LockEvent& event) override;
  void on_given(const void* through, uint64_t holder) override;
  void on_taken(const void* through, uint64_t holder) override;
  void on_ended(uint64_t holder) override;
  // Other memory, and other locks, will lie there.
  void on_freed(const kernel::PoolBlock& block) override;
  void on_code_gone(uint64_t begin, uint64_t end) override;

  // That have a place in the clocks.
  size_t holders() const { return holders_.size(); }

 private:
  using Lock = const void*;
  struct Held {
    HeldLock lock;
    uint32_t times = 1;
    Section section;
  };
  struct Holder {
    uint64_t id = 0;
    uint32_t number = 0;  // in vector clocks
    VectorClock clock;
    std::vector<Held> held;
    std::shared_ptr<const LockSet> locks;  // of `held`; made when an access asks

    uint32_t time() const { return clock.at(number); }
  };
  Holder& holder_of(uint64_t id);
  Holder& make_holder(uint64_t id);
  bool is_drivers(const kernel::LockEvent& event);
  static const std::shared_ptr<const LockSet>& locks_of(Holder& holder);
  void end_section(Holder& holder, std::vector<Held>::iterator held);
  void access(Holder& holder, uint64_t granule, uint8_t bytes, bool write);
  static void remember(AccessHistory::Cell& cell, std::unique_ptr<Access> access, const VectorClock& clock);
  void tell(uint64_t address, const AccessHistory::Cell& cell, const Access& now, const Access& before);
  void forget(uint64_t begin, uint64_t end);

  Verifier& verifier_;
  DriverMemory memory_;
  std::unordered_map<uint64_t, uint32_t> numbers_;
  std::vector<std::unique_ptr<Holder>> holders_;
  std::deque<uint32_t> ended_;  // numbers, the oldest first
  Holder* last_holder_ = nullptr;
  bool any_access_ = false;  // what came before the first access orders nothing that is seen
  std::map<Lock, VectorClock> through_;
  std::map<Lock, LockClock> locks_;
  std::map<Lock, bool> known_locks_;
  AccessHistory history_;
  std::set<std::pair<uint64_t, uint64_t>> told_;  // the two functions
};

}  // namespace portside::verifier
