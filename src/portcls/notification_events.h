#pragma once
// NotificationEvents: the events a client registered for a stream: a handle becomes a referenced PKEVENT for the
// miniport, and what a closing client forgot is taken back.

#include <portcls.h>
#include <wdm.h>

#include <vector>

#include "kernel/object.h"
#include "portcls/com_ptr.h"
#include "portcls/stream_observer.h"

namespace portside::portcls {

class PortCls;

class NotificationEvents {
 public:
  NotificationEvents(PortCls& port_cls, StreamId stream) : port_cls_(port_cls), stream_(stream) {}

  Status register_event(IMiniportWaveRTStreamNotification& miniport, HANDLE handle);
  // STATUS_NOT_FOUND for an event that is not registered.
  Status unregister_event(IMiniportWaveRTStreamNotification& miniport, HANDLE handle);
  // At the pin's close.
  void take_back(IMiniportWaveRTStreamNotification& miniport);
  bool empty() const { return events_.empty(); }

 private:
  struct Registered {
    PKEVENT event;
    kernel::ObjectReference reference;
  };
  Result<kernel::ObjectReference> resolve(HANDLE handle) const;
  NotificationSeen seen(PKEVENT event, const StackTrace& method) const;

  PortCls& port_cls_;
  StreamId stream_;
  std::vector<Registered> events_;
};

}  // namespace portside::portcls
