#include "portcls/adapter_power.h"

#include "io/io.h"
#include "portcls/adapter.h"
#include "portcls/pin_file.h"
#include "portcls/port.h"
#include "portcls/portcls.h"

namespace portside::portcls {

Status AdapterPower::register_management(IUnknown* unknown, const char* function) {
  if (!unknown) return Status(StatusCode::kInvalidParameter, "no object");
  if (management_) {
    adapter_.port_cls().report_misuse(Misuse::kPowerManagementRegisteredTwice, function,
                                      "the adapter's power management is registered already");
    return Status(StatusCode::kInvalidDeviceState, "registered already");
  }
  auto management = ComPtr<IAdapterPowerManagement>::query(unknown, IID_IAdapterPowerManagement);
  if (!management) return Status(StatusCode::kInvalidParameter, "the object does not offer IAdapterPowerManagement");
  management_ = std::move(management);
  return Status::ok();
}

Status AdapterPower::unregister_management(const char* function) {
  if (!management_) {
    adapter_.port_cls().report_misuse(Misuse::kPowerManagementNotRegistered, function,
                                      "the adapter's power management is not registered");
    return Status(StatusCode::kInvalidDeviceState, "not registered");
  }
  management_.reset();
  return Status::ok();
}

NTSTATUS AdapterPower::query(DEVICE_POWER_STATE state) {
  if (!management_) return STATUS_SUCCESS;
  POWER_STATE wanted;
  wanted.DeviceState = state;
  return management_->QueryPowerChangeState(wanted);
}

void AdapterPower::query_capabilities(PDEVICE_CAPABILITIES capabilities) {
  if (management_) (void)management_->QueryDeviceCapabilities(capabilities);
}

void AdapterPower::change(DEVICE_POWER_STATE state) {
  if (state == state_) return;
  const DEVICE_POWER_STATE before = state_;
  POWER_STATE wanted;
  wanted.DeviceState = state;
  const auto notify_miniports = [&] {
    for (const Subdevice& subdevice : adapter_.subdevices())
      if (IPowerNotify* notify = subdevice.port->power_notify()) notify->PowerChangeNotify(wanted);
  };
  // PowerChangeNotify comes "before PowerChangeState and after it has paused any active audio data streams" on the way
  // down, and after PowerChangeState on the way up (IPowerNotify::PowerChangeNotify, Remarks).
  if (state > before) {
    for (PinFile* pin : adapter_.pins()) pin->suspend();
    notify_miniports();
    if (management_) management_->PowerChangeState(wanted);
    state_ = state;
  } else {
    if (management_) management_->PowerChangeState(wanted);
    state_ = state;
    notify_miniports();
    if (state == PowerDeviceD0)
      for (PinFile* pin : adapter_.pins()) pin->resume();
  }
  adapter_.port_cls().observers().notify(&PortClsObserver::on_power_state, adapter_.functional_device(), before, state);
}

NTSTATUS AdapterPower::pass_down(PIRP irp) {
  IoSkipCurrentIrpStackLocation(irp);
  return io::call_driver(adapter_.next_device(), irp);
}

NTSTATUS AdapterPower::dispatch(PIRP irp) {
  const IO_STACK_LOCATION& location = *IoGetCurrentIrpStackLocation(irp);
  const bool set = location.MinorFunction == IRP_MN_SET_POWER;
  if (!set && location.MinorFunction != IRP_MN_QUERY_POWER) return pass_down(irp);
  const POWER_STATE wanted = location.Parameters.Power.State;
  // A system state stands for the device state that PortCls, as power policy owner, asks of itself.
  const DEVICE_POWER_STATE device = location.Parameters.Power.Type == DevicePowerState
                                        ? wanted.DeviceState
                                        : (wanted.SystemState == PowerSystemWorking ? PowerDeviceD0 : PowerDeviceD3);
  ControlGuard guard(adapter_.control_lock());
  if (!set) {
    if (const NTSTATUS status = query(device); status < 0) return io::complete_with(irp, status);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_down(irp);
  }
  // A device wakes from below: the bus first. It goes to sleep from above.
  if (device == PowerDeviceD0) {
    const NTSTATUS status = adapter_.forward_and_wait(irp);
    change(device);
    return io::complete_with(irp, status, irp->IoStatus.Information);
  }
  change(device);
  irp->IoStatus.Status = STATUS_SUCCESS;
  return pass_down(irp);
}

}  // namespace portside::portcls
