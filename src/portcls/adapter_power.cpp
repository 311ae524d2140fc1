#include "portcls/adapter_power.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/io.h"
#include "portcls/adapter.h"
#include "portcls/interface_check.h"
#include "portcls/method_place.h"
#include "portcls/pin_file.h"
#include "portcls/port.h"
#include "portcls/portcls.h"

namespace portside::portcls {
namespace {
constexpr uint32_t kSlotQueryDeviceCapabilities = 5;  // in IAdapterPowerManagement's vtable
}

Status AdapterPower::register_management(IUnknown* unknown, const char* function) {
  if (!unknown) {
    adapter_.port_cls().report_misuse(Misuse::kObjectMissing, function, "Unknown is NULL");
    return Status(StatusCode::kInvalidParameter, "no object");
  }
  if (management_ && !replaceable_) {
    adapter_.port_cls().report_misuse(Misuse::kPowerManagementRegisteredTwice, function,
                                      "the adapter's power management is registered already");
    return Status(StatusCode::kInvalidDeviceState, "registered already");
  }
  auto management = ComPtr<IAdapterPowerManagement>::query(unknown, IID_IAdapterPowerManagement);
  if (!management) return Status(StatusCode::kInvalidParameter, "the object does not offer IAdapterPowerManagement");
  ReferenceCheck references(adapter_.port_cls(), "the object for power management");
  check_interfaces(references, *unknown, {{IID_IAdapterPowerManagement, "IAdapterPowerManagement"}});
  management_ = std::move(management);
  management2_ = ComPtr<IAdapterPowerManagement2>::query(unknown, IID_IAdapterPowerManagement2);
  management3_ = ComPtr<IAdapterPowerManagement3>::query(unknown, IID_IAdapterPowerManagement3);
  replaceable_ = false;
  return Status::ok();
}

Status AdapterPower::unregister_management(const char* function) {
  if (!management_) {
    adapter_.port_cls().report_misuse(Misuse::kPowerManagementNotRegistered, function,
                                      "the adapter's power management is not registered");
    return Status(StatusCode::kInvalidDeviceState, "not registered");
  }
  release();
  return Status::ok();
}

void AdapterPower::release() {
  management3_.reset();
  management2_.reset();
  management_.reset();
}

NTSTATUS AdapterPower::query(DEVICE_POWER_STATE state) {
  if (!management_) return STATUS_SUCCESS;
  POWER_STATE wanted;
  wanted.DeviceState = state;
  return management_->QueryPowerChangeState(wanted);
}

void AdapterPower::query_capabilities(PDEVICE_CAPABILITIES capabilities) {
  DEVICE_CAPABILITIES given = *capabilities;
  if (management_) (void)management_->QueryDeviceCapabilities(capabilities);
  for (int s = PowerSystemSleeping1; s < PowerSystemMaximum; ++s) {
    // "It can change the mappings to a deeper (less-powered) device power state but not to a weaker (more-powered) device
    // power state" (QueryDeviceCapabilities, Remarks).
    if (capabilities->DeviceState[s] < given.DeviceState[s]) {
      adapter_.port_cls().report_answer(
          Misuse::kCapabilityWeakened, "IAdapterPowerManagement::QueryDeviceCapabilities",
          fmt::format("DeviceState[{}] was D{} and became D{}", s, given.DeviceState[s] - PowerDeviceD0,
                      capabilities->DeviceState[s] - PowerDeviceD0),
          method_place(management_.get(), kSlotQueryDeviceCapabilities));
      capabilities->DeviceState[s] = given.DeviceState[s];
    }
    mapping_[s] = capabilities->DeviceState[s];
  }
}

// How soon the device must be able to wake. What Windows asks for when is written nowhere: fast while the system works,
// responsive while it sleeps, is a guess.
PC_EXIT_LATENCY AdapterPower::exit_latency() const {
  return system_ == PowerSystemWorking ? PcExitLatencyFast : PcExitLatencyResponsive;
}

void AdapterPower::tell_adapter(DEVICE_POWER_STATE from, DEVICE_POWER_STATE to) {
  if (management3_) {
    // "If the device is not going into its new state from PowerDeviceD3, then D3ExitLatency is set to
    // PcExitLatencyInstant" (PowerChangeState3, Remarks).
    management3_->PowerChangeState3(to, system_, from == PowerDeviceD3 ? exit_latency() : PcExitLatencyInstant);
  } else if (management2_) {
    management2_->PowerChangeState2(to, system_);
  } else if (management_) {
    POWER_STATE wanted;
    wanted.DeviceState = to;
    management_->PowerChangeState(wanted);
  }
}

void AdapterPower::set_system_state(SYSTEM_POWER_STATE state) {
  const PC_EXIT_LATENCY before = exit_latency();
  system_ = state;
  // "Only called when the device is the D3 power state" (D3ExitLatencyChanged). A device that went there with the system was told
  // no latency that would have to be taken back: PowerChangeState3 follows.
  if (state == PowerSystemWorking && !latency_told_) return;
  if (management3_ && state_ == PowerDeviceD3 && exit_latency() != before) {
    (void)management3_->D3ExitLatencyChanged(exit_latency());
    latency_told_ = true;
  }
}

void AdapterPower::change(DEVICE_POWER_STATE state) {
  if (state == state_) return;
  latency_told_ = false;
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
    tell_adapter(before, state);
    state_ = state;
  } else {
    tell_adapter(before, state);
    state_ = state;
    notify_miniports();
    if (state == PowerDeviceD0)
      for (PinFile* pin : adapter_.pins()) pin->resume();
  }
  (void)current<io::Io>().power().set_state(adapter_.functional_device(), DevicePowerState, wanted);
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
  if (location.Parameters.Power.Type == SystemPowerState) return dispatch_system(irp, set, wanted.SystemState);

