#include "verifier/notification_rules.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace portside::verifier {
namespace {

using namespace std::chrono_literals;

// A notification that was under way when SetState returned: the DPC of another processor.
constexpr Nanoseconds kUnderWay = 1ms;
// Drivers whose timers count whole milliseconds are that much off the nominal rate, in parts of it.
constexpr double kRateTolerance = 0.1;
constexpr double kCountTolerance = 2.5;
// In real time: what a card of another process takes at once when RUN begins, into what it buffers (QEMU's codec: 43 ms).
constexpr Nanoseconds kTakenAhead = 100ms;
// A late signal is looked for among so many events that were unregistered last.
constexpr size_t kMostUnregistered = 1024;

}  // namespace

void NotificationRules::forget_locked(const Key& key) {
  events_.erase(key);
  if (const auto stream = registered_.find(key.second); stream != registered_.end()) {
    std::erase(stream->second, key.first);
    if (stream->second.empty()) registered_.erase(stream);
  }
}

// The miniport may signal it before its RegisterNotificationEvent returns: an event of that name that was unregistered once is
// forgotten here.
void NotificationRules::on_notification_registering(const portcls::NotificationSeen& seen) {
  MutexLock lock(mutex_);
  const Key key{seen.event, seen.stream};
  // One that is registered stays so when the driver refuses it a second time.
  if (const auto at = events_.find(key); at == events_.end() || !at->second.registered) forget_locked(key);
}

void NotificationRules::on_notification_registered(const portcls::NotificationSeen& seen, const Status& status) {
  if (!status.is_ok()) return;
  const auto stream = book_.find(seen.stream);
  MutexLock lock(mutex_);
  forget_locked({seen.event, seen.stream});
  registered_[seen.stream].push_back(seen.event);
  events_[{seen.event, seen.stream}] = {.stream = seen.stream,
                                        .method = seen.method,
                                        .counted_from = stream ? stream->run_time(seen.when) : 0ns,
                                        .surely_from = stream ? stream->sure_run_time(seen.when) : 0ns};
}

void NotificationRules::on_notification_unregistered(const portcls::NotificationSeen& seen, const Status& status,
                                                     bool) {
  if (!status.is_ok()) return;
  MutexLock lock(mutex_);
  const Key key{seen.event, seen.stream};
  const auto at = events_.find(key);
  if (at == events_.end()) return;
  Event event = std::move(at->second);
  forget_locked(key);
  event.registered = false;
  event.method = seen.method;
  events_.emplace(key, std::move(event));
  unregistered_.push_back(key);
  if (unregistered_.size() <= kMostUnregistered) return;
  if (const auto oldest = events_.find(unregistered_.front()); oldest != events_.end() && !oldest->second.registered)
    events_.erase(oldest);
  unregistered_.pop_front();
}

void NotificationRules::on_event_initialized(const _KEVENT* event) {
  MutexLock lock(mutex_);
  for (auto at = events_.lower_bound({event, 0}); at != events_.end() && at->first.first == event;
       at = events_.lower_bound({event, 0}))
    forget_locked(Key(at->first));
}

void NotificationRules::on_event_cleared(const _KEVENT* event, const char* api) {
  Event seen;
  {
    MutexLock lock(mutex_);
    const auto at = events_.lower_bound({event, 0});
    if (at == events_.end() || at->first.first != event || !at->second.registered) return;
    seen = at->second;
  }
  verifier_.report(
      RuleId::kNotificationEventCleared,
      fmt::format("{} clears an event that a client has registered, and may not have waited for yet.", api),
      {{"cleared by", capture_stack()}, {"registered by", seen.method}}, book_.facts(seen.stream));
}

