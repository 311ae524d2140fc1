#include "kernel/event_object.h"

#include <wdm.h>

#include "kernel/dispatcher.h"
#include "kernel/pool.h"

namespace portside::kernel {
namespace {

constexpr uint32_t kTag = 'nevE';

}  // namespace

Result<OpenedEvent> open_event(ObjectDirectory& objects, Pool& pool, Dispatcher& dispatcher, const EventSpec& spec,
                               bool open_existing, uint32_t access, HandleKind kind, const char* api) {
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
  TRY_ASSIGN(void* const block,
             pool.allocate({.bytes = sizeof(_KEVENT), .tag = kTag, .owner = PoolOwner::kRuntime, .api = api}));
  auto* body = static_cast<_KEVENT*>(block);
  dispatcher.initialize_event(body, spec.notification, spec.signalled);
  NewObject object;
  object.type = &object_types::kEvent;
  object.body = body;
  object.name = spec.name;
  object.on_delete = [&pool](void* gone) { (void)pool.free(gone, kTag, "ObDereferenceObject"); };
  if (auto inserted = objects.insert(std::move(object)); !inserted) {
    (void)pool.free(body, kTag, api);
    return fail(inserted.error());
  }
  auto handle = objects.open_handle(body, access, kind, api);
  (void)objects.dereference(body, api);  // the handle's reference remains
  if (!handle) return fail(handle.error());
  return OpenedEvent{body, *handle, true};
}

}  // namespace portside::kernel
