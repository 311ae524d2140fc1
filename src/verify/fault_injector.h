#pragma once
// FaultInjector: makes calls of a driver fail in one machine. A place is a call with the driver's whole stack above it;
// its name is the same in every machine, run and seed, as long as the driver's image is the same.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "kernel/failure_points.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

// "pool:1a2b3c4d": the kind, and a hash of the function, of the driver's frames, relative to their images, and of what
// is being used: one piece of code serves a render stream and a capture stream, and a failure may be survived by one
// alone.
struct FaultId {
  kernel::FailureKind kind{};
  uint32_t hash = 0;

  std::string text() const;
  static Result<FaultId> parse(std::string_view text);
  auto operator<=>(const FaultId&) const = default;
};

// A place where a call may fail, as it was seen.
struct FaultPlace {
  FaultId id;
  const char* api = "";
  uint32_t site = 0;   // hash of the function and of the innermost frame alone: stacks with one site fail alike
  uint32_t stack = 0;  // hash of function and stack
  uint64_t times = 0;  // reached
};

class FaultInjector final : public kernel::FailureDecider {
 public:
  // The call that failed.
  struct Hit {
    FaultId id;
    const char* api = "";
    StackTrace stack;
    Nanoseconds when{0};
    std::string thread;
    bool in_drivers_thread = false;  // of PsCreateSystemThread
  };

  // Nothing fails; places are noted.
  FaultInjector() = default;
  // The first call at that place fails.
  explicit FaultInjector(FaultId target) : target_(target) {}
  // Each call fails with that probability.
  FaultInjector(double rate, uint64_t seed) : rate_(rate), random_(Random(seed).fork(0xFA17)) {}
  ~FaultInjector() override;
  FaultInjector(const FaultInjector&) = delete;
  FaultInjector& operator=(const FaultInjector&) = delete;

  // From here on the machine's driver asks this; until the injector or, before it, the machine goes.
  void attach(host::Machine& machine);
  void detach();
  // Nothing fails any more.
  void disarm() { armed_ = false; }
  // What is being used from here on: an endpoint, a filter; empty: the driver as a whole.
  void set_context(std::string_view context) { context_ = context; }

  const std::vector<FaultPlace>& places() const { return places_; }  // in the order in which they were reached
  const std::vector<Hit>& hits() const { return hits_; }
  // The one call that was to fail has failed.
  bool spent() const { return target_ && !hits_.empty(); }

  bool fails(const kernel::FailableCall& call) override;

 private:
  FaultPlace& note(const kernel::FailableCall& call);

  host::Machine* machine_ = nullptr;
  std::optional<FaultId> target_;
  double rate_ = 0;
  Random random_{1};
  bool armed_ = true;
  std::string context_;
  std::vector<FaultPlace> places_;
  std::map<FaultId, size_t> by_id_;
  std::vector<Hit> hits_;
};

}  // namespace portside::verify
