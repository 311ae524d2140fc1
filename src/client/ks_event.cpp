#include "client/ks_event.h"

#include "base/machine_context.h"
#include "io/io.h"

namespace portside::client {

Result<std::unique_ptr<KsEvent>> KsEvent::enable(const KsFile& filter, const GUID& set, ULONG id, const Target& target,
                                                 const Event& told) {
  std::unique_ptr<KsEvent> event(new KsEvent(filter));
  event->data_.NotificationType = KSEVENTF_EVENT_HANDLE;
  event->data_.EventHandle.Event = told.handle();
  // A KSE_NODE and a KSE_PIN are laid out alike; the flag says which it is.
  KSE_NODE request{};
  static_assert(sizeof(KSE_PIN) == sizeof(KSE_NODE));
  request.Event.Set = set;
  request.Event.Id = id;
  request.Event.Flags = KSEVENT_TYPE_ENABLE | (target.node ? KSEVENT_TYPE_TOPOLOGY : 0);
  request.NodeId = target.node ? *target.node : target.pin.value_or(0);
  const size_t bytes = target.node || target.pin ? sizeof(KSE_NODE) : sizeof(KSEVENT);
  const auto enabled = current<io::Io>().requests().device_control(filter.handle(), IOCTL_KS_ENABLE_EVENT,
                                                                   std::as_bytes(std::span(&request, 1)).first(bytes),
                                                                   std::as_writable_bytes(std::span(&event->data_, 1)));
  const Status status = enabled ? Status::from_nt(enabled->status) : enabled.error();
  if (status.is_ok()) return event;
  event->data_.NotificationType = 0;  // there is nothing to disable
  return fail(status);
}

KsEvent::~KsEvent() {
  if (data_.NotificationType && filter_)
    (void)current<io::Io>().requests().device_control(filter_.handle(), IOCTL_KS_DISABLE_EVENT,
                                                      std::as_bytes(std::span(&data_, 1)), {});
}

}  // namespace portside::client
