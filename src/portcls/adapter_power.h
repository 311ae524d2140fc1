#pragma once
// AdapterPower: IRP_MJ_POWER of an adapter: the adapter driver's IAdapterPowerManagement, the miniports' IPowerNotify,
// and the pausing of streams around a sleep.

#include <wdm.h>
#include <portcls.h>

#include "base/status.h"
#include "portcls/com_ptr.h"

namespace portside::portcls {

class Adapter;

class AdapterPower {
 public:
  explicit AdapterPower(Adapter& adapter) : adapter_(adapter) {}

  // PcRegisterAdapterPowerManagement, PcUnregisterAdapterPowerManagement: once (0x71006).
  Status register_management(IUnknown* unknown, const char* function);
  Status unregister_management(const char* function);
  bool registered() const { return static_cast<bool>(management_); }

  DEVICE_POWER_STATE state() const { return state_; }
  // Completes or passes on the IRP.
  NTSTATUS dispatch(PIRP irp);
  // PcRequestNewPowerState, and what start and remove do themselves.
  void change(DEVICE_POWER_STATE state);

  void set_idle_management(bool enabled) { idle_management_ = enabled; }
  bool idle_management() const { return idle_management_; }
  void query_capabilities(PDEVICE_CAPABILITIES capabilities);
  // At removal: what the driver left registered.
  void release() { management_.reset(); }

 private:
  NTSTATUS query(DEVICE_POWER_STATE state);
  NTSTATUS pass_down(PIRP irp);

  Adapter& adapter_;
  ComPtr<IAdapterPowerManagement> management_;
  DEVICE_POWER_STATE state_ = PowerDeviceD0;
  bool idle_management_ = false;
};

}  // namespace portside::portcls
