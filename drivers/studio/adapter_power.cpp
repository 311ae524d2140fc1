// AdapterPower. See adapter_power.h.
#include "adapter_power.h"

#include "life_log.h"

#pragma code_seg("PAGE")

STDMETHODIMP AdapterPower::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPowerManagement) ||
      IsEqualGUID(iid, IID_IAdapterPowerManagement2) || IsEqualGUID(iid, IID_IAdapterPowerManagement3)) {
    return hand_out(static_cast<IAdapterPowerManagement3*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

// The port calls one of three: the one of the latest interface that it finds. Before it, the port has paused every
// stream: no voice runs, the mixer's timer is not set, and the word clock stands still with them.
STDMETHODIMP_(VOID) AdapterPower::PowerChangeState(POWER_STATE state) {
  PAGED_CODE();
  life_log.power_changed(state.DeviceState);
}

STDMETHODIMP_(VOID) AdapterPower::PowerChangeState2(DEVICE_POWER_STATE device, SYSTEM_POWER_STATE) {
  PAGED_CODE();
  life_log.power_changed(device);
}

STDMETHODIMP_(VOID)
AdapterPower::PowerChangeState3(DEVICE_POWER_STATE device, SYSTEM_POWER_STATE, PC_EXIT_LATENCY) {
  PAGED_CODE();
  life_log.power_changed(device);
}

STDMETHODIMP_(NTSTATUS) AdapterPower::D3ExitLatencyChanged(PC_EXIT_LATENCY) {
  PAGED_CODE();
  return STATUS_SUCCESS;  // this device is awake at once, whatever it is allowed
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
