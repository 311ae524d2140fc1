#pragma once
// NotificationRules: what a driver does with the events that clients registered: in which states it signals them, how
// often, and that it leaves them alone once they are unregistered.

#include <map>

#include "base/mutex.h"
#include "kernel/event_observer.h"
#include "portcls/stream_observer.h"
#include "verifier/stream_book.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class NotificationRules final : public portcls::StreamObserver, public kernel::EventObserver {
 public:
  NotificationRules(Verifier& verifier, const StreamBook& book) : verifier_(verifier), book_(book) {}

  void on_notification_registered(const portcls::NotificationSeen& seen, const Status& status) override;
  void on_notification_unregistered(const portcls::NotificationSeen& seen, const Status& status, bool forgotten) override;
  void on_state_changing(const portcls::StateChange& change) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

  void on_event_set(const _KEVENT* event, Nanoseconds when) override;
  void on_event_initialized(const _KEVENT* event) override;

 private:
  struct Event {
    portcls::StreamId stream = 0;
    bool registered = true;
    StackTrace method;          // RegisterNotificationEvent, or UnregisterNotificationEvent when that is done
    Nanoseconds counted_from{}, surely_from{};  // run time of the stream when the count began
    uint64_t signals = 0;       // since then
    bool told_often = false;
  };
  // While the stream runs, or when it ends: as many as the time asks for?
  void judge_count(const Event& event, const StreamView& stream, Nanoseconds now, bool over, const StackTrace& by);

  Verifier& verifier_;
  const StreamBook& book_;
  Mutex mutex_;
  std::map<const void*, Event> events_ GUARDED_BY(mutex_);
};

}  // namespace portside::verifier
