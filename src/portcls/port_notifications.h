#pragma once
// PortNotifications: IPortClsNotifications: buffers that a miniport fills and sends to the clients of its audio modules.
// Who listens is told by PortClsObserver::on_audio_module_notification; a buffer is the miniport's again after the call.

#include <vector>

#include "base/mutex.h"
#include "portcls/port_part.h"

namespace portside::portcls {

class PortNotifications final : public PortPart<IPortClsNotifications> {
 public:
  using PortPart::PortPart;
  // The port has ended: buffers that were not given back are freed.
  void end();
  STDMETHODIMP_(NTSTATUS)
  AllocNotificationBuffer(POOL_TYPE pool, USHORT bytes, PPCNOTIFICATION_BUFFER* buffer) override;
  STDMETHODIMP_(VOID) FreeNotificationBuffer(PPCNOTIFICATION_BUFFER buffer) override;
  STDMETHODIMP_(VOID) SendNotification(const GUID* id, PPCNOTIFICATION_BUFFER buffer) override;

 private:
  struct Given {
    PPCNOTIFICATION_BUFFER buffer;
    USHORT bytes;
  };
  std::vector<Given>::iterator find(PPCNOTIFICATION_BUFFER buffer) REQUIRES(mutex_);

  Mutex mutex_;
  std::vector<Given> given_ GUARDED_BY(mutex_);
};

}  // namespace portside::portcls
