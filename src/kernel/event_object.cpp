#include "kernel/event_object.h"

#include <wdm.h>

#include <memory>

#include "kernel/dispatcher.h"

namespace portside::kernel {

Result<OpenedEvent> open_event(ObjectDirectory& objects, Dispatcher& dispatcher, const EventSpec& spec, bool open_existing,
                               uint32_t access, HandleKind kind, const char* api) {
  if (open_existing && !spec.name.empty()) {
    if (auto body = objects.reference_by_name(spec.name, &object_types::kEvent)) {
      auto handle = objects.open_handle(*body, access, kind, api);
      (void)objects.dereference(*body, api);
      if (!handle) return fail(handle.error());
      return OpenedEvent{static_cast<_KEVENT*>(*body), *handle, false};
    } else if (body.error().code() != StatusCode::kObjectNameNotFound) {
      return fail(body.error());
    }
  }
  auto event = std::make_unique<_KEVENT>();
  dispatcher.initialize_event(event.get(), spec.notification, spec.signalled);
  NewObject object;
  object.type = &object_types::kEvent;
  object.body = event.get();
  object.name = spec.name;
  object.on_delete = [](void* gone) { delete static_cast<_KEVENT*>(gone); };
  TRY(objects.insert(std::move(object)));
  _KEVENT* body = event.release();
  auto handle = objects.open_handle(body, access, kind, api);
  (void)objects.dereference(body, api);  // the handle's reference remains
  if (!handle) return fail(handle.error());
  return OpenedEvent{body, *handle, true};
}

}  // namespace portside::kernel
