#include "verify/timeline_recorder.h"

#include <algorithm>
#include <optional>

namespace portside::verify {
namespace {

using Kind = report::TimelineEvent::Kind;
using kernel::TraceKind;

// Waits, wakes, queued DPCs and jumps of the clock show in what follows them.
std::optional<Kind> kind_of(TraceKind kind) {
  switch (kind) {
    case TraceKind::kApiCall: return Kind::kCall;
    case TraceKind::kThreadStart: return Kind::kThreadStart;
    case TraceKind::kThreadEnd: return Kind::kThreadEnd;
    case TraceKind::kThreadSwitch: return Kind::kSwitch;
    case TraceKind::kDpcStart: return Kind::kDpcStart;
    case TraceKind::kDpcEnd: return Kind::kDpcEnd;
    case TraceKind::kTimerExpiry: return Kind::kTimer;
    case TraceKind::kIrql: return Kind::kIrql;
    case TraceKind::kBugCheck: return Kind::kBugCheck;
    default: return std::nullopt;
  }
}

}  // namespace

void TimelineRecorder::on_event(const kernel::TraceEvent& event) {
  if (!kind_of(event.kind)) return;
  const bool names_thread = event.kind == TraceKind::kThreadStart || event.kind == TraceKind::kThreadSwitch;
  if (names_thread && event.name && !threads_.contains(event.detail)) threads_.emplace(event.detail, event.name);
  ring_[seen_++ % ring_.size()] = {event.kind,         event.processor,
                                   event.irql,         static_cast<uint32_t>(event.thread_id),
                                   event.time.count(), event.kind == TraceKind::kApiCall ? event.name : nullptr,
                                   event.detail};
}

report::Timeline TimelineRecorder::timeline(report::RunName run, std::span<const verifier::Finding> findings,
                                            size_t most) const {
  report::Timeline out;
  out.run = std::move(run);
  const uint64_t oldest = seen_ > ring_.size() ? seen_ - ring_.size() : 0;
  uint64_t first = oldest, end = seen_;
  if (end - first > most) {
    first = end - most;
    // What ends a machine comes before everything else that was found on the way.
    bool ended = false;
    constexpr uint64_t kAfterIt = 64;  // that other processors may tell before they stop
    for (uint64_t i = seen_; i > oldest && i + kAfterIt > seen_; --i) ended |= at(i - 1).kind == TraceKind::kBugCheck;
    if (!findings.empty() && !ended) {
      // Most of the room goes to what came before: a cause comes before its effect.
      const int64_t when = std::ranges::min(findings, {}, &verifier::Finding::when).when.count();
      uint64_t mark = oldest;
      while (mark < seen_ && at(mark).time <= when) ++mark;
      first = std::min(first, mark - oldest > most * 3 / 4 ? mark - most * 3 / 4 : oldest);
    }
    end = first + most;
  }
  out.truncated = first > 0 || end < seen_;

  std::vector<const verifier::Finding*> marks;
  for (const verifier::Finding& finding : findings) marks.push_back(&finding);
  std::ranges::sort(marks, {}, [](const verifier::Finding* f) { return f->when; });
  size_t next = 0;
  report::TimelineEvent last;
  const auto add_findings_until = [&](int64_t time) {
    for (; next < marks.size() && marks[next]->when.count() < time; ++next) {
      if (out.events.empty()) continue;  // before the window
      report::TimelineEvent mark = out.events.back();
      mark.kind = Kind::kFinding;
      mark.when = marks[next]->when;
      mark.name = marks[next]->rule().name;
      mark.detail = 0;
      out.events.push_back(std::move(mark));
    }
  };
  for (uint64_t i = first; i < end; ++i) {
    const Slot& slot = at(i);
    add_findings_until(slot.time);
    report::TimelineEvent event{*kind_of(slot.kind), Nanoseconds(slot.time),     slot.thread_id, slot.processor,
                                slot.irql,           slot.name ? slot.name : "", slot.detail};
    // The thread that it tells of, not the one that ran when it was told.
    if (event.kind == Kind::kSwitch || event.kind == Kind::kThreadStart || event.kind == Kind::kThreadEnd) {
      event.thread_id = slot.detail ? slot.detail : slot.thread_id;
      if (const auto named = threads_.find(event.thread_id); named != threads_.end()) event.name = named->second;
    }
    out.events.push_back(std::move(event));
  }
  if (end == seen_) add_findings_until(INT64_MAX);
  for (const report::TimelineEvent& event : out.events)
    if (!std::ranges::count(out.threads, event.thread_id, &std::pair<uint64_t, std::string>::first)) {
      const auto named = threads_.find(event.thread_id);
      out.threads.emplace_back(event.thread_id, named == threads_.end() ? std::string() : named->second);
    }
  return out;
}

}  // namespace portside::verify
