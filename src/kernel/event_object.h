#pragma once
// Event objects that the kernel owns: behind ZwCreateEvent, IoCreateNotificationEvent and a client's event handles.

#include <string_view>

#include "base/result.h"
#include "kernel/object.h"

struct _KEVENT;

namespace portside::kernel {

class Dispatcher;
class Pool;

struct EventSpec {
  bool notification = false;  // else a synchronization event
  bool signalled = false;
  std::u16string_view name;  // "\BaseNamedObjects\X", or none
};

struct OpenedEvent {
  _KEVENT* event = nullptr;
  void* handle = nullptr;
  bool created = false;
};

// A handle to a new event; an existing one of that name when `open_existing`, else STATUS_OBJECT_NAME_COLLISION. The
// handle holds the only reference. The event lies in pool, as Windows keeps it: who touches it after its last reference has
// gone touches a freed block, and is told who closed it.
Result<OpenedEvent> open_event(ObjectDirectory&, Pool&, Dispatcher&, const EventSpec&, bool open_existing,
                               uint32_t access, HandleKind, const char* api);

}  // namespace portside::kernel
