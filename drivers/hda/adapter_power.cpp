// AdapterPower. See adapter_power.h.
#include "adapter_power.h"

#pragma code_seg("PAGE")

STDMETHODIMP AdapterPower::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPowerManagement)) {
    return hand_out(static_cast<IAdapterPowerManagement*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

// On the way down the port has paused every stream; on the way up it lets them run on after this.
STDMETHODIMP_(VOID) AdapterPower::PowerChangeState(POWER_STATE new_state) {
  PAGED_CODE();
  const DEVICE_POWER_STATE to = new_state.DeviceState;
  // D1 and D2 are for devices that are sooner awake from them: here they are D0.
  const bool was_asleep = state_ == PowerDeviceD3, sleeps = to == PowerDeviceD3;
  state_ = to;
  if (sleeps && !was_asleep) device_->suspend();
  if (was_asleep && !sleeps) device_->resume();
}

STDMETHODIMP_(NTSTATUS) AdapterPower::QueryPowerChangeState(POWER_STATE) {
  PAGED_CODE();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) AdapterPower::QueryDeviceCapabilities(PDEVICE_CAPABILITIES) {
  PAGED_CODE();
  return STATUS_SUCCESS;  // what the bus reported is right
}

#pragma code_seg()
