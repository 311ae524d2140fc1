#pragma once
// ScheduleOptions: how the order of a machine's threads is chosen, and its text form, which a replay's command line
// carries:
//   uniform                     at random intervals, anybody
//   pct:DEPTH:CALLS[:ACCESSES]  random priorities with DEPTH - 1 change points among so many points
//   (schedule_strategy.h) replay:DECISION,...         nobody is switched but where it says so (ScheduleDecision)

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portside::kernel {

// Where a run left the default order. A point is named by the thread that came to it and how many that thread had come
// to before, so that the name still fits when other threads ran in another order.
struct ScheduleDecision {
  uint64_t thread = 0;  // ThreadObject::id(); 0: the host, which starts the machine
  uint64_t point = 0;   // the nth of that thread, from 1
  uint64_t to = 0;      // the thread that ran instead
  uint32_t processor = 0;
  bool pause = false;  // `thread` stood still until the next deadline, and `to` says nothing

  // "12.345=8@1", "12.345=pause"
  std::string to_string() const;
  auto operator<=>(const ScheduleDecision&) const = default;
};

enum class ScheduleKind : uint8_t { kUniform, kPct, kReplay };

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::kUniform;
  uint32_t depth = 3;                       // kPct
  uint64_t calls = 1000, accesses = 0;      // kPct: among how many points of each sort the change points are drawn
  std::vector<ScheduleDecision> decisions;  // kReplay
  // Whether instrumented drivers are also pre-empted at their loads and stores (virtual time alone).
  bool at_accesses = false;
  // Whether the default order holds until Schedule::begin(): for runs of which the beginning does not matter.
  bool waits = false;
  // Whether decisions are kept (Schedule::decisions).
  bool record = false;

  std::string to_string() const;
  static Result<ScheduleOptions> parse(std::string_view text);
};

}  // namespace portside::kernel
