#include "client/process.h"

#include "kernel/dispatcher.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/services.h"

namespace portside::client {

Nanoseconds now() { return current<kernel::Kernel>().clock().now(); }
void sleep_for(Nanoseconds time) { current<kernel::Kernel>().sleep_for(time); }

Result<std::unique_ptr<Event>> Event::create() {
  std::unique_ptr<Event> event(new Event);
  kernel::ObjectDirectory& objects = current<kernel::Services>().objects();
  // In pool, as Windows keeps it: a driver that signals it when it is gone touches a freed block, and is told so.
  kernel::Pool& pool = current<kernel::Services>().pool();
  TRY_ASSIGN(void* const block, pool.allocate({.bytes = sizeof(KEVENT), .tag = 'nevE', .owner = kernel::PoolOwner::kRuntime, .api = "CreateEvent"}));
  auto* body = static_cast<KEVENT*>(block);
  current<kernel::Kernel>().dispatcher().initialize_event(body, /*notification=*/false, /*signalled=*/false);
  kernel::NewObject object;
  object.type = &kernel::object_types::kEvent;
  object.body = body;
  // A driver's reference may outlive the handle: the last one frees the event.
  object.on_delete = [](void* b) { (void)current<kernel::Services>().pool().free(b, 'nevE', "CloseHandle"); };
  if (auto inserted = objects.insert(std::move(object)); !inserted) {
    (void)pool.free(body, 'nevE', "CreateEvent");
    return fail(inserted.error());
  }
  event->event_ = body;
  auto handle = objects.open_handle(body, EVENT_ALL_ACCESS, kernel::HandleKind::kUser, "CreateEvent");
  if (!handle) {
    (void)objects.dereference(body, "CreateEvent");
    event->event_ = nullptr;
    return fail(handle.error());
  }
  event->handle_ = *handle;
  return event;
}

Event::~Event() {
  if (!event_) return;
  kernel::ObjectDirectory& objects = current<kernel::Services>().objects();
  (void)objects.close_handle(handle_, "CloseHandle");
  (void)objects.dereference(event_, "CloseHandle");
}

void Event::set() { (void)current<kernel::Kernel>().set_event(event_); }

bool Event::wait(std::optional<Nanoseconds> timeout) {
  kernel::WaitRequest request;
  void* object = event_;
  request.objects = {&object, 1};
  request.exact = true;
  request.api = "WaitForSingleObject";
  if (timeout) request.timeout_hns = -(timeout->count() / 100);
  return current<kernel::Kernel>().dispatcher().wait(request) != STATUS_TIMEOUT;
}

Thread::Thread(std::string name, std::function<void()> body)
    : thread_(current<kernel::Kernel>().start_thread(std::move(name), std::move(body))) {}

Thread::~Thread() {
  kernel::Kernel& kernel = current<kernel::Kernel>();
  (void)kernel.wait(thread_->header());
  kernel.release_thread(thread_);
}

}  // namespace portside::client