  const DEVICE_POWER_STATE device = wanted.DeviceState;
  ControlGuard guard(adapter_.control_lock());
  if (!set) {
    if (const NTSTATUS status = query(device); status < 0) return io::complete_with(irp, status);
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_down(irp);
  }
  // A device wakes from below: the bus first. It goes to sleep from above.
  if (device < state_) {
    const NTSTATUS status = adapter_.forward_and_wait(irp);
    if (status >= 0) change(device);
    return io::complete_with(irp, status, irp->IoStatus.Information);
  }
  check_seen(device);
  change(device);
  irp->IoStatus.Status = STATUS_SUCCESS;
  return pass_down(irp);
}

// "The adapter driver for a device that can change its power state in response to requests from PortCls should expose an
// IAdapterPowerManagement interface" (Power Management for Audio Devices). A device can that has hardware, or whose INF says so.
void AdapterPower::check_seen(DEVICE_POWER_STATE state) {
  if (state <= state_ || management_ || unseen_told_) return;
  if (!has_resources_ && !(idle_.given && idle_.state != PowerDeviceD0)) return;
  const AdapterSpec& spec = adapter_.spec();
  if (spec.driver->MajorFunction[IRP_MJ_POWER] != spec.dispatch) return;  // it sees the IRPs itself
  if (std::ranges::any_of(adapter_.subdevices(), [](const Subdevice& s) { return s.port->power_notify(); })) return;
  unseen_told_ = true;
  adapter_.port_cls().report_answer(
      Misuse::kPowerChangeUnseen, "StartDevice",
      fmt::format(
          "the device goes to D{}, and nobody in the driver is told: no IAdapterPowerManagement is registered, and no "
          "miniport has IPowerNotify",
          state - PowerDeviceD0),
      function_place(reinterpret_cast<const void*>(spec.start_device)));
}

