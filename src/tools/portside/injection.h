#pragma once
// Injection: what befalls the system and the device while a command plays or records, as the author asked by --inject, and
// what came of it.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "host/machine.h"
#include "portside/console.h"

namespace portside::tools {

enum class LifeEventKind : uint8_t { kSleep, kWake, kDevicePower, kRebalance, kRemove, kSurpriseRemove };

struct LifeEvent {
  LifeEventKind kind = LifeEventKind::kSleep;
  int state = 0;      // of kSleep 1 to 4, of kDevicePower 0 to 3
  Nanoseconds at{0};  // since the command began to play or record
  std::string text;   // as it was written
};

class Injection {
 public:
  // "EVENT@TIME,...": sleep, sleep=S1 to sleep=S4, wake, d0 to d3, rebalance, remove, surprise-remove; a time is a number
  // with ns, us, ms or s. In order of time; a sleep must be followed by a wake. An error is a sentence.
  static Result<Injection> parse(std::string_view text);
  static const char* grammar();

  bool empty() const { return events_.empty(); }
  const std::vector<LifeEvent>& events() const { return events_; }

  // The body of a simulated thread beside the client's: ends when all has happened, or with `over`, which is asked in
  // between.
  void run(host::Machine& machine, const std::function<bool()>& over);
  // The client's own end: an error is what it saw.
  void client_ended(host::Machine& machine, const Result<>& outcome);

  struct Seen {
    Nanoseconds when{0};
    std::string what, outcome;
  };
  const std::vector<Seen>& seen() const { return seen_; }
  void print(const Console& console) const;
  nlohmann::json json() const;

 private:
  void tell(host::Machine& machine, std::string what, std::string outcome);

  std::vector<LifeEvent> events_;
  std::vector<Seen> seen_;
  Nanoseconds began_{0};
};

}  // namespace portside::tools
