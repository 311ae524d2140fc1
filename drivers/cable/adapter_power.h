// AdapterPower: how the device takes part in power management.
#pragma once

#include "com_object.h"

class AdapterPower final : public ComObject<AdapterPower, IAdapterPowerManagement> {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IAdapterPowerManagement
  STDMETHODIMP_(VOID) PowerChangeState(POWER_STATE new_state) override;
  STDMETHODIMP_(NTSTATUS) QueryPowerChangeState(POWER_STATE new_state) override;
  STDMETHODIMP_(NTSTATUS) QueryDeviceCapabilities(PDEVICE_CAPABILITIES capabilities) override;
};
