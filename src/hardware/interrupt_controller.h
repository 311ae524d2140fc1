#pragma once
// InterruptController: the machine's interrupt lines. Devices drive a line's level, drivers connect service routines to its
// vector, and a processor whose IRQL is below the line's takes it. A line is level-sensitive: while it is asserted its routines
// are called again, in the order of their connecting, until one says that the interrupt was its device's.
// Thread safe; routines are called with no lock held.

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "base/observer.h"
#include "base/stack.h"
#include "hardware/hardware_observer.h"
#include "io/interrupts.h"

namespace portside::hardware {

class InterruptController final : public io::InterruptSource {
 public:
  // The lines behind the legacy ones of an I/O APIC, as PCI uses them.
  static constexpr uint32_t kFirstLine = 16, kLines = 8;
  // The x64 rule: a vector's upper four bits are its IRQL.
  static constexpr uint8_t irql_of(uint32_t line) { return static_cast<uint8_t>(4 + (line - kFirstLine)); }
  static constexpr uint32_t vector_of(uint32_t line) { return (uint32_t{irql_of(line)} << 4) | 1; }

  explicit InterruptController(ObserverList<HardwareObserver>& observers) : observers_(observers) {}

  // `device`: who drives the line, by any number that is its own.
  void set_level(uint32_t line, uint64_t device, const std::string& name, bool asserted);
  // Whether a processor at this IRQL would be interrupted. One load.
  bool waits(uint8_t irql) const { return highest_.load(std::memory_order_acquire) > irql; }
  // Serves what a processor at this IRQL lets through, the highest line first.
  void deliver(uint8_t irql) {
    while (deliver_one(irql)) {}
  }
  // The same, one call of a line's routines. False: nothing was to be served.
  bool deliver_one(uint8_t irql);
  // How often service routines of a line have been called.
  uint64_t delivered(uint32_t line) const;
  // Somebody other than the kernel's calls wants to know when a line may need service: real time.
  void set_wake(std::function<void()> wake) { wake_ = std::move(wake); }
  // In virtual time, where a device lets go of its line at its registers' accesses alone.
  void watch_quieting(bool watch) { watches_quieting_ = watch; }
  // Which processor runs now: what another one quiets while a routine runs (a stop, a KeSynchronizeExecution) is not the routine's
  // doing.
  void set_processor(std::function<uint32_t()> processor) { processor_ = std::move(processor); }
  // Tells of routines that are connected to the line still.
  void report_connected(uint32_t line, const std::string& device);

  // io::InterruptSource. STATUS_INVALID_PARAMETER for a vector that no line has, another IRQL than the vector's, a latched
  // interrupt, or a vector that is connected already and not shared by both.
  Result<uint64_t> connect(io::InterruptRequest request) override;
  Result<> disconnect(uint64_t token) override;
  bool is_asserted(uint32_t vector) const override;

 private:
  // How often a line may be served in a row without its level ever dropping, before somebody is told and the line is masked
  // until it drops. Windows would hang.
  static constexpr uint32_t kUnclaimedLimit = 100, kClaimedLimit = 10'000;
  // So often a line is quieted by a routine that says it has nothing to do with it: once may be a device that has given up.
  static constexpr uint32_t kQuietedLimit = 3;

  struct Connection {
    uint64_t token = 0;
    io::InterruptRequest request;
    StackTrace connected_at;
  };
  struct Line {
    std::set<uint64_t> asserted_by;
    std::string last_device;
    std::list<std::shared_ptr<Connection>> connections;
    bool in_service = false;
    uint32_t served_on = 0;          // of in_service: the processor
    bool quieted_elsewhere = false;  // since then, on another one
    bool masked = false;
    uint32_t quieted = 0;                 // calls in a row that nobody claimed, and after which the level had dropped
    uint32_t unclaimed = 0, claimed = 0;  // since the level last dropped, or a routine was connected
    uint64_t delivered = 0;
  };
  class Round;
  Line* best_locked(uint8_t irql, uint32_t& line) REQUIRES(mutex_);
  void note_highest_locked() REQUIRES(mutex_);

  ObserverList<HardwareObserver>& observers_;
  mutable Mutex mutex_;
  Line lines_[kLines] GUARDED_BY(mutex_);
  uint64_t last_token_ GUARDED_BY(mutex_) = 0;
  std::atomic<uint8_t> highest_{0};
  std::function<void()> wake_;
  std::function<uint32_t()> processor_ = [] { return 0u; };
  bool watches_quieting_ = false;
};

}  // namespace portside::hardware
