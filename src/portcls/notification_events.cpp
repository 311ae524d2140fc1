#include "portcls/notification_events.h"

#include <algorithm>

#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/services.h"
#include "portcls/method_place.h"
#include "portcls/portcls.h"

namespace portside::portcls {
namespace {

StackTrace unregister_place(IMiniportWaveRTStreamNotification& miniport) {
  return method_place(&miniport, kSlotUnregisterNotificationEvent);
}

}  // namespace

Result<kernel::ObjectReference> NotificationEvents::resolve(HANDLE handle) const {
  kernel::ObjectDirectory& objects = current<kernel::Services>().objects();
  TRY_ASSIGN(void* body, objects.reference_by_handle(handle, &kernel::object_types::kEvent,
                                                     "KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT"));
  return kernel::ObjectReference(objects, body);
}

NotificationSeen NotificationEvents::seen(PKEVENT event, const StackTrace& method) const {
  return {stream_, event, current<kernel::Kernel>().clock().now(), method};
}

Status NotificationEvents::register_event(IMiniportWaveRTStreamNotification& miniport, HANDLE handle) {
  auto reference = resolve(handle);
  if (!reference) return reference.error();
  auto* event = static_cast<PKEVENT>(reference->body());
  const StackTrace place = method_place(&miniport, kSlotRegisterNotificationEvent);
  port_cls_.stream_observers().notify(&StreamObserver::on_notification_registering, seen(event, place));
  const Status status = Status::from_nt(miniport.RegisterNotificationEvent(event));
  port_cls_.stream_observers().notify(&StreamObserver::on_notification_registered, seen(event, place), status);
  if (status.is_ok()) events_.push_back({event, std::move(*reference)});
  return status;
}

Status NotificationEvents::unregister_event(IMiniportWaveRTStreamNotification& miniport, HANDLE handle) {
  auto reference = resolve(handle);
  if (!reference) return reference.error();
  const auto at = std::ranges::find(events_, static_cast<PKEVENT>(reference->body()), &Registered::event);
  if (at == events_.end()) return Status(StatusCode::kNotFound, "the event is not registered for this stream");
  const Status status = Status::from_nt(miniport.UnregisterNotificationEvent(at->event));
  port_cls_.stream_observers().notify(&StreamObserver::on_notification_unregistered,
                                      seen(at->event, unregister_place(miniport)), status, false);
  if (status.is_ok()) events_.erase(at);
  return status;
}

void NotificationEvents::take_back(IMiniportWaveRTStreamNotification& miniport) {
  while (!events_.empty()) {
    const Registered last = std::move(events_.back());
    events_.pop_back();
    const Status status = Status::from_nt(miniport.UnregisterNotificationEvent(last.event));
    port_cls_.stream_observers().notify(&StreamObserver::on_notification_unregistered,
                                        seen(last.event, unregister_place(miniport)), status, true);
  }
}

}  // namespace portside::portcls
