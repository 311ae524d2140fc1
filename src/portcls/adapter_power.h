#pragma once
// AdapterPower: IRP_MJ_POWER of an adapter, whose power policy owner PortCls is: the adapter driver's
// IAdapterPowerManagement (or version 2 or 3 of it), the miniports' IPowerNotify, the pausing of streams around a sleep,
// and the inactivity timer.

#include <portcls.h>
#include <wdm.h>

#include <array>

#include "base/status.h"
#include "portcls/com_ptr.h"

namespace portside::portcls {

class Adapter;

class AdapterPower {
 public:
  explicit AdapterPower(Adapter& adapter) : adapter_(adapter) {}

  // PcRegisterAdapterPowerManagement, PcUnregisterAdapterPowerManagement: once (0x71006). A registration from before a
  // rebalance may be replaced by the StartDevice routine that ends it.
  Status register_management(IUnknown* unknown, const char* function);
  Status unregister_management(const char* function);
  bool registered() const { return static_cast<bool>(management_); }
  void may_register_again() { replaceable_ = true; }

  DEVICE_POWER_STATE state() const { return state_; }
  // Completes the IRP, passes it on, or leaves it pending. A system state is answered by a request for the device state
  // that the device's capabilities map it to; the system's IRP goes on when that has ended.
  NTSTATUS dispatch(PIRP irp);
  // What removal does itself, without an IRP.
  void change(DEVICE_POWER_STATE state);

  // The start of a device: reads PowerSettings from the driver's key and registers for idle detection. `has_resources`: it is more than
  // a driver's own idea.
  void start_idle_detection(bool has_resources);
  void stop_idle_detection();
  // IPortClsPower::SetIdlePowerManagement.
  void set_idle_management(bool enabled);
  bool idle_management() const { return idle_management_; }

  // Somebody asks something of the device: the idle count begins anew, and a device that sleeps is woken first.
  // STATUS_DEVICE_NOT_READY while the whole system sleeps. Under the control lock.
  Status access();
  // After a request: while a stream runs the device is busy.
  void update_busy();

  void query_capabilities(PDEVICE_CAPABILITIES capabilities);
  // At removal: what the driver left registered.
  void release();

 private:
  static void NTAPI on_device_query(PDEVICE_OBJECT, UCHAR, POWER_STATE, PVOID irp, PIO_STATUS_BLOCK status);
  static void NTAPI on_device_asleep(PDEVICE_OBJECT, UCHAR, POWER_STATE, PVOID irp, PIO_STATUS_BLOCK status);
  static void NTAPI on_device_awake(PDEVICE_OBJECT, UCHAR, POWER_STATE, PVOID irp, PIO_STATUS_BLOCK status);
  NTSTATUS dispatch_system(PIRP irp, bool set, SYSTEM_POWER_STATE wanted);
  NTSTATUS ask_device(PIRP system_irp, UCHAR minor, DEVICE_POWER_STATE state, PREQUEST_POWER_COMPLETE then);
  NTSTATUS query(DEVICE_POWER_STATE state);
  NTSTATUS pass_down(PIRP irp);
  void check_seen(DEVICE_POWER_STATE state);
  void tell_adapter(DEVICE_POWER_STATE from, DEVICE_POWER_STATE to);
  void set_system_state(SYSTEM_POWER_STATE state);
  PC_EXIT_LATENCY exit_latency() const;
  void register_idle();

  Adapter& adapter_;
  ComPtr<IAdapterPowerManagement> management_;
  ComPtr<IAdapterPowerManagement2> management2_;
  ComPtr<IAdapterPowerManagement3> management3_;
  bool replaceable_ = false;
  DEVICE_POWER_STATE state_ = PowerDeviceD0;
  bool latency_told_ = false;  // D3ExitLatencyChanged, in this stay in D3
  SYSTEM_POWER_STATE system_ = PowerSystemWorking;
  // Of DEVICE_CAPABILITIES: a device state for each system state; D3 for every sleep until they were asked for.
  std::array<DEVICE_POWER_STATE, PowerSystemMaximum> mapping_{};

  struct IdleSettings {
    ULONG conservation_seconds = 0, performance_seconds = 0;
    DEVICE_POWER_STATE state = PowerDeviceD3;
    bool given = false;  // by the driver's INF
  };
  IdleSettings idle_;
  bool idle_management_ = true;  // "would override the settings in the registry": off only by SetIdlePowerManagement
  PULONG idle_counter_ = nullptr;
  bool busy_ = false;
  bool has_resources_ = false;
  bool unseen_told_ = false;
};

}  // namespace portside::portcls
