#include "kernel/trace.h"

#include <fmt/format.h>

namespace portside::kernel {
namespace {
const char* kind_name(TraceKind kind) {
  switch (kind) {
    case TraceKind::kApiCall: return "call";
    case TraceKind::kThreadStart: return "thread-start";
    case TraceKind::kThreadEnd: return "thread-end";
    case TraceKind::kThreadSwitch: return "switch";
    case TraceKind::kWait: return "wait";
    case TraceKind::kWake: return "wake";
    case TraceKind::kDpcQueued: return "dpc-queued";
    case TraceKind::kDpcStart: return "dpc-start";
    case TraceKind::kDpcEnd: return "dpc-end";
    case TraceKind::kTimerExpiry: return "timer";
    case TraceKind::kIrql: return "irql";
    case TraceKind::kClockJump: return "jump";
    case TraceKind::kBugCheck: return "bug-check";
  }
  return "?";
}
}  // namespace

std::string TraceEvent::to_string() const {
  return fmt::format("{} cpu{} t{} irql{} {} {} {}", time.count(), processor, thread_id, irql, kind_name(kind), name,
                     detail);
}

}  // namespace portside::kernel
