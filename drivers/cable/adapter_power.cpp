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

STDMETHODIMP_(VOID) AdapterPower::PowerChangeState(POWER_STATE) {
  PAGED_CODE();
  // The way down: the port has paused every stream, so that nothing runs now. With hardware, save here what it will
  // forget, mute the outputs, and switch it off. The way up is the opposite: switch on, write the registers again;
  // after this call the port lets the streams run on. This call cannot fail. A cable forgets nothing and draws nothing.
}

STDMETHODIMP_(NTSTATUS) AdapterPower::QueryPowerChangeState(POWER_STATE) {
  PAGED_CODE();
  // To refuse is to keep the whole computer awake: only for something that would be lost otherwise.
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) AdapterPower::QueryDeviceCapabilities(PDEVICE_CAPABILITIES) {
  PAGED_CODE();
  return STATUS_SUCCESS;  // what the bus reported is right
}

#pragma code_seg()
