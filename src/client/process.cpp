#include "client/process.h"

#include <vector>

#include "kernel/dispatcher.h"
#include "kernel/event_object.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/services.h"

namespace portside::client {

Nanoseconds now() { return current<kernel::Kernel>().clock().now(); }
void sleep_for(Nanoseconds time) { current<kernel::Kernel>().sleep_for(time); }

Result<std::unique_ptr<Event>> Event::create() {
  std::unique_ptr<Event> event(new Event);
  auto& services = current<kernel::Services>();
  TRY_ASSIGN(const kernel::OpenedEvent opened,
             kernel::open_event(services.objects(), services.pool(), current<kernel::Kernel>().dispatcher(), {},
                                /*open_existing=*/false, EVENT_ALL_ACCESS, kernel::HandleKind::kUser, "CreateEvent"));
  // A driver's reference may outlive the handle, and the handle this object's: whoever is last frees the event.
  (void)services.objects().reference(opened.event, "CreateEvent");
  event->event_ = opened.event;
  event->handle_ = opened.handle;
  return event;
}

Event::~Event() {
  if (!event_) return;
  kernel::ObjectDirectory& objects = current<kernel::Services>().objects();
  (void)objects.close_handle(handle_, "CloseHandle");
  (void)objects.dereference(event_, "CloseHandle");
}

void Event::set() { (void)current<kernel::Kernel>().set_event(event_); }

namespace {

int32_t wait_for(std::span<void* const> objects, std::optional<Nanoseconds> timeout, const char* api) {
  kernel::WaitRequest request;
  request.objects = objects;
  request.exact = true;
  request.api = api;
  if (timeout) request.timeout_hns = -(timeout->count() / 100);
  return current<kernel::Kernel>().dispatcher().wait(request);
}

}  // namespace

bool Event::wait(std::optional<Nanoseconds> timeout) {
  void* object = event_;
  return wait_for({&object, 1}, timeout, "WaitForSingleObject") != STATUS_TIMEOUT;
}

std::optional<size_t> Event::wait_any(std::span<Event* const> events, std::optional<Nanoseconds> timeout) {
  std::vector<void*> objects;
  for (const Event* event : events) objects.push_back(event->event_);
  const int32_t status = wait_for(objects, timeout, "WaitForMultipleObjects");
  if (status < STATUS_WAIT_0 || static_cast<size_t>(status - STATUS_WAIT_0) >= events.size()) return std::nullopt;
  return static_cast<size_t>(status - STATUS_WAIT_0);
}

Thread::Thread(std::string name, std::function<void()> body)
    : thread_(current<kernel::Kernel>().start_thread(std::move(name), std::move(body))) {}

Thread::~Thread() {
  kernel::Kernel& kernel = current<kernel::Kernel>();
  (void)kernel.wait(thread_->header());
  kernel.release_thread(thread_);
}

}  // namespace portside::client
