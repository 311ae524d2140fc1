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
  // Hardware would be put to sleep here, and its registers restored on the way back. Before it, the port has paused
  // every stream. A cable forgets nothing and draws nothing.
  PAGED_CODE();
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