// Handling a System Set-Power IRP in a Device Power Policy Owner: the device state comes first on the way down, last on the
// way up; the system's IRP waits for it.
NTSTATUS AdapterPower::dispatch_system(PIRP irp, bool set, SYSTEM_POWER_STATE wanted) {
  if (wanted == PowerSystemWorking) {
    if (!set) {
      irp->IoStatus.Status = STATUS_SUCCESS;
      return pass_down(irp);
    }
    const NTSTATUS status = adapter_.forward_and_wait(irp);
    if (status < 0) return io::complete_with(irp, status);
    {
      ControlGuard guard(adapter_.control_lock());
      set_system_state(wanted);
    }
    if (state_ == PowerDeviceD0) return io::complete_with(irp, STATUS_SUCCESS);
    return ask_device(irp, IRP_MN_SET_POWER, PowerDeviceD0, &on_device_awake);
  }
  const bool known =
      wanted > PowerSystemWorking && wanted < PowerSystemMaximum && mapping_[wanted] != PowerDeviceUnspecified;
  const DEVICE_POWER_STATE device = known ? mapping_[wanted] : PowerDeviceD3;
  if (!set) return ask_device(irp, IRP_MN_QUERY_POWER, device, &on_device_query);
  {
    ControlGuard guard(adapter_.control_lock());
    set_system_state(wanted);
  }
  if (state_ >= device) {  // idle already, and deep enough
    irp->IoStatus.Status = STATUS_SUCCESS;
    return pass_down(irp);
  }
  return ask_device(irp, IRP_MN_SET_POWER, device, &on_device_asleep);
}

NTSTATUS AdapterPower::ask_device(PIRP system_irp, UCHAR minor, DEVICE_POWER_STATE state,
                                  PREQUEST_POWER_COMPLETE then) {
  IoMarkIrpPending(system_irp);
  POWER_STATE wanted;
  wanted.DeviceState = state;
  const NTSTATUS status =
      current<io::Io>().power().request(adapter_.functional_device(), minor, wanted, then, system_irp, nullptr);
  if (status != STATUS_PENDING) (void)io::complete_with(system_irp, status);
  return STATUS_PENDING;
}

void AdapterPower::on_device_query(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID irp,
                                   PIO_STATUS_BLOCK status) {
  if (status->Status < 0) {
    (void)io::complete_with(static_cast<PIRP>(irp), status->Status);
  } else {
    on_device_asleep(device, minor, state, irp, status);
  }
}

void AdapterPower::on_device_asleep(PDEVICE_OBJECT device, UCHAR, POWER_STATE, PVOID context, PIO_STATUS_BLOCK) {
  auto* irp = static_cast<PIRP>(context);
  Adapter* adapter = current<PortCls>().find_adapter(device);
  if (!adapter) return (void)io::complete_with(irp, STATUS_DEVICE_REMOVED);
  irp->IoStatus.Status = STATUS_SUCCESS;
  // A stack location that is marked pending is not handed to the driver below: that one has not marked it.
  IoCopyCurrentIrpStackLocationToNext(irp);
  (void)io::call_driver(adapter->next_device(), irp);
}

void AdapterPower::on_device_awake(PDEVICE_OBJECT, UCHAR, POWER_STATE, PVOID irp, PIO_STATUS_BLOCK status) {
  (void)io::complete_with(static_cast<PIRP>(irp), status->Status);
}

// Audio Device Class Inactivity Timer Implementation: "after the device has been placed in the idle state, PortCls will
// power the device back up in the event of new access activity".
Status AdapterPower::access() {
  io::Power& power = current<io::Io>().power();
  if (idle_counter_) power.idle().set_busy(idle_counter_);
  if (state_ == PowerDeviceD0) return Status::ok();
  if (system_ != PowerSystemWorking) return Status(StatusCode::kDeviceNotReady, "the device sleeps with the system");
  struct Woken {
    KEVENT done;
    NTSTATUS status;
  } woken;
  KeInitializeEvent(&woken.done, NotificationEvent, FALSE);
  const auto on_awake =
      +[](PDEVICE_OBJECT, UCHAR, POWER_STATE, PVOID context, PIO_STATUS_BLOCK status) __attribute__((ms_abi)) {
        auto* result = static_cast<Woken*>(context);
        result->status = status->Status;
        KeSetEvent(&result->done, IO_NO_INCREMENT, FALSE);
      };
  POWER_STATE wanted;
  wanted.DeviceState = PowerDeviceD0;
  const NTSTATUS status =
      power.request(adapter_.functional_device(), IRP_MN_SET_POWER, wanted, on_awake, &woken, nullptr);
  if (status != STATUS_PENDING) return Status::from_nt(status, "the device does not wake");
  KeWaitForSingleObject(&woken.done, Executive, KernelMode, FALSE, nullptr);
  return woken.status < 0 ? Status::from_nt(woken.status, "the device does not wake") : Status::ok();
}

}  // namespace portside::portcls
