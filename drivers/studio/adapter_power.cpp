// AdapterPower. See adapter_power.h.
#include "adapter_power.h"

#pragma code_seg("PAGE")

STDMETHODIMP AdapterPower::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPowerManagement) ||
      IsEqualGUID(iid, IID_IAdapterPowerManagement2)) {
    return hand_out(static_cast<IAdapterPowerManagement2*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(VOID) AdapterPower::PowerChangeState(POWER_STATE) {
  // Not called where PowerChangeState2 is known. Before either, the port has paused every stream: no voice runs, the
  // mixer's timer is not set, and the word clock stands still with them.
  PAGED_CODE();
}

STDMETHODIMP_(VOID) AdapterPower::PowerChangeState2(DEVICE_POWER_STATE, SYSTEM_POWER_STATE) { PAGED_CODE(); }

STDMETHODIMP_(NTSTATUS) AdapterPower::QueryPowerChangeState(POWER_STATE) {
  PAGED_CODE();
  return STATUS_SUCCESS;
}

STDMETHODIMP_(NTSTATUS) AdapterPower::QueryDeviceCapabilities(PDEVICE_CAPABILITIES) {
  PAGED_CODE();
  return STATUS_SUCCESS;  // what the bus reported is right
}

#pragma code_seg()
