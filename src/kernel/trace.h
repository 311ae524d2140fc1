#pragma once
// TraceObserver: the kernel's events in the order in which they happen. Nothing in them depends on a host address or
// on host time, so under virtual time two runs with one seed give byte-identical traces.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "kernel/irql.h"

namespace portside::kernel {

enum class TraceKind : uint8_t {
  kApiCall,       // name
  kThreadStart,   // thread
  kThreadEnd,     // thread
  kThreadSwitch,  // to `thread`, on `processor`
  kWait,          // detail = number of objects
  kWake,          // detail = wait status
  kDpcQueued,     // detail = number of the queueing
  kDpcStart,      // detail = that number
  kDpcEnd,        // detail = that number
  kTimerExpiry,   // detail = number of the setting
  kIrql,          // irql is the new one, detail the old
  kClockJump,     // detail = nanoseconds skipped because every thread waits
  kBugCheck,      // detail = code
};

struct TraceEvent {
  TraceKind kind;
  uint8_t processor;
  Irql irql;
  uint64_t thread_id;
  Nanoseconds time;
  const char* name;  // of the call or thread, or ""
  uint64_t detail;

  // One line, no newline at its end.
  std::string to_string() const;
};

class TraceObserver {
 public:
  virtual ~TraceObserver() = default;
  virtual void on_event(const TraceEvent& event) = 0;
};

}  // namespace portside::kernel
