#pragma once
// NotificationRules: what a driver does with the events that clients registered: in which states it signals them, how
// often, and that it leaves them alone once they are unregistered.

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "kernel/event_observer.h"
#include "portcls/stream_observer.h"
#include "verifier/stream_book.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class NotificationRules final : public portcls::StreamObserver, public kernel::EventObserver {
 public:
  // `virtual_time`: else a card may take sound ahead. `punctual`: else notifications that are late or lost may be the host's or
  // the schedule's, and are not missed.
  NotificationRules(Verifier& verifier, const StreamBook& book, bool virtual_time, bool punctual)
      : verifier_(verifier), book_(book), virtual_time_(virtual_time), punctual_(punctual) {}

  void on_notification_registering(const portcls::NotificationSeen& seen) override;
  void on_notification_registered(const portcls::NotificationSeen& seen, const Status& status) override;
  void on_notification_unregistered(const portcls::NotificationSeen& seen, const Status& status,
                                    bool forgotten) override;
  void on_state_changing(const portcls::StateChange& change) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

  void on_event_set(const _KEVENT* event, Nanoseconds when) override;
  void on_event_cleared(const _KEVENT* event, const char* api) override;
  void on_event_initialized(const _KEVENT* event) override;

 private:
  struct Event {
    portcls::StreamId stream = 0;
    bool registered = true;
    StackTrace method;  // RegisterNotificationEvent, or UnregisterNotificationEvent when that is done
    Nanoseconds counted_from{}, surely_from{};  // run time of the stream when the count began
    uint64_t signals = 0;                       // since then, in RUN
    uint64_t runs = 0;                          // how often RUN has ended since then
    bool told_often = false;
  };
  // At a signal in RUN: not more than the time asks for.
  void judge_often(const Event& event, const StreamView& stream, Nanoseconds now);
  // When RUN ends: not fewer.
  void judge_missing(const Event& event, const StreamView& stream, Nanoseconds now);

  // An event, as one stream knows it.
  using Key = std::pair<const void*, portcls::StreamId>;
  void forget_locked(const Key& key) REQUIRES(mutex_);

  Verifier& verifier_;
  const StreamBook& book_;
  const bool virtual_time_, punctual_;
  Mutex mutex_;
  // One event may be registered with several streams: an application waits for whichever comes first.
  std::map<Key, Event> events_ GUARDED_BY(mutex_);
  std::map<portcls::StreamId, std::vector<const void*>> registered_ GUARDED_BY(mutex_);
  std::deque<Key> unregistered_ GUARDED_BY(mutex_);  // oldest first; some are registered again, or gone
};

}  // namespace portside::verifier
