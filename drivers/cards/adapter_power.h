// AdapterPower: how a card takes part in power management. `Device` has suspend() and resume(), called at
// PASSIVE_LEVEL.
#pragma once

#include "com_object.h"

template <class Device>
class AdapterPower final : public ComObject<AdapterPower<Device>, IAdapterPowerManagement> {
 public:
  explicit AdapterPower(Device& device) { device_.share(&device); }

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPowerManagement))
      return this->hand_out(static_cast<IAdapterPowerManagement*>(this), result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }

  // On the way down the port has paused every stream; on the way up it lets them run on after this.
  STDMETHODIMP_(VOID) PowerChangeState(POWER_STATE new_state) override {
    const DEVICE_POWER_STATE to = new_state.DeviceState;
    // A PCI function answers at its registers in D0 alone (PCI Bus Power Management, D1 and D2).
    const bool was_asleep = state_ != PowerDeviceD0, sleeps = to != PowerDeviceD0;
    state_ = to;
    if (sleeps && !was_asleep) device_->suspend();
    if (was_asleep && !sleeps) device_->resume();
  }

  STDMETHODIMP_(NTSTATUS) QueryPowerChangeState(POWER_STATE) override { return STATUS_SUCCESS; }

  // What the bus reported is right.
  STDMETHODIMP_(NTSTATUS) QueryDeviceCapabilities(PDEVICE_CAPABILITIES) override { return STATUS_SUCCESS; }

 private:
  ComPointer<Device> device_;
  DEVICE_POWER_STATE state_ = PowerDeviceD0;
};
