#pragma once
// Rebalance: a stop of the device with clients' streams open, which the adapter driver must offer (IAdapterPnpManagement).
// "Implement PnP Rebalance for PortCls Audio Drivers": streams are stopped and are not started again; the subdevices are
// unregistered and, when the device starts anew, registered again. Files from before answer STATUS_DEVICE_REMOVED.

#include <portcls.h>
#include <wdm.h>

#include "base/status.h"
#include "portcls/com_ptr.h"

namespace portside::portcls {

class Adapter;

class Rebalance {
 public:
  explicit Rebalance(Adapter& adapter) : adapter_(adapter) {}

  // PcRegisterAdapterPnpManagement, PcUnregisterAdapterPnpManagement. As with power management, a registration from before
  // a rebalance may be replaced.
  Status register_management(IUnknown* unknown, const char* function);
  Status unregister_management(const char* function);
  void release() { management_.reset(); }

  // IRP_MN_QUERY_STOP_DEVICE and IRP_MN_CANCEL_STOP_DEVICE, under the control lock. STATUS_DEVICE_BUSY when files are open
  // and the driver does not offer to go on without them.
  NTSTATUS query_stop();
  void cancel_stop();
  // IRP_MN_STOP_DEVICE: what comes before the streams and subdevices go is the adapter's; this is the driver's turn. Without
  // the control lock: it may wait for its own threads.
  void stop();

  // "While a Stop is pending, Portcls will block (hold) any new create requests."
  bool stop_pending() const { return stop_pending_; }
  void hold_create();

 private:
  NTSTATUS allowed() const;

  Adapter& adapter_;
  ComPtr<IAdapterPnpManagement> management_;
  bool replaceable_ = false;
  bool stop_pending_ = false;
};

}  // namespace portside::portcls