void NotificationRules::on_event_set(const _KEVENT* event, Nanoseconds when) {
  Event seen;
  {
    MutexLock lock(mutex_);
    // Registered with several streams, whose signal it is cannot be told.
    bool found = false, shared = false;
    for (auto at = events_.lower_bound({event, 0}); at != events_.end() && at->first.first == event; ++at) {
      if (found && at->second.registered && seen.registered) shared = true;
      if (!found || at->second.registered) seen = at->second;
      found = true;
    }
    if (!found || shared) return;
  }
  const auto stream = book_.find(seen.stream);
  if (!stream) return;
  if (!seen.registered) {
    verifier_.report(RuleId::kNotificationAfterUnregister,
                     "An event was signalled that the stream's client had unregistered.",
                     {{"signalled by", capture_stack()}, {"unregistered by", seen.method}}, book_.facts(seen.stream));
    return;
  }
  if (stream->state != KSSTATE_RUN && !stream->changing) {
    if (when <= stream->state_since + kUnderWay) return;
    verifier_.report(RuleId::kNotificationOutsideRun,
                     fmt::format("A notification event was signalled in {}, {} after that state was reached.",
                                 state_name(stream->state), time_text(when - stream->state_since)),
                     {{"signalled by", capture_stack()}}, book_.facts(seen.stream));
    return;
  }
  {
    MutexLock lock(mutex_);
    if (const auto at = events_.find({event, seen.stream}); at != events_.end()) seen.signals = ++at->second.signals;
  }
  if (!stream->changing) judge_often(seen, *stream, when);
}

namespace {

double periods(const StreamView& stream, Nanoseconds time) {
  return static_cast<double>(time.count()) / static_cast<double>(stream.packet_time().count());
}

std::string counted(const StreamView& stream, uint64_t signals, Nanoseconds time) {
  return fmt::format(
      "A notification event was signalled {} times in {} of RUN; a buffer of {} bytes with {} notifications asks for "
      "{:.1f}.",
      signals, time_text(time), stream.buffer_bytes, stream.notification_count, periods(stream, time));
}

}  // namespace

void NotificationRules::judge_often(const Event& event, const StreamView& stream, Nanoseconds now) {
  // A burst signals for each packet that it hands out, and without a keyword there is none.
  if (event.told_often || stream.packet_time() <= 0ns || stream.bursts) return;
  const Nanoseconds most = stream.run_time(now) - event.counted_from, ahead = virtual_time_ ? 0ns : kTakenAhead;
  if (static_cast<double>(event.signals) <= periods(stream, most + ahead) * (1 + kRateTolerance) + kCountTolerance)
    return;
  {
    MutexLock lock(mutex_);
    if (const auto its = registered_.find(event.stream); its != registered_.end())
      for (const void* each : its->second) events_.at({each, event.stream}).told_often = true;
  }
  verifier_.report(RuleId::kNotificationTooOften, counted(stream, event.signals, most),
                   {{"signalled by", capture_stack()}}, book_.facts(event.stream));
}

void NotificationRules::judge_missing(const Event& event, const StreamView& stream, Nanoseconds now) {
  if (!punctual_ || stream.packet_time() <= 0ns || stream.ended || stream.bursts) return;
  const Nanoseconds least = stream.sure_run_time(now) - event.surely_from;
  if (static_cast<double>(event.signals) >=
      periods(stream, least) * (1 - kRateTolerance) - kCountTolerance - static_cast<double>(event.runs))
    return;  // a timer begins anew
  verifier_.report(RuleId::kNotificationMissing, counted(stream, event.signals, least),
                   {{"registered by", event.method}}, book_.facts(event.stream));
}

void NotificationRules::on_state_changing(const portcls::StateChange& change) {
  if (change.from != KSSTATE_RUN && change.to != KSSTATE_STOP) return;
  const auto stream = book_.find(change.stream);
  if (!stream) return;
  std::vector<Event> events;
  {
    MutexLock lock(mutex_);
    const auto registered = registered_.find(change.stream);
    if (registered == registered_.end()) return;
    for (const void* each : registered->second) {
      Event& event = events_.at({each, change.stream});
      if (change.from == KSSTATE_RUN) {
        ++event.runs;
        events.push_back(event);
      }
      if (change.to == KSSTATE_STOP) {
        event.signals = event.runs = 0;
        event.counted_from = event.surely_from = 0ns;
      }
    }
  }
  for (const Event& event : events) judge_missing(event, *stream, change.began);
}

void NotificationRules::on_stream_closed(const portcls::StreamClosed& closed) {
  // An event that was unregistered stays known until its address is another event's: a late DPC is what is looked for.
  MutexLock lock(mutex_);
  const auto stream = registered_.find(closed.stream);
  if (stream == registered_.end()) return;
  for (const void* each : stream->second) events_.erase({each, closed.stream});
  registered_.erase(stream);
}

}  // namespace portside::verifier
